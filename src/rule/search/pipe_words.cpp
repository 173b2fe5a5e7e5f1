// SPDX-License-Identifier: Apache-2.0
#include "rule/search/pipe_words.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/time.h"
#include "rule/search/names.h"

namespace vedette::rule::search {

namespace {

using Kind = Stage::Kind;
using Function = Aggregate::Function;

/// Our word of a kind is the first one; the others are those of SPL, KQL and ES|QL.
constexpr StageWord kStages[] = {
    {"where", Kind::where},       {"search", Kind::where},    {"filter", Kind::where},
    {"stats", Kind::stats},       {"summarize", Kind::stats}, {"count", Kind::stats},
    {"top", Kind::top},           {"rare", Kind::rare},       {"timechart", Kind::timechart},
    {"distinct", Kind::distinct}, {"sort", Kind::sort},       {"order", Kind::sort},
    {"fields", Kind::fields},     {"table", Kind::fields},    {"keep", Kind::fields},
    {"project", Kind::fields},    {"limit", Kind::limit},     {"head", Kind::limit},
    {"take", Kind::limit},
};

constexpr FunctionWord kFunctions[] = {
    {"count", Function::count},
    {"sum", Function::sum},
    {"avg", Function::average},
    {"mean", Function::average},
    {"average", Function::average},
    {"min", Function::minimum},
    {"max", Function::maximum},
    {"percentile", Function::percentile},
    {"median", Function::percentile},
    {"distinct", Function::distinct},
    {"dc", Function::distinct},
    {"dcount", Function::distinct},
    {"count_distinct", Function::distinct},
    {"distinct_count", Function::distinct},
};
constexpr FunctionWord kPercentile{"percentile", Function::percentile};

struct Foreign {
    std::string_view word, hint;
};
constexpr Foreign kForeign[] = {
    {"dedup", "write | distinct user.name for the different values"},
    {"uniq", "write | distinct user.name for the different values"},
    {"group", "write | count by user.name"},
    {"groupby", "write | count by user.name"},
    {"by", "write | count by user.name"},
    {"chart", "write | stats count by user.name, or | timechart 5m by user.name"},
    {"bin", "write | timechart 5m"},
    {"bucket", "write | timechart 5m"},
    {"date_histogram", "write | timechart 5m"},
    {"eventstats", "write | stats count by user.name"},
    {"streamstats", "write | stats count by user.name"},
    {"tail", "sort the other way round: | sort time | limit 10"},
    {"reverse", "sort the other way round: | sort time"},
    {"rename", "name a column where it is made: | stats count as failures by user.name"},
    {"eval", "nothing is computed here beyond stats and timechart"},
    {"extend", "nothing is computed here beyond stats and timechart"},
    {"let", "nothing is computed here beyond stats and timechart"},
    {"rex", "make a format that takes the text apart, and search its fields"},
    {"parse", "make a format that takes the text apart, and search its fields"},
    {"dissect", "make a format that takes the text apart, and search its fields"},
    {"grok", "make a format that takes the text apart, and search its fields"},
    {"lookup", "ask a look-up list in the filter: user.name in @vips"},
    {"enrich", "ask a look-up list in the filter: user.name in @vips"},
    {"join", "one search reads events once: name both in its filter, with `or`"},
    {"append", "one search reads events once: name both in its filter, with `or`"},
    {"union", "one search reads events once: name both in its filter, with `or`"},
    {"transaction", "events that belong together are rules with a correlation"},
    {"drop", "name the columns that you want: | fields user.name, count"},
    {"from", "all events are searched: name dataset:... in the filter"},
};

/// A number behind `prefix`, 1 to 99.
int number_behind(std::string_view word, std::string_view prefix) {
    if (!word.starts_with(prefix)) return 0;
    word.remove_prefix(prefix.size());
    int value = 0;
    const auto [stop, code] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool is_number = code == std::errc() && stop == word.data() + word.size() &&
                           !word.starts_with('0') && value >= 1 && value <= 99;
    return is_number ? value : 0;
}

template <typename Words>
std::string nearest(std::string_view word, const Words& words) {
    if (word.size() > 32) return {};
    std::string_view best;
    std::size_t best_steps = std::max<std::size_t>(word.size() / 3, 2) + 1;  // two letters swapped
    for (const auto& known : words) {
        const std::size_t steps = edit_distance(word, known.name);
        if (steps < best_steps) {
            best = known.name;
            best_steps = steps;
        }
    }
    return std::string(best);
}

struct Unit {
    std::string_view name;
    std::int64_t seconds;
};
constexpr Unit kUnits[] = {
    {"s", 1},        {"sec", 1},        {"second", 1},      {"seconds", 1},  {"m", 60},
    {"min", 60},     {"minute", 60},    {"minutes", 60},    {"h", 3'600},    {"hr", 3'600},
    {"hour", 3'600}, {"hours", 3'600},  {"d", 86'400},      {"day", 86'400}, {"days", 86'400},
    {"w", 604'800},  {"week", 604'800}, {"weeks", 604'800},
};
constexpr std::int64_t kSpanSecondsMax = 3'653 * 86'400ll;  // ten years

}  // namespace

const StageWord* find_stage(std::string_view word) {
    const auto* found = std::find_if(std::begin(kStages), std::end(kStages),
                                     [&](const StageWord& known) { return known.name == word; });
    return found == std::end(kStages) ? nullptr : found;
}

const FunctionWord* find_function(std::string_view word) {
    const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                     [&](const FunctionWord& known) { return known.name == word; });
    if (found != std::end(kFunctions)) return found;
    return percent_of(word) != 0 ? &kPercentile : nullptr;
}

int percent_of(std::string_view function) {
    if (function == "median") return 50;
    return std::max(number_behind(function, "p"), number_behind(function, "perc"));
}

std::string_view hint_for_foreign_stage(std::string_view word) {
    const auto* found = std::find_if(std::begin(kForeign), std::end(kForeign),
                                     [&](const Foreign& known) { return known.word == word; });
    return found == std::end(kForeign) ? std::string_view() : found->hint;
}

std::string nearest_stage(std::string_view word) { return nearest(word, kStages); }
std::string nearest_function(std::string_view word) { return nearest(word, kFunctions); }

std::string stage_names() {
    return "count, stats, top, rare, timechart, distinct, where, sort, fields and limit";
}

std::string_view usage_of(const Stage& stage) {
    switch (stage.kind) {
        case Kind::where: return "where count>10";
        case Kind::stats: return "stats count, sum(bytes) by user.name, source.ip";
        case Kind::top: return "top 10 user.name by source.ip";
        case Kind::rare: return "rare 10 user.name by source.ip";
        case Kind::timechart: return "timechart 5m count by user.name";
        case Kind::distinct: return "distinct user.name, source.ip";
        case Kind::sort: return "sort -count, user.name";
        case Kind::fields: return "fields user.name, count";
        case Kind::limit: return "limit 10";
    }
    return {};
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return out;
}

std::optional<std::int64_t> read_span(std::string_view text) {
    std::int64_t count = 0;
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (code != std::errc() || count < 1) return std::nullopt;
    const std::string name = lower_ascii(text.substr(static_cast<std::size_t>(stop - text.data())));
    for (const Unit& unit : kUnits) {
        if (name != unit.name) continue;
        if (count > kSpanSecondsMax / unit.seconds) return std::nullopt;
        return count * unit.seconds * base::kNsPerSecond;
    }
    return std::nullopt;
}

std::string span_text(std::int64_t span_ns) {
    const std::int64_t seconds = span_ns / base::kNsPerSecond;
    for (const Unit unit : {Unit{"w", 604'800}, {"d", 86'400}, {"h", 3'600}, {"m", 60}}) {
        if (seconds % unit.seconds == 0) {
            return std::to_string(seconds / unit.seconds) + std::string(unit.name);
        }
    }
    return std::to_string(seconds) + 's';
}

}  // namespace vedette::rule::search
