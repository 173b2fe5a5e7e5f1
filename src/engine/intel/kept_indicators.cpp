// SPDX-License-Identifier: Apache-2.0
#include "engine/intel/kept_indicators.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/bytes.h"
#include "base/hash.h"
#include "rule/intel/limits.h"

namespace vedette::engine::intel {

namespace {

using base::ErrorCode;
using base::Result;
using rule::intel::FeedSet;
using rule::intel::IndicatorIndex;

constexpr std::string_view kSetMark = "vedette feeds 1\n";
constexpr std::string_view kHistoryFile = "history";
constexpr std::string_view kControlPrefix = "{\"type\":\"indicators\",\"set\":\"";
constexpr std::string_view kControlEnd = "\"}";
constexpr std::size_t kFolderHashDigits = 32;
constexpr std::uint64_t kSetBytesMax = 1u << 20, kHistoryBytesMax = 16u << 20;

bool is_hash(std::string_view text) {
    return text.size() == kFolderHashDigits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

auto corrupt(const std::string& where) {
    return base::fail(ErrorCode::corrupt, "the kept indicators are not what their name says", where,
                      "restore them from a backup");
}

}  // namespace

KeptIndicators::KeptIndicators(base::Files& files, const std::string& data_folder)
    : files_(files), folder_(data_folder + "/kept_indicators") {}

Result<std::string> KeptIndicators::keep(std::vector<Feed> feeds) {
    if (feeds.empty()) return std::string();
    std::sort(feeds.begin(), feeds.end(),
              [](const Feed& a, const Feed& b) { return a->feed() < b->feed(); });
    std::string bytes(kSetMark);
    base::put_varint(bytes, feeds.size());
    for (const Feed& feed : feeds) {
        VD_TRY_DO(feed->save(files_, folder_));
        base::put_text(bytes, feed->feed());
        base::put_text(bytes, feed->hash().hex());
    }
    const std::string name = base::hash128(bytes).hex();
    if (!files_.size_bytes(path_of(name))) VD_TRY_DO(files_.replace(path_of(name), bytes));
    const std::lock_guard lock(mutex_);
    for (const Feed& feed : feeds) feeds_[feed->hash().hex()] = feed;
    return name;
}

Result<std::vector<KeptIndicators::Member>> KeptIndicators::members(const std::string& name) const {
    std::vector<Member> out;
    if (name.empty()) return out;
    const std::string path = path_of(name);
    if (!is_hash(name)) return corrupt(path);
    VD_TRY(const std::uint64_t size, files_.size_bytes(path));
    if (size > kSetBytesMax) return corrupt(path);
    VD_TRY(const std::string bytes, files_.read(path, 0, size));
    if (base::hash128(bytes).hex() != name || !bytes.starts_with(kSetMark)) return corrupt(path);
    base::ByteReader in(std::string_view(bytes).substr(kSetMark.size()));
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good() && i <= rule::intel::kFeedsMax; ++i) {
        Member member;
        member.feed = in.text();
        member.hash_hex = in.text();
        if (!is_hash(member.hash_hex)) return corrupt(path);
        out.push_back(std::move(member));
    }
    if (!in.is_good() || !in.is_at_end()) return corrupt(path);
    return out;
}

Result<KeptIndicators::Feed> KeptIndicators::find_feed(const std::string& hash_hex) {
    {
        const std::lock_guard lock(mutex_);
        if (auto known = feeds_[hash_hex].lock()) return known;
    }
    VD_TRY(FeedSet set, FeedSet::load(files_, folder_, hash_hex));
    Feed feed = std::make_shared<const FeedSet>(std::move(set));
    const std::lock_guard lock(mutex_);
    feeds_[hash_hex] = feed;
    return feed;
}

Result<KeptIndicators::Index> KeptIndicators::find(const std::string& name) {
    {
        const std::lock_guard lock(mutex_);
        if (auto known = sets_[name].lock()) return known;
    }
    VD_TRY(const auto names, members(name));
    IndicatorIndex::Feeds feeds;
    for (const Member& member : names) {
        VD_TRY(Feed feed, find_feed(member.hash_hex));
        if (feed->feed() != member.feed) return corrupt(path_of(name));
        feeds.push_back(std::move(feed));
    }
    Index index = std::make_shared<const IndicatorIndex>(std::move(feeds));
    const std::lock_guard lock(mutex_);
    sets_[name] = index;
    std::erase_if(sets_, [](const auto& entry) { return entry.second.expired(); });
    std::erase_if(feeds_, [](const auto& entry) { return entry.second.expired(); });
    return index;
}

/// Lines of "offset name", the newest last; a set without feeds has the name "-".
Result<std::vector<KeptIndicators::Entry>> KeptIndicators::history() const {
    std::vector<Entry> out;
    const std::string path = path_of(kHistoryFile);
    const auto size = files_.size_bytes(path);
    if (!size) return out;
    if (*size > kHistoryBytesMax) return corrupt(path);
    VD_TRY(const std::string bytes, files_.read(path, 0, *size));
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        Entry entry;
        const auto [stop, error] =
            std::from_chars(line.data(), line.data() + line.size(), entry.offset);
        const std::string_view name = line.substr(static_cast<std::size_t>(stop - line.data()));
        if (error != std::errc() || !name.starts_with(' ')) return corrupt(path);
        if (name != " -") entry.name = name.substr(1);
        if (!entry.name.empty() && !is_hash(entry.name)) return corrupt(path);
        out.push_back(std::move(entry));
    }
    return out;
}

