// SPDX-License-Identifier: Apache-2.0
#include "event/told.h"

#include "base/bytes.h"
#include "event/told_limits.h"

namespace vedette::event {

namespace {

/// No line of a log begins so, and header lines are what else stands in a context.
constexpr std::string_view kMark = "\x01vedette.told.1\x01";

/// Turns the reader bad.
void refuse(base::ByteReader& in) { in.take(in.remaining() + 1); }

/// Values that are those of the record before are one byte; of the others the size comes first,
/// plus one.
void put_values(std::string& out, const Told& told) {
    const std::size_t width = told.names.size();
    for (std::size_t i = 0; i < told.values.size(); ++i) {
        const std::string& value = told.values[i];
        const bool is_same = i < width ? value.empty() : value == told.values[i - width];
        base::put_varint(out, is_same ? 0 : value.size() + 1);
        if (!is_same) out.append(value);
    }
}

void get_values(base::ByteReader& in, std::size_t record_count, Told& told) {
    const std::size_t width = told.names.size();
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < record_count * width && in.is_good(); ++i) {
        const std::uint64_t size = in.varint();
        if (size != 0) {
            told.values.emplace_back(in.take(size - 1));
        } else {
            told.values.push_back(i < width ? std::string() : told.values[i - width]);
        }
        bytes += told.values.back().size();
        if (bytes > kToldBytesMax) refuse(in);
    }
}

/// The difference to the one before, zigzag-coded.
void put_times(std::string& out, const Told& told) {
    std::uint64_t before = 0;
    for (const std::int64_t time_ns : told.times_ns) {
        const std::uint64_t step = static_cast<std::uint64_t>(time_ns) - before;
        base::put_varint(out, (step << 1) ^ (0 - (step >> 63)));
        before += step;
    }
}

void get_times(base::ByteReader& in, std::size_t count, Told& told) {
    std::uint64_t time_ns = 0;
    for (std::size_t i = 0; i < count && in.is_good(); ++i) {
        const std::uint64_t coded = in.varint();
        time_ns += (coded >> 1) ^ (0 - (coded & 1));
        told.times_ns.push_back(static_cast<std::int64_t>(time_ns));
    }
}

}  // namespace

std::string with_told(const Told& told, std::string_view context) {
    std::string table;
    base::put_varint(table, told.names.size());
    for (const std::string& name : told.names) base::put_text(table, name);
    put_values(table, told);
    base::put_varint(table, told.times_ns.size());
    put_times(table, told);
    std::string out(kMark);
    base::put_text(out, table);
    return out.append(context);
}

std::optional<ToldAndContext> split_told(std::string_view context, std::size_t record_count) {
    if (!context.starts_with(kMark)) return std::nullopt;
    base::ByteReader outer(context.substr(kMark.size()));
    const std::string_view table = outer.text();
    if (!outer.is_good()) return std::nullopt;
    ToldAndContext out;
    out.context = context.substr(kMark.size() + outer.position());
    base::ByteReader in(table);
    const std::uint64_t width = in.varint();
    if (width > kToldNamesMax) refuse(in);
    for (std::uint64_t i = 0; i < width && in.is_good(); ++i)
        out.told.names.emplace_back(in.text());
    get_values(in, record_count, out.told);
    const std::uint64_t times = in.varint();
    if (times != 0 && times != record_count) refuse(in);
    get_times(in, times, out.told);
    if (!in.is_good() || !in.is_at_end()) return std::nullopt;
    return out;
}

}  // namespace vedette::event
