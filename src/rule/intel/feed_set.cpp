// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/feed_set.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "rule/intel/limits.h"

namespace vedette::rule::intel {

namespace {

constexpr int kPartShift = 56, kHashBitsShift = 24;
constexpr std::size_t kEntriesPerPlace = 4;
/// Length of a key, in front of it: two bytes suffice for kValueBytesMax.
constexpr std::size_t kLengthBytes = 2;
static_assert(kValueBytesMax <= 0xFFFF);

std::uint32_t seconds_of(std::int64_t seconds) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, UINT32_MAX));
}

}  // namespace

std::uint64_t indicator_hash(IndicatorType type, std::string_view key) {
    // One round over key and type: equal bytes of two types are two indicators.
    const std::uint64_t hash = base::hash64(key);
    std::uint64_t mixed =
        hash ^ (0x9E37'79B9'7F4A'7C15ull * (static_cast<std::uint64_t>(type) + 1));
    mixed ^= mixed >> 29;
    mixed *= 0xBF58'476D'1CE4'E5B9ull;
    return mixed ^ (mixed >> 32);
}

std::string_view FeedSet::key_at(std::uint64_t place) const {
    const char* const at = blocks_[place >> kBlockShift].get() + (place & (kBlockBytes - 1));
    std::uint16_t size = 0;
    std::memcpy(&size, at, kLengthBytes);
    return {at + kLengthBytes, size};
}

IndicatorView FeedSet::view(const Entry& entry) const {
    const Context& context = contexts_[entry.context];
    return {static_cast<IndicatorType>(entry.type),
            key_at(entry.place()),
            entry.confidence,
            entry.from_s,
            entry.until_s,
            context.label,
            context.attack};
}

std::optional<IndicatorView> FeedSet::find(IndicatorType type, std::string_view key,
                                           std::uint64_t hash) const {
    const Part& part = parts_[hash >> kPartShift];
    if (part.entries.empty()) return std::nullopt;
    const auto bits = static_cast<std::uint32_t>(hash >> kHashBitsShift);
    const std::size_t place = bits >> part.shift;
    for (std::uint32_t i = part.starts[place]; i < part.starts[place + 1]; ++i) {
        const Entry& entry = part.entries[i];
        if (entry.hash_bits != bits || entry.type != static_cast<std::uint8_t>(type)) continue;
        if (key_at(entry.place()) == key) return view(entry);
    }
    return std::nullopt;
}

void FeedSet::for_each(const std::function<void(const IndicatorView&)>& look) const {
    for (const Part& part : parts_) {
        for (const Entry& entry : part.entries) look(view(entry));
    }
}

void FeedSet::for_each_hash(const std::function<void(std::uint64_t)>& look) const {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        for (const Entry& entry : parts_[i].entries) look(std::uint64_t{i} << 32 | entry.hash_bits);
    }
}

std::size_t FeedSet::memory_bytes() const {
    std::size_t total = blocks_.size() * kBlockBytes + parts_.size() * sizeof(Part);
    for (const Part& part : parts_) {
        total += part.entries.capacity() * sizeof(Entry) + part.starts.capacity() * 4;
    }
    for (const Context& context : contexts_) {
        total += sizeof context + context.label.capacity() + context.attack.capacity();
    }
    return total;
}

void FeedSet::finish() {
    size_ = 0;
    counts_ = {};
    prefixes_.reset();
    std::string names;
    base::put_text(names, feed_);
    for (Part& part : parts_) {
        const std::size_t count = part.entries.size();
        int place_bits = 1;
        while (place_bits < 31 && (std::size_t{kEntriesPerPlace} << place_bits) < count)
            ++place_bits;
        part.shift = 32 - place_bits;
        part.starts.assign((std::size_t{1} << place_bits) + 1, 0);
        for (const Entry& entry : part.entries) {
            ++part.starts[(entry.hash_bits >> part.shift) + 1];
            ++counts_[entry.type];
            if (entry.type != static_cast<std::uint8_t>(IndicatorType::network)) continue;
            prefixes_.set(static_cast<unsigned char>(key_at(entry.place()).front()));
        }
        for (std::size_t i = 1; i < part.starts.size(); ++i) part.starts[i] += part.starts[i - 1];
        size_ += count;
        names += base::hash128(
                     {reinterpret_cast<const char*>(part.entries.data()), count * sizeof(Entry)})
                     .hex();
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        const bool is_last = i + 1 == blocks_.size();
        names += base::hash128({blocks_[i].get(), is_last ? last_block_bytes_ : kBlockBytes}).hex();
    }
    for (const Context& context : contexts_) {
        base::put_text(names, context.label);
        base::put_text(names, context.attack);
    }
    hash_ = base::hash128(names);
}

FeedSetBuilder::FeedSetBuilder(std::string feed) {
    set_.feed_ = std::move(feed);
    set_.contexts_.emplace_back();  // of those that say nothing
}

