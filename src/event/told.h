// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::event {

/// What a transport tells of the records of a chunk beside their bytes (a message's key, its
/// topic): fields that the parser adds to every row of a record, before the record's own. A table,
/// because most of it is the same from record to record and is then journalled once.
///
/// It travels in the envelope's context, in front of what the framer learned there; decoders do not
/// see it.   Limits: told_limits.h
struct Told {
    std::vector<std::string> names;   ///< of fields; one may stand several times
    std::vector<std::string> values;  ///< record by record, one for each name; empty: not told
    /// Per record, or empty: unix nanoseconds for rows whose record tells no time; 0: not told.
    std::vector<std::int64_t> times_ns;

    bool is_empty() const { return names.empty() && times_ns.empty(); }
    bool operator==(const Told&) const = default;
};

/// A context with something told in front of it.
std::string with_told(const Told& told, std::string_view context);

struct ToldAndContext {
    Told told;
    std::string_view context;  ///< borrows
};
/// What with_told() put together, for a chunk of so many records. Nothing if nothing is told, or if
/// that cannot be read: then all of it is context.
std::optional<ToldAndContext> split_told(std::string_view context, std::size_t record_count);

}  // namespace vedette::event
