// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rule/sigma/level.h"

namespace vedette::rule::sigma {

/// Numbers of conditions and of values, in millionths: exact, so that sums neither depend on the
/// order of what is added and taken away nor on where a state was saved.
__extension__ using Millionths = __int128;
inline constexpr std::int64_t kMillionth = 1'000'000;

/// The number that a text is, rounded to millionths. Nothing for what is no number or has more
/// than 24 digits before the point.
std::optional<Millionths> millionths_in(std::string_view text);
/// In decimals without zeros at the end: "-0.5", "20".
std::string text_of(Millionths number);

/// What a `correlation:` document says. What it means on a stream of events is in
/// detect/sigma/correlator.h.
/// Source: Sigma correlation rules specification 2.1.0
struct Correlation {
    enum class Type : std::uint8_t {
        event_count,
        value_count,
        value_sum,
        value_avg,
        value_percentile,
        temporal,
        temporal_ordered
    };
    enum class Comparison : std::uint8_t { gt, gte, lt, lte, eq, neq };
    /// One line of the condition; all must hold.
    struct Bound {
        Comparison comparison = Comparison::gte;
        Millionths number = 0;
    };
    /// A rule that is referred to, as written and where.
    struct Reference {
        std::string text, where;
    };
    /// The same once it is found, as an index into the rules or correlations of the set.
    struct Member {
        bool is_correlation = false;
        std::uint32_t index = 0;
    };

    std::string path;  ///< file, for messages
    int line = 1;      ///< where its document begins
    std::string id, title, name, status, description, author;
    /// Left out, level and tags are the highest and all of the rules referred to (load_rule_set).
    std::optional<Level> level;
    std::vector<std::string> tags, falsepositives, references;
    Type type = Type::event_count;
    std::vector<Reference> rules;
    std::vector<std::string> group_by;  ///< fields or aliases; none: all events are one group
    /// alias -> (rule as referred to -> field of its events)
    std::map<std::string, std::map<std::string, std::string>> aliases;
    std::int64_t timespan_ns = 0;
    std::vector<Bound> condition;
    std::vector<std::string> fields;       ///< of the condition; several make one value together
    std::optional<Millionths> percentile;  ///< of a hundred; else the share of one value
    /// The rules referred to raise findings by themselves as well.
    bool generates = false;
    /// Another correlation uses it and does not generate: no findings of its own.
    bool is_silent = false;
    std::vector<Member> members;  ///< beside `rules`, once resolved
    std::uint64_t content_hash = 0;

    /// Only more can make it true, and nothing that comes late can make it false again: it may be
    /// told at once. Others wait until event time has passed (value_sum counts as well: what it
    /// adds up is seldom negative).
    bool is_immediate() const;
    bool is_met(Millionths value) const;
    /// "at least 20", "more than 3 and at most 5"
    std::string condition_words() const;
};

std::string_view name(Correlation::Type type);

/// "1 h 30 min", for people.
std::string duration_words(std::int64_t ns);

}  // namespace vedette::rule::sigma