std::uint64_t FeedSetBuilder::put_key(std::string_view key) {
    const std::size_t needed = kLengthBytes + key.size();
    if (set_.blocks_.empty() || set_.last_block_bytes_ + needed > FeedSet::kBlockBytes) {
        // Zeroed, for what a block does not use is written and hashed with it.
        set_.blocks_.push_back(std::make_unique<char[]>(FeedSet::kBlockBytes));
        set_.last_block_bytes_ = 0;
    }
    char* const at = set_.blocks_.back().get() + set_.last_block_bytes_;
    const auto size = static_cast<std::uint16_t>(key.size());
    std::memcpy(at, &size, kLengthBytes);
    std::memcpy(at + kLengthBytes, key.data(), key.size());
    const std::uint64_t place =
        (std::uint64_t{set_.blocks_.size() - 1} << FeedSet::kBlockShift) | set_.last_block_bytes_;
    set_.last_block_bytes_ += needed;
    return place;
}

std::uint32_t FeedSetBuilder::context_of(const IndicatorFacts& facts) {
    if (facts.label.empty() && facts.attack.empty()) return 0;
    FeedSet::Context context{facts.label.substr(0, kLabelBytesMax), {}};
    for (std::size_t i = 0; i < std::min(facts.attack.size(), kAttackIdsMax); ++i) {
        context.attack += (i == 0 ? "" : ",") + facts.attack[i];
    }
    const std::string text = context.label + '\0' + context.attack;
    if (const auto known = contexts_.find(text); known != contexts_.end()) return known->second;
    if (contexts_.size() >= kContextsMax) return 0;
    const auto id = static_cast<std::uint32_t>(set_.contexts_.size());
    set_.contexts_.push_back(std::move(context));
    contexts_.emplace(text, id);
    return id;
}

bool FeedSetBuilder::add(IndicatorType type, std::string_view key, const IndicatorFacts& facts) {
    if (set_.size_ >= kIndicatorsMax || key.empty() || key.size() > kValueBytesMax) return false;
    const std::uint64_t hash = indicator_hash(type, key);
    FeedSet::Entry entry;
    entry.hash_bits = static_cast<std::uint32_t>(hash >> kHashBitsShift);
    entry.from_s = seconds_of(facts.from_s);
    entry.until_s = seconds_of(facts.until_s);
    entry.context = context_of(facts);
    const std::uint64_t place = put_key(key);
    entry.place_low = static_cast<std::uint32_t>(place);
    entry.place_high = static_cast<std::uint8_t>(place >> 32);
    entry.type = static_cast<std::uint8_t>(type);
    entry.confidence = std::min<std::uint8_t>(facts.confidence, 100);
    set_.parts_[hash >> kPartShift].entries.push_back(entry);
    ++set_.size_;
    return true;
}

void FeedSetBuilder::order(FeedSet::Part& part, Built& built) {
    const FeedSet& set = set_;
    const auto lasts = [](const FeedSet::Entry& e) {
        return e.until_s == 0 ? UINT32_MAX : e.until_s;
    };
    std::sort(part.entries.begin(), part.entries.end(), [&](const auto& a, const auto& b) {
        if (a.hash_bits != b.hash_bits) return a.hash_bits < b.hash_bits;
        if (a.type != b.type) return a.type < b.type;
        const int order = set.key_at(a.place()).compare(set.key_at(b.place()));
        if (order != 0) return order < 0;
        if (a.confidence != b.confidence) return a.confidence > b.confidence;
        if (lasts(a) != lasts(b)) return lasts(a) > lasts(b);
        if (a.from_s != b.from_s) return a.from_s < b.from_s;
        return a.place() < b.place();
    });
    std::size_t kept = 0, run = 0;
    for (const FeedSet::Entry& entry : part.entries) {
        const FeedSet::Entry* const last = kept > 0 ? &part.entries[kept - 1] : nullptr;
        run = last != nullptr && last->hash_bits == entry.hash_bits ? run : 0;
        if (last != nullptr && run > 0 && last->type == entry.type &&
            set.key_at(last->place()) == set.key_at(entry.place())) {
            ++built.repeated;
            continue;
        }
        if (run == kSameHashMax) {
            ++built.crowded;
            continue;
        }
        ++run;
        part.entries[kept++] = entry;
    }
    part.entries.resize(kept);
    part.entries.shrink_to_fit();
}

FeedSetBuilder::Built FeedSetBuilder::finish() {
    Built built{FeedSet(), 0, 0};
    contexts_ = {};
    for (FeedSet::Part& part : set_.parts_) order(part, built);
    set_.finish();
    const std::string feed = set_.feed_;
    built.set = std::move(set_);
    *this = FeedSetBuilder(feed);
    return built;
}

}  // namespace vedette::rule::intel
