// SPDX-License-Identifier: Apache-2.0
#include "engine/arrivals.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/bytes.h"
#include "engine/limits.h"

namespace vedette::engine {

namespace {

constexpr std::uint8_t kVersion = 1;

void count(Arrivals::Lengths& lengths, std::int64_t length_ns) {
    const auto seconds =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, length_ns) / base::kNsPerSecond);
    const auto bucket = static_cast<std::size_t>(std::bit_width(seconds));
    ++lengths[std::min(bucket, lengths.size() - 1)];
}

void put_lengths(std::string& out, const Arrivals::Lengths& lengths) {
    for (const std::uint64_t number : lengths) base::put_varint(out, number);
}

Arrivals::Lengths get_lengths(base::ByteReader& in) {
    Arrivals::Lengths lengths{};
    for (std::uint64_t& number : lengths) number = in.varint();
    return lengths;
}

}  // namespace

void Arrivals::observe(const event::Batch& batch) {
    Source* source = nullptr;
    std::uint32_t of_origin = UINT32_MAX;
    for (const event::Row& row : batch.rows()) {
        if (row.origin != of_origin) {
            of_origin = row.origin;
            const std::string& name = batch.origins()[row.origin].source;
            const auto found = sources_.find(name);
            const bool is_full = sources_.size() >= kClockSourcesMax;
            source = found != sources_.end() ? &found->second : is_full ? nullptr : &sources_[name];
        }
        if (source == nullptr) continue;
        if (source->events++ == 0) source->first = source->last = row.arrival;
        if (row.arrival > source->last) {
            count(source->gaps, row.arrival.unix_ns - source->last.unix_ns);
            source->last = row.arrival;
        }
        if ((row.flags & event::kRowTimeGuessed) != 0) continue;
        std::int64_t late_ns = 0;
        if (__builtin_sub_overflow(row.arrival.unix_ns, row.time.unix_ns, &late_ns)) continue;
        if (late_ns < -kFutureAllowedNs) {
            ++source->ahead;
        } else {
            count(source->late, late_ns);
        }
    }
}

std::optional<std::uint64_t> quantile_s(const Arrivals::Lengths& lengths, int percent) {
    const std::uint64_t all = std::accumulate(lengths.begin(), lengths.end(), std::uint64_t{0});
    if (all == 0) return std::nullopt;
    std::uint64_t so_far = 0;
    for (std::size_t bucket = 0; bucket < lengths.size(); ++bucket) {
        so_far += lengths[bucket];
        if (so_far * 100 >= all * static_cast<std::uint64_t>(percent)) return 1ull << bucket;
    }
    return std::nullopt;
}

std::string Arrivals::save() const {
    std::string out;
    base::put(out, kVersion);
    base::put_varint(out, sources_.size());
    for (const auto& [name, source] : sources_) {
        base::put_text(out, name);
        base::put_varint(out, source.events);
        base::put(out, source.first.unix_ns);
        base::put(out, source.last.unix_ns);
        put_lengths(out, source.gaps);
        put_lengths(out, source.late);
        base::put_varint(out, source.ahead);
    }
    return out;
}

base::Result<void> Arrivals::restore(std::string_view bytes) {
    sources_.clear();
    base::ByteReader in(bytes);
    const auto version = in.get<std::uint8_t>();
    const std::uint64_t number = in.varint();
    const bool is_good = version == kVersion && number <= kClockSourcesMax;
    for (std::uint64_t i = 0; is_good && in.is_good() && i < number; ++i) {
        Source& source = sources_[std::string(in.text())];
        source.events = in.varint();
        source.first.unix_ns = in.get<std::int64_t>();
        source.last.unix_ns = in.get<std::int64_t>();
        source.gaps = get_lengths(in);
        source.late = get_lengths(in);
        source.ahead = in.varint();
    }
    if (is_good && in.is_good() && in.is_at_end()) return {};
    sources_.clear();
    return base::fail(base::ErrorCode::corrupt, "the saved arrivals are not whole");
}

}  // namespace vedette::engine
