// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rule/search/names.h"
#include "rule/search/pipe.h"
#include "rule/search/pipe_words.h"
#include "rule/search/scanner.h"

namespace vedette::rule::search {

namespace {

// Words that mean something where a name may stand.
bool is_reserved(std::string_view name) {
    const std::string word = lower_ascii(name);
    return word == "by" || word == "as" || word == "asc" || word == "desc" || word == "limit" ||
           word == "span" || word == "distinct";
}

std::string print_name(const std::string& name) {
    return is_reserved(name) ? print_quoted(name) : print_field(name);
}

std::string function_name(const Aggregate& aggregate) {
    using Function = Aggregate::Function;
    switch (aggregate.function) {
        case Function::count: return "count";
        case Function::sum: return "sum";
        case Function::average: return "avg";
        case Function::minimum: return "min";
        case Function::maximum: return "max";
        case Function::percentile: return 'p' + std::to_string(aggregate.percent);
        case Function::distinct: return "distinct";
    }
    return {};
}

std::string print_names(const std::vector<Name>& names) {
    std::string out;
    for (const Name& name : names) out += (out.empty() ? "" : ", ") + print_name(name.text);
    return out;
}

std::string print_aggregates(const std::vector<Aggregate>& aggregates) {
    std::string out;
    for (const Aggregate& one : aggregates) {
        const std::string name = default_name(one);
        out += (out.empty() ? "" : ", ") + name;
        if (one.name != name) out += " as " + print_name(one.name);
    }
    return out;
}

std::string print_sort(const std::vector<SortKey>& keys) {
    std::string out;
    for (const SortKey& key : keys) {
        out += std::string(out.empty() ? "" : ", ") + (key.is_descending ? "-" : "") +
               print_name(key.name);
    }
    return out;
}

std::string print_stage(const Stage& stage) {
    const std::string by = stage.by.empty() ? "" : " by " + print_names(stage.by);
    switch (stage.kind) {
        case Stage::Kind::where: return "where " + print(stage.condition);
        case Stage::Kind::stats: return "stats " + print_aggregates(stage.aggregates) + by;
        case Stage::Kind::top:
        case Stage::Kind::rare:
            return (stage.kind == Stage::Kind::top ? "top " : "rare ") +
                   std::to_string(stage.count) + ' ' + print_names(stage.fields) + by;
        case Stage::Kind::timechart:
            return "timechart " + (stage.span_ns == 0 ? "" : span_text(stage.span_ns) + ' ') +
                   print_aggregates(stage.aggregates) + by;
        case Stage::Kind::distinct: return "distinct " + print_names(stage.fields);
        case Stage::Kind::sort: return "sort " + print_sort(stage.sort);
        case Stage::Kind::fields: return "fields " + print_names(stage.fields);
        case Stage::Kind::limit: return "limit " + std::to_string(stage.count);
    }
    return {};
}

}  // namespace

std::string default_name(const Aggregate& aggregate) {
    std::string out = function_name(aggregate);
    if (!aggregate.field.empty()) out += '(' + print_name(aggregate.field) + ')';
    return out;
}

std::string print(const Search& search) {
    std::string out = print(search.filter);
    for (const Stage& stage : search.stages) out += " | " + print_stage(stage);
    return out;
}

}  // namespace vedette::rule::search
