// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "event/batch.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// A part of a rule, and what it says of one event.
struct ExplainedPart {
    enum class Kind : std::uint8_t {
        rule,        ///< the whole: log source and one of the conditions
        log_source,  ///< one of its ways
        way,         ///< all its needs
        need,        ///< a field that must hold one of some values
        condition,   ///< and, or, not, "1 of x*"
        selection,   ///< a search identifier
        map,         ///< one of a selection's alternatives
        line,        ///< a field, or keywords, with its values
        value,       ///< one of a line's values
    };
    Kind kind = Kind::rule;
    bool is_true = false;
    std::string text = {};   ///< what is asked, in words
    std::string field = {};  ///< of a line, a value and a need; of keywords, where one was found
    std::vector<std::string> observed = {};  ///< values that were looked at, each cut
    std::string near = {};                   ///< how near one came; empty: it fits, or is far off
    std::vector<ExplainedPart> parts = {};   ///< where they are too many: those that tell most
    std::size_t left_out = 0;                ///< how many are not among them
};

std::string_view name(ExplainedPart::Kind kind);

/// Says of every part of a rule whether it is true on one event, on which values, and how near
/// those came that are not. The whole is true exactly where Matcher (matcher.h) has a hit, which a
/// test holds. An event that is of none of the log source's ways is judged by the way of which it
/// meets most, so that a person sees both: why the rule was not tried, and what it would have said.
/// `ways`: of the rule's log source; none: it is not placed.
/// Limits: kMatchedTestsMax values of a line, kObservedMax of an event's.
/// Cost: about a millisecond for a usual rule.
ExplainedPart explain_event(const Rule& rule, const std::vector<LogSourceWay>& ways,
                            const event::Batch& batch, std::uint32_t row);

inline constexpr std::size_t kObservedMax = 8;

/// {"kind","is_true","text","field","observed":[],"near","parts":[],"left_out"}; what is empty is
/// left out.
void append_json(std::string& out, const ExplainedPart& part);

}  // namespace vedette::rule::sigma
