// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "rule/search/filter_parser.h"
#include "rule/search/limits.h"
#include "rule/search/names.h"
#include "rule/search/pipe.h"
#include "rule/search/pipe_words.h"
#include "rule/search/scanner.h"

namespace vedette::rule::search {

namespace {

constexpr std::string_view kStops = ",()=\"<>";
constexpr std::size_t kRowsUnasked = 10;  // of top, rare and limit without a number

using Kind = Stage::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class PipeParser {
  public:
    PipeParser(std::string_view query, std::size_t at) : in_(query) { in_.go_to(at); }

    Parsed<std::vector<Stage>> stages() {
        std::vector<Stage> out;
        while (!is_stage_end() || !in_.is_at_end()) {
            const std::size_t pipe_at = in_.at();
            in_.go_to(pipe_at + 1);
            if (is_stage_end()) {
                return problem(pipe_at, "there is no stage behind this |",
                               "write one, e.g. | count by user.name, or take the | away");
            }
            if (out.size() == kStagesMax) {
                return problem(in_.at(),
                               "a search has at most " + std::to_string(kStagesMax) + " stages");
            }
            VD_PARSE(Stage next, stage());
            out.push_back(std::move(next));
            if (is_stage_end()) continue;
            const auto* word = find_stage(lower_ascii(in_.word(kStops).text));
            return problem(in_.at(), "this does not belong to the stage in front of it",
                           word != nullptr
                               ? "write a | in front of `" + std::string(word->name) + '`'
                               : "it is written " + std::string(usage_of(out.back())));
        }
        return out;
    }

    Parsed<ParsedCall> call() {
        VD_PARSE(const Aggregate one, aggregate());
        return ParsedCall{default_name(one), in_.at()};
    }

  private:
    bool is_stage_end() {
        in_.skip_blanks();
        return in_.is_at_end() || in_.peek() == '|';
    }

    bool take(char c) {
        in_.skip_blanks();
        if (in_.peek() != c) return false;
        in_.go_to(in_.at() + 1);
        return true;
    }

    bool is_word_ahead(std::string_view wanted) {
        in_.skip_blanks();
        return lower_ascii(in_.word(kStops).text) == wanted;
    }

    bool take_word(std::string_view wanted) {
        if (!is_word_ahead(wanted)) return false;
        in_.go_to(in_.word(kStops).end);
        return true;
    }

    Parsed<Stage> stage() {
        Stage out;
        out.at = in_.at();
        const Word word = in_.word(kStops);
        const std::string name = lower_ascii(word.text);
        const bool is_call = in_.query().substr(word.end, 1) == "(";
        const StageWord* known = find_stage(name);
        if (find_function(name) != nullptr && (name == "count" || is_call || known == nullptr)) {
            out.kind = Kind::stats;
            return stats(std::move(out));
        }
        if (known == nullptr) return unknown_stage(word, name);
        in_.go_to(word.end);
        out.kind = known->kind;
        switch (out.kind) {
            case Kind::where: return where(std::move(out));
            case Kind::stats: return stats(std::move(out));
            case Kind::top:
            case Kind::rare: return top(std::move(out));
            case Kind::timechart: return timechart(std::move(out));
            case Kind::distinct: {
                VD_PARSE(out.fields, names("a field", kByFieldsMax));
                return out;
            }
            case Kind::sort: return sort(std::move(out));
            case Kind::fields: return fields(std::move(out));
            case Kind::limit: {
                VD_PARSE(out.count, row_count(kTableRowsMax));
                return out;
            }
        }
        return out;
    }

    static tl::unexpected<Problem> unknown_stage(const Word& word, const std::string& name) {
        if (name.empty()) {
            return problem(word.at, "a stage begins with its name",
                           "write e.g. | count by user.name");
        }
        if (const auto hint = hint_for_foreign_stage(name); !hint.empty()) {
            return problem(word.at, "there is no stage `" + name + "` in this language",
                           std::string(hint));
        }
        const std::string nearest = nearest_stage(name);
        return problem(word.at, "there is no stage `" + word.text + '`',
                       nearest.empty() ? "the stages are " + stage_names()
                                       : "did you mean `" + nearest + "`?");
    }

    // where := filter over fields, or over the columns of what comes before
    Parsed<Stage> where(Stage out) {
        if (is_stage_end()) {
            return problem(in_.at(), "`where` needs a condition", "write e.g. where count>10");
        }
        VD_PARSE(ParsedFilter parsed, parse_filter(in_.query(), in_.at(), Names::columns));
        in_.go_to(parsed.end);
        out.condition = std::move(parsed.node);
        return out;
    }

    // stats := aggregate (',' aggregate)* ['by' names]
    Parsed<Stage> stats(Stage out) {
        VD_PARSE(out.aggregates, aggregates());
        VD_PARSE(out.by, by(kByFieldsMax));
        return out;
    }

    Parsed<std::vector<Aggregate>> aggregates() {
        std::vector<Aggregate> out;
        do {
            if (out.size() == kAggregatesMax) {
                return problem(in_.at(), "a stage has at most " + std::to_string(kAggregatesMax) +
                                             " measures");
            }
            VD_PARSE(Aggregate next, named_aggregate());
            const auto same = [&](const Aggregate& one) { return one.name == next.name; };
            if (std::any_of(out.begin(), out.end(), same)) {
                return problem(next.at, "there are two columns named " + next.name,
                               "give one another name: " + default_name(next) + " as other");
            }
            out.push_back(std::move(next));
            in_.skip_blanks();
            const Word ahead = in_.word(kStops);
            const bool is_call = in_.query().substr(ahead.end, 1) == "(";
            if (is_call && find_function(lower_ascii(ahead.text)) != nullptr) continue;
            if (!take(',')) return out;
        } while (true);
    }

    // named_aggregate := [name '='] aggregate ['as' name]
    Parsed<Aggregate> named_aggregate() {
        in_.skip_blanks();
        const Word first = in_.word(kStops);
        Name name{{}, first.at};
        if (in_.query().substr(first.end, 1) == "=" && !first.text.empty()) {
            name.text = first.text;
            in_.go_to(first.end + 1);
        }
        VD_PARSE(Aggregate out, aggregate());
        if (take_word("as")) {
            VD_PARSE(name, plain_name("a name behind `as`"));
        }
        out.name = name.text.empty() ? default_name(out) : name.text;
        return out;
    }

    // aggregate := 'count' | function '(' [field [',' percent]] ')'
    Parsed<Aggregate> aggregate() {
        in_.skip_blanks();
        Aggregate out;
        out.at = in_.at();
        const Word word = in_.word(kStops);
        const std::string name = lower_ascii(word.text);
        const bool is_call = in_.query().substr(word.end, 1) == "(";
        const FunctionWord* known = find_function(name);
        if (known == nullptr) return unknown_function(word, name, is_call);
        out.function = known->function;
        out.percent = percent_of(name);
        in_.go_to(word.end);
        if (!is_call) {
            if (out.function == Aggregate::Function::count) return out;
            return problem(word.at, '`' + name + "` needs a field", "write " + name + "(bytes)");
        }
        in_.go_to(word.end + 1);
        if (take(')')) {
            if (out.function == Aggregate::Function::count) return out;
            return problem(in_.at() - 1, '`' + name + "` needs a field",
                           "write " + name + "(bytes)");
        }
        VD_PARSE(Name field, plain_name("a field"));
        if (lower_ascii(field.text) == "distinct" && in_.peek() != ')') {
            return problem(field.at, "`distinct` is a function here", "write distinct(user.name)");
        }
        out.field = std::move(field.text);
        if (out.function == Aggregate::Function::percentile && out.percent == 0) {
            VD_PARSE(out.percent, percent());
        }
        if (!take(')')) {
            return problem(in_.at(), "this call is never closed",
                           "write " + name + '(' + print_field(out.field) + ')');
        }
        return out;
    }

    static tl::unexpected<Problem> unknown_function(const Word& word, const std::string& name,
                                                    bool is_call) {
        if (!is_call) {
            return problem(word.at, "a measure is missing here",
                           "write count, sum(bytes), avg(..), min(..), max(..), p95(..) or "
                           "distinct(..)");
        }
        const std::string nearest = nearest_function(name);
        return problem(word.at, "there is no function `" + word.text + '`',
                       nearest.empty() ? "the functions are count, sum, avg, min, max, p50, p95, "
                                         "p99 and distinct"
                                       : "did you mean `" + nearest + "`?");
    }

    Parsed<int> percent() {
        const bool has_comma = take(',');
        in_.skip_blanks();
        const Word word = in_.word(kStops);
        int value = 0;
        const char* const end = word.text.data() + word.text.size();
        const auto [stop, code] = std::from_chars(word.text.data(), end, value);
        if (!has_comma || code != std::errc() || stop != end || value < 1 || value > 99) {
            return problem(word.at, "a percentile needs a number from 1 to 99",
                           "write p95(bytes) or percentile(bytes, 95)");
        }
        in_.go_to(word.end);
        return value;
    }

    Parsed<std::vector<Name>> by(std::size_t count_max) {
        if (!take_word("by")) return std::vector<Name>();
        return names("a field behind `by`", count_max);
    }

    Parsed<std::vector<Name>> names(const std::string& what, std::size_t count_max) {
        std::vector<Name> out;
        do {
            VD_PARSE(Name next, plain_name(what));
            if (std::find(out.begin(), out.end(), next) != out.end()) {
                return problem(next.at, next.text + " stands here twice", "take one away");
            }
            if (out.size() == count_max) {
                return problem(next.at,
                               "at most " + std::to_string(count_max) + " names can stand here");
            }
            out.push_back(std::move(next));
        } while (take(','));
        in_.skip_blanks();
        const Word ahead = in_.word(kStops);
        const bool is_name = !ahead.text.empty() &&
                             find_stage(lower_ascii(ahead.text)) == nullptr &&
                             lower_ascii(ahead.text) != "by";
        if (is_name || in_.peek() == '"') {
            return problem(in_.at(), "names are separated by commas",
                           "write a comma in front of this");
        }
        return out;
    }

    // A field or a column: a word, a text in quotes, or a call where columns are named so.
    Parsed<Name> plain_name(const std::string& what, bool may_be_call = false) {
        in_.skip_blanks();
        const std::size_t at = in_.at();
        if (in_.peek() == '"') {
            VD_PARSE(Value quoted, in_.quoted());
            if (quoted.text.empty()) return problem(at, "this name is empty");
            return Name{std::move(quoted.text), at};
        }
        const Word word = in_.word(kStops);
        if (word.text.empty()) return problem(at, what + " is missing here");
        if (may_be_call && in_.query().substr(word.end, 1) == "(") {
            VD_PARSE(ParsedCall named, call());
            return Name{std::move(named.name), at};
        }
        if (!word.wildcards.empty()) {
            return problem(at, "a name takes no wildcards", "write each name that you want");
        }
        if (word.colon) {
            return problem(word.colon_at, "a filter cannot stand here",
                           "write it in front of the first |, or as a stage: | where " + word.text);
        }
        in_.go_to(word.end);
        return Name{word.text, at};
    }

    // [N | 'limit=N'] field ['by' names]
    Parsed<Stage> top(Stage out) {
        in_.skip_blanks();
        const Word word = in_.word(kStops);
        if (lower_ascii(word.text) == "limit" && in_.query().substr(word.end, 1) == "=") {
            in_.go_to(word.end + 1);
        }
        VD_PARSE(out.count, row_count(kTableRowsMax));
        VD_PARSE(out.fields, names("a field", 1));
        VD_PARSE(out.by, by(kByFieldsMax - 1));
        const auto& by = out.by;
        if (std::find(by.begin(), by.end(), out.fields.front()) != by.end()) {
            return problem(out.by.front().at, out.fields.front().text + " stands here twice",
                           "take one away");
        }
        return out;
    }

    Parsed<std::size_t> row_count(std::size_t count_max) {
        in_.skip_blanks();
        const Word word = in_.word(kStops);
        if (word.text.empty() || !(is_digit(word.text[0]) || word.text[0] == '-')) {
            return kRowsUnasked;
        }
        std::size_t count = 0;
        const char* const end = word.text.data() + word.text.size();
        const auto [stop, code] = std::from_chars(word.text.data(), end, count);
        if (code != std::errc() || stop != end || count == 0 || count > count_max) {
            return problem(word.at, "this is no number of rows",
                           "write 1 to " + std::to_string(count_max));
        }
        in_.go_to(word.end);
        return count;
    }

    // [span | 'span=' span] [aggregates] ['by' name]
    Parsed<Stage> timechart(Stage out) {
        in_.skip_blanks();
        Word word = in_.word(kStops);
        const bool is_named =
            lower_ascii(word.text) == "span" && in_.query().substr(word.end, 1) == "=";
        if (is_named) {
            in_.go_to(word.end + 1);
            in_.skip_blanks();
            word = in_.word(kStops);
        }
        if (is_named || (!word.text.empty() && is_digit(word.text[0]))) {
            const auto span = read_span(word.text);
            if (!span) {
                return problem(word.at, "this is no width of a bucket",
                               "write a number and s, m, h, d or w: timechart 5m");
            }
            out.span_ns = *span;
            in_.go_to(word.end);
        }
        if (is_stage_end() || is_word_ahead("by")) {
            out.aggregates.push_back({Aggregate::Function::count, 0, {}, "count", in_.at()});
        } else {
            VD_PARSE(out.aggregates, aggregates());
        }
        VD_PARSE(out.by, by(1));
        return out;
    }

    // ['by'] ['-'|'+'] column ['asc'|'desc'] (',' ...)*
    Parsed<Stage> sort(Stage out) {
        take_word("by");
        do {
            in_.skip_blanks();
            SortKey key;
            key.at = in_.at();
            key.is_descending = in_.peek() == '-';
            const bool has_sign = key.is_descending || in_.peek() == '+';
            if (has_sign) in_.go_to(in_.at() + 1);
            VD_PARSE(Name column, plain_name("a name to sort by", true));
            key.name = std::move(column.text);
            if (!has_sign && take_word("desc")) {
                key.is_descending = true;
            } else if (!has_sign) {
                take_word("asc");
            }
            if (out.sort.size() == kByFieldsMax) {
                return problem(key.at,
                               "at most " + std::to_string(kByFieldsMax) + " names can stand here");
            }
            out.sort.push_back(std::move(key));
        } while (take(','));
        return out;
    }

    Parsed<Stage> fields(Stage out) {
        in_.skip_blanks();
        if (in_.peek() == '-' || in_.peek() == '+') {
            return problem(in_.at(), "`fields` names what is kept",
                           "write the names that you want, without a sign");
        }
        do {
            VD_PARSE(Name next, plain_name("a name", true));
            if (std::find(out.fields.begin(), out.fields.end(), next) != out.fields.end()) {
                return problem(next.at, next.text + " stands here twice", "take one away");
            }
            if (out.fields.size() == kAggregatesMax + kByFieldsMax) {
                return problem(next.at, "too many names");
            }
            out.fields.push_back(std::move(next));
        } while (take(','));
        return out;
    }

    Scanner in_;
};

}  // namespace

Parsed<ParsedCall> parse_call(std::string_view query, std::size_t at) {
    return PipeParser(query, at).call();
}

tl::expected<Search, Problem> parse_search(std::string_view query) {
    VD_PARSE([[maybe_unused]] const bool is_good, check_bytes(query));
    VD_PARSE(ParsedFilter filter, parse_filter(query, 0, Names::fields));
    VD_PARSE(std::vector<Stage> stages, PipeParser(query, filter.end).stages());
    return Search{std::move(filter.node), std::move(stages)};
}

}  // namespace vedette::rule::search