Result<void> KeptIndicators::write(const std::vector<Entry>& entries) {
    std::string bytes;
    for (const Entry& entry : entries) {
        bytes +=
            std::to_string(entry.offset) + " " + (entry.name.empty() ? "-" : entry.name) + "\n";
    }
    VD_TRY_DO(files_.make_folders(folder_));
    return files_.replace(path_of(kHistoryFile), bytes);
}

Result<std::string> KeptIndicators::name_in_force() const {
    VD_TRY(const auto entries, history());
    const auto last = std::find_if(entries.rbegin(), entries.rend(),
                                   [](const Entry& entry) { return entry.offset > 0; });
    return last == entries.rend() ? std::string() : last->name;
}

Result<journal::Offset> KeptIndicators::in_force_since() const {
    VD_TRY(const auto entries, history());
    const auto last = std::find_if(entries.rbegin(), entries.rend(),
                                   [](const Entry& entry) { return entry.offset > 0; });
    return last == entries.rend() ? journal::Offset{0} : last->offset;
}

Result<void> KeptIndicators::note_coming(const std::string& name) {
    VD_TRY(auto entries, history());
    entries.push_back({name, 0});
    return write(entries);
}

Result<void> KeptIndicators::note_in_force(const std::string& name, journal::Offset offset) {
    VD_TRY(auto entries, history());
    if (!entries.empty() && entries.back().offset == 0 && entries.back().name == name) {
        entries.pop_back();
    }
    entries.push_back({name, offset});
    return write(entries);
}

Result<std::size_t> KeptIndicators::remove_unneeded(journal::Offset first,
                                                    const std::vector<std::string>& wanted) {
    VD_TRY(auto entries, history());
    // What was replaced before the journal's first record has nothing more to judge.
    std::size_t begin = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].offset > 0 && entries[i].offset < first) begin = i;
    }
    if (begin > 0) {
        entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(begin));
        VD_TRY_DO(write(entries));
    }
    std::set<std::string> needed(wanted.begin(), wanted.end());
    for (const Entry& entry : entries) {
        needed.insert(entry.name);
        VD_TRY(const auto names, members(entry.name));
        for (const Member& member : names) needed.insert(member.hash_hex);
    }
    std::size_t removed = 0;
    VD_TRY(const auto files, files_.list(folder_));
    for (const std::string& file : files) {
        if (!is_hash(file) || needed.contains(file)) continue;
        VD_TRY_DO(files_.remove(path_of(file)));
        ++removed;
    }
    return removed;
}

std::string indicators_control(const std::string& set_name) {
    return std::string(kControlPrefix) + set_name + std::string(kControlEnd);
}

std::optional<std::string> indicators_of_control(std::string_view payload) {
    if (!payload.starts_with(kControlPrefix)) return std::nullopt;
    payload.remove_prefix(kControlPrefix.size());
    if (!payload.ends_with(kControlEnd)) return std::nullopt;
    payload.remove_suffix(kControlEnd.size());
    if (!payload.empty() && !is_hash(payload)) return std::nullopt;
    return std::string(payload);
}

}  // namespace vedette::engine::intel
