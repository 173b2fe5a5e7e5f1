// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rule/search/pipe.h"

namespace vedette::rule::search {

/// A word that begins a stage: ours, or that of another language for the same.
struct StageWord {
    std::string_view name;
    Stage::Kind kind;
};
/// nullptr if there is none. All words are asked in lower case.
const StageWord* find_stage(std::string_view word);

struct FunctionWord {
    std::string_view name;
    Aggregate::Function function;
};
/// nullptr if there is none; p1 to p99 and perc1 to perc99 are known.
const FunctionWord* find_function(std::string_view word);
/// 95 for p95 and perc95, 50 for median, 0 for all others.
int percent_of(std::string_view function);

/// What to write instead of a stage that another language has and ours does not; empty if none
/// knows it.
std::string_view hint_for_foreign_stage(std::string_view word);

/// The known word that is most likely meant; empty if none is near.
std::string nearest_stage(std::string_view word);
std::string nearest_function(std::string_view word);
/// "count, stats, top, ...": for messages.
std::string stage_names();
/// How a stage is written.
std::string_view usage_of(const Stage& stage);

std::string lower_ascii(std::string_view text);

/// "5m" as nanoseconds: s, m, h, d, w and their longer names, a second at least.
std::optional<std::int64_t> read_span(std::string_view text);
/// The shortest text that read_span reads as `span_ns`.
std::string span_text(std::int64_t span_ns);

}  // namespace vedette::rule::search
