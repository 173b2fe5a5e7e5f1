// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/json_text.h"
#include "event/lookup_definition.h"
#include "event/schema.h"
#include "rule/search/filter_parser.h"
#include "rule/search/limits.h"
#include "rule/search/names.h"
#include "rule/search/regex.h"
#include "rule/search/scanner.h"

namespace vedette::rule::search {

namespace {

constexpr std::string_view kTermStops = "()\"<>";
constexpr std::string_view kValueStops = "()\"";
constexpr std::string_view kRangeStops = "()\"]}";

Node test_node(Test test) { return {Node::Kind::test, {}, std::move(test)}; }

Node join(Node::Kind kind, std::vector<Node> children) {
    if (children.size() == 1) return std::move(children.front());
    return {kind, std::move(children), {}};
}

bool is_lone_star(const Word& word) { return word.text == "*" && word.wildcards.size() == 1; }

class Parser {
  public:
    Parser(std::string_view query, std::size_t at, Names names) : in_(query), names_(names) {
        in_.go_to(at);
    }

    Parsed<ParsedFilter> parse() {
        if (is_filter_end()) return ParsedFilter{{}, in_.at()};
        VD_PARSE(Node node, any_of());
        if (is_filter_end()) return ParsedFilter{std::move(node), in_.at()};
        return problem(in_.at(), "this bracket closes nothing", "take it away, or quote it: \")\"");
    }

  private:
    // any_of := all_of ((or | ||) all_of)*
    Parsed<Node> any_of() {
        std::vector<Node> children;
        for (;;) {
            VD_PARSE(Node child, all_of());
            children.push_back(std::move(child));
            if (!take_operator("or", "||")) return join(Node::Kind::any_of, std::move(children));
            VD_PARSE([[maybe_unused]] const bool is_good, needs_operand("or"));
        }
    }

    // all_of := negation ((and | && | nothing) negation)*
    Parsed<Node> all_of() {
        std::vector<Node> children;
        for (;;) {
            VD_PARSE(Node child, negation());
            children.push_back(std::move(child));
            if (take_operator("and", "&&")) {
                VD_PARSE([[maybe_unused]] const bool is_good, needs_operand("and"));
                continue;
            }
            if (is_filter_end() || in_.peek() == ')' || is_operator("or", "||")) {
                return join(Node::Kind::all_of, std::move(children));
            }
            if (!field_.empty()) {
                return problem(in_.at(), "there is no operator between two values of " + field_,
                               "write `or` (or `and`) between them");
            }
        }
    }

    // negation := (not | ! | -) negation | primary
    Parsed<Node> negation() {
        in_.skip_blanks();
        const std::size_t at = in_.at();
        if (take_operator("not", "!") || take_minus()) {
            if (++depth_ > kQueryDepthMax) return too_deep(at);
            VD_PARSE([[maybe_unused]] const bool is_good, needs_operand("not"));
            VD_PARSE(Node child, negation());
            --depth_;
            Node node{Node::Kind::negation, {}, {}};
            node.children.push_back(std::move(child));
            return node;
        }
        return primary();
    }

    Parsed<Node> primary() {
        in_.skip_blanks();
        VD_PARSE([[maybe_unused]] const bool is_good, check_start());
        if (in_.peek() == '(') return group();
        return field_.empty() ? term() : value(field_, in_.at());
    }

    Parsed<Node> group() {
        const std::size_t at = in_.at();
        if (++depth_ > kQueryDepthMax) return too_deep(at);
        in_.go_to(at + 1);
        in_.skip_blanks();
        if (in_.peek() == ')') {
            return problem(at, "these brackets are empty", "take them away, or put a query inside");
        }
        VD_PARSE(Node node, any_of());
        if (is_filter_end() && !in_.is_at_end()) {
            return problem(in_.at(), "a | begins a stage, and cannot stand inside brackets",
                           "write `or` (or ||) for one of two, or close the bracket first");
        }
        if (in_.peek() != ')') {
            return problem(at, "this bracket is never closed", "add a ) where the group ends");
        }
        in_.go_to(in_.at() + 1);
        --depth_;
        return node;
    }

    // What people type from other languages, told apart before it becomes something else.
    Parsed<bool> check_start() {
        const std::size_t at = in_.at();
        const char c = in_.peek();
        const Word word = in_.word(kTermStops);
        if (!word.has_escapes && word.wildcards.empty()) {
            const std::string_view known = keyword(word.text);
            if (!known.empty()) {
                return problem(at, "`" + std::string(known) + "` needs something to its left",
                               "quote it to search for the word: \"" + word.text + '"');
            }
        }
        if (in_.starts_with("&&") || in_.starts_with("||")) {
            return problem(at, "this operator needs something to its left");
        }
        if (c == '&' && word.text == "&") {
            return problem(at, "a single & is no operator", "write `and` or &&");
        }
        if (c == '\'') {
            return problem(at, "phrases stand in double quotes",
                           "write \"...\", or \\' if the text begins with an apostrophe");
        }
        if (field_.empty() && !in_.starts_with("::") && (c == '<' || c == '>' || c == ':')) {
            return problem(at, std::string("there is no field in front of this ") + c,
                           c == ':' ? "write field:value, or quote the text" : "write field>value");
        }
        return true;
    }

    // term := field ':' value | field ('<'|'>') value | word | quoted | pattern
    // A field's name may stand in quotes.
    Parsed<Node> term() {
        const std::size_t at = in_.at();
        if (in_.peek() == '"') {
            VD_PARSE(Value phrase, in_.quoted());
            if (!phrase.text.empty() && in_.peek() == ':') {
                in_.go_to(in_.at() + 1);
                return value(phrase.text, at);
            }
            if (!phrase.text.empty() && (in_.peek() == '<' || in_.peek() == '>')) {
                return comparison(phrase.text, at);
            }
            if (!phrase.text.empty() && is_list_ahead()) return list_test(phrase.text, at);
            return value_test({}, std::move(phrase), at);
        }
        if (in_.peek() == '/') {
            VD_PARSE(std::optional<Value> pattern, in_.pattern());
            if (pattern) return regex_test({}, std::move(*pattern), at);
        }
        const Word word = in_.word(kTermStops);
        if (names_ == Names::columns && is_call_ahead(word)) return call_term(word);
        if (word.colon && names_a_field(word)) return field_term(word);
        VD_PARSE([[maybe_unused]] const bool is_good, check_equals(word));
        in_.go_to(word.end);
        if (is_field_name(word) && !word.colon) {
            in_.skip_blanks();
            const char c = in_.peek();
            if (c == '<' || c == '>') return comparison(word.text, at);
            if (c == ':' && (is_blank(in_.peek(1)) || in_.peek(1) == '"' || in_.peek(1) == '(')) {
                in_.go_to(in_.at() + 1);
                return value(word.text, at);
            }
            if (is_list_ahead()) return list_test(word.text, at);
            VD_PARSE([[maybe_unused]] const bool is_no_sql, check_sql(word));
            in_.go_to(word.end);
        }
        if (word.text.empty()) {
            return problem(in_.at(), "this character cannot stand here",
                           "quote the text that contains it");
        }
        if (is_lone_star(word)) return Node{};
        return value_test({}, word.value(), at);
    }

    // `sum(bytes)`, the name of a column: a bracket without a blank in front.
    bool is_call_ahead(const Word& word) const {
        return is_field_name(word) && !word.colon && in_.query().substr(word.end, 1) == "(";
    }

    Parsed<Node> call_term(const Word& word) {
        VD_PARSE(const ParsedCall call, parse_call(in_.query(), word.at));
        in_.go_to(call.end);
        in_.skip_blanks();
        if (in_.peek() == '<' || in_.peek() == '>') return comparison(call.name, word.at);
        if (in_.peek() == ':') {
            in_.go_to(in_.at() + 1);
            return value(call.name, word.at);
        }
        return problem(in_.at(), "there is nothing to compare " + call.name + " with",
                       "write " + call.name + ">10, or " + call.name + ":10");
    }

    // `name:` in front of a value, and not a URL, an address, a time or a drive.
    static bool names_a_field(const Word& word) {
        const std::size_t colon = *word.colon;
        const std::string_view rest = std::string_view(word.text).substr(colon + 1);
        if (colon == 0 || (word.text[0] >= '0' && word.text[0] <= '9')) {
            return false;
        }
        if (rest.substr(0, 1) == ":" || rest.substr(0, 2) == "//") return word.has_escapes;
        const bool is_drive = colon == 1 && !rest.empty() && (rest[0] == '\\' || rest[0] == '/');
        return !is_drive && !looks_like_address(word.text);
    }

    static bool is_field_name(const Word& word) {
        return !word.text.empty() && word.wildcards.empty() &&
               (word.text[0] < '0' || word.text[0] > '9');
    }

    Parsed<Node> field_term(const Word& word) {
        const std::string name = word.text.substr(0, *word.colon);
        in_.go_to(word.colon_at + 1);
        const bool has_wildcard = !word.wildcards.empty() && word.wildcards.front() < *word.colon;
        if (!has_wildcard) return value(name, word.at);
        if (name != "*") {
            return problem(word.at, "the name of a field takes no wildcards",
                           "name the field, or search the whole record without one");
        }
        if (in_.peek() == '*' && is_lone_star(in_.word(kValueStops))) {
            in_.go_to(in_.at() + 1);
            return Node{};
        }
        return value({}, word.at);
    }

    Parsed<bool> check_equals(const Word& word) {
        if (!word.equals || *word.equals == 0) return true;
        std::string name = word.text.substr(0, *word.equals);
        const std::size_t value_at = word.text.find_first_not_of('=', *word.equals);
        const bool is_followed_by_quote = in_.query().substr(word.end, 1) == "\"";
        if (value_at == std::string::npos && !is_followed_by_quote) return true;  // base64 ends so
        const bool is_negated = name.back() == '!';
        if (is_negated) name.pop_back();
        if (!is_plain_name(name)) return true;
        const std::string value =
            value_at == std::string::npos ? "\"...\"" : word.text.substr(value_at);
        return problem(word.at + *word.equals - (is_negated ? 1 : 0),
                       is_negated ? "!= is no operator here" : "= is no operator here",
                       "write " + std::string(is_negated ? "not " : "") + name + ':' + value +
                           " for the field, or quote it for the text");
    }

    // `in @name`: in_ stands behind the field's name, and blanks or none.
    bool is_list_ahead() const {
        Scanner ahead = in_;
        ahead.skip_blanks();
        const Word in = ahead.word(kTermStops);
        const bool is_in = !in.has_escapes && (in.text == "in" || in.text == "IN");
        ahead.go_to(in.end);
        ahead.skip_blanks();
        return is_in && ahead.peek() == '@' && ahead.at() > in.end;
    }

    // field in '@' name
    Parsed<Node> list_test(const std::string& field, std::size_t at) {
        in_.skip_blanks();
        in_.go_to(in_.at() + 2);
        in_.skip_blanks();
        const std::size_t name_at = in_.at();
        Word word = in_.word(kTermStops);
        const std::string name = word.text.substr(1);
        if (word.has_escapes || !event::is_list_name(name)) {
            return problem(
                name_at, "'" + word.text + "' is no name of a list",
                "write letters, digits and _ behind the @: " + print_field(field) + " in @vips");
        }
        in_.go_to(word.end);
        Value value;
        value.text = name;
        value.at = name_at;
        return counted({Test::Kind::list, field, std::move(value), {}, {}, at});
    }

    // `name in (...)`, `name like "..."`: in_ stands behind the name and blanks.
    Parsed<bool> check_sql(const Word& name) {
        const Word next = in_.word(kTermStops);
        const bool is_in = next.text == "in" || next.text == "IN";
        const bool is_like = next.text == "like" || next.text == "LIKE" || next.text == "contains";
        Scanner behind = in_;
        behind.go_to(next.end);
        behind.skip_blanks();
        if (is_in && behind.peek() == '(') {
            return problem(next.at, "`in` is no operator here", "write " + name.text + ":(a or b)");
        }
        if (is_like && (behind.peek() == '"' || behind.peek() == '\'')) {
            return problem(next.at, "`" + next.text + "` is no operator here",
                           "write " + name.text + ":*part*");
        }
        return true;
    }

    // value := '(' any_of ')' | quoted | pattern | range | ('<'|'>') word | word
    Parsed<Node> value(const std::string& field, std::size_t at) {
        in_.skip_blanks();
        switch (in_.peek()) {
            case '(': return value_group(field);
            case '[':
            case '{': return range(field, at);
            case '<':
            case '>': return comparison(field, at);
            case '\'':
                return problem(in_.at(), "phrases stand in double quotes",
                               "write \"...\", or \\' if the value begins with an apostrophe");
            case '"': {
                VD_PARSE(Value phrase, in_.quoted());
                return value_test(field, std::move(phrase), at);
            }
            case '/': {
                VD_PARSE(std::optional<Value> pattern, in_.pattern());
                if (pattern) return regex_test(field, std::move(*pattern), at);
                break;
            }
            default: break;
        }
        VD_PARSE(Word word, value_word(field, kValueStops));
        if (is_lone_star(word) && field.empty()) return Node{};
        if (is_lone_star(word)) return counted({Test::Kind::exists, field, {}, {}, {}, at});
        return value_test(field, word.value(), at);
    }

    Parsed<Node> value_group(const std::string& field) {
        if (field.empty()) return group();
        const std::string outer = std::exchange(field_, field);
        auto node = group();
        field_ = outer;
        return node;
    }

    // A word as a value, or why there is none.
    Parsed<Word> value_word(const std::string& field, std::string_view stops) {
        Word word = in_.word(stops);
        const bool is_keyword =
            !word.has_escapes && word.wildcards.empty() && !keyword(word.text).empty();
        if (word.text.empty() || is_keyword) {
            const std::string name = print_field(field);
            return problem(
                word.at, field.empty() ? "there is no value" : name + " has no value here",
                is_keyword
                    ? "quote it to search for the word: \"" + word.text + '"'
                    : "write " + name + ":value, or " + name + ":* for events that have the field");
        }
        const char next = word.end < in_.query().size() ? in_.query()[word.end] : ' ';
        if (next == '(' || next == '"') {
            return problem(word.end, std::string("a value with ") + next + " in it needs quotes",
                           "write \"...\" around the value, and \\\" for a quote inside");
        }
        if (!field_.empty() && word.text.back() == ',' && word.text.size() > 1) {
            return problem(word.end - 1, "values are not separated by commas",
                           "write `or` between them");
        }
        if (!field_.empty() && word.colon &&
            is_schema_name(std::string_view(word.text).substr(0, *word.colon))) {
            return problem(word.at,
                           "this is still inside the brackets of " + print_field(field_) + ":",
                           "close the bracket before the next field");
        }
        in_.go_to(word.end);
        return word;
    }

    Parsed<Node> comparison(const std::string& field, std::size_t at) {
        const bool is_lower = in_.peek() == '>';
        const bool is_inclusive = in_.peek(1) == '=';
        const std::size_t sign_at = in_.at();
        in_.go_to(sign_at + (is_inclusive ? 2 : 1));
        in_.skip_blanks();
        if (field.empty())
            return problem(sign_at, "a comparison needs a field", "write field>value");
        VD_PARSE(Value bound, bound_value(field, kValueStops));
        if (bound.text == "*" && bound.wildcards.size() == 1) {
            return problem(bound.at, "there is nothing to compare with",
                           "write a value, or " + print_field(field) + ":* for any");
        }
        Test test{Test::Kind::range, field, {}, {}, {}, at};
        (is_lower ? test.lower : test.upper) = Bound{std::move(bound), is_inclusive};
        return counted(std::move(test));
    }

    Parsed<Value> bound_value(const std::string& field, std::string_view stops) {
        if (in_.peek() == '"') return in_.quoted();
        VD_PARSE(const Word word, value_word(field, stops));
        if (!word.wildcards.empty() && !is_lone_star(word)) {
            return problem(word.at, "a comparison takes no wildcards",
                           "write a number, a time or a text without * and ?");
        }
        return word.value();
    }

    // range := ('['|'{') bound TO bound (']'|'}')
    Parsed<Node> range(const std::string& field, std::size_t at) {
        const std::size_t open_at = in_.at();
        if (field.empty()) return problem(open_at, "a range needs a field", "write field:[1 TO 5]");
        Test test{Test::Kind::range, field, {}, {}, {}, at};
        const bool has_lower_end = in_.peek() == '[';
        in_.go_to(open_at + 1);
        in_.skip_blanks();
        VD_PARSE(Value lower, bound_value(field, kRangeStops));
        in_.skip_blanks();
        const Word to = in_.word(kRangeStops);
        if (to.text != "TO" && to.text != "to") {
            return problem(in_.at(), "a range needs TO between its ends",
                           "write " + print_field(field) + ":[" + lower.text + " TO ...]");
        }
        in_.go_to(to.end);
        in_.skip_blanks();
        VD_PARSE(Value upper, bound_value(field, kRangeStops));
        in_.skip_blanks();
        if (in_.peek() != ']' && in_.peek() != '}') {
            return problem(open_at, "this range is never closed",
                           "end it with ] (with the last value) or } (without it)");
        }
        const bool has_upper_end = in_.peek() == ']';
        in_.go_to(in_.at() + 1);
        const auto is_open = [](const Value& bound) { return !bound.wildcards.empty(); };
        if (is_open(lower) && is_open(upper)) {
            return counted({Test::Kind::exists, field, {}, {}, {}, at});
        }
        if (!is_open(lower)) test.lower = Bound{std::move(lower), has_lower_end};
        if (!is_open(upper)) test.upper = Bound{std::move(upper), has_upper_end};
        return counted(std::move(test));
    }

    Parsed<Node> value_test(const std::string& field, Value value, std::size_t at) {
        if (field.empty() && value.text.empty()) {
            return problem(at, "this phrase is empty", "write a word between the quotes");
        }
        const bool is_only_wildcards =
            !value.text.empty() && value.wildcards.size() == value.text.size();
        if (field.empty() && is_only_wildcards) {
            return problem(at, "these wildcards fit every text", "write * alone for every event");
        }
        return counted({Test::Kind::value, field, std::move(value), {}, {}, at});
    }

    Parsed<Node> regex_test(const std::string& field, Value pattern, std::size_t at) {
        if (const auto why = regex_problem(pattern.text)) {
            return problem(pattern.at, why->text, why->hint);
        }
        return counted({Test::Kind::regex, field, std::move(pattern), {}, {}, at});
    }

    Parsed<Node> counted(Test test) {
        if (++test_count_ > kQueryTestsMax) {
            return problem(
                test.at, "a query has at most " + std::to_string(kQueryTestsMax) + " tests",
                "load long lists as indicators instead of searching for them one by one");
        }
        return test_node(std::move(test));
    }

    bool is_operator(std::string_view word, std::string_view sign) const {
        const Word next = in_.word(kTermStops);
        const bool is_word = !next.has_escapes && keyword(next.text) == word && !next.text.empty();
        return is_word || in_.starts_with(sign);
    }

    bool take_operator(std::string_view word, std::string_view sign) {
        const std::size_t before = in_.at();
        in_.skip_blanks();
        if (!is_operator(word, sign)) {
            in_.go_to(before);
            return false;
        }
        in_.go_to(in_.at() + (in_.starts_with(sign) ? sign.size() : word.size()));
        return true;
    }

    // A minus in front of something, except the two of --flag, which is a word.
    bool take_minus() {
        if (in_.peek() != '-' || in_.peek(1) == '-' || in_.peek(1) == '\0' ||
            is_blank(in_.peek(1)) || in_.peek(1) == ')') {
            return false;
        }
        in_.go_to(in_.at() + 1);
        return true;
    }

    // The end of the text, or a single |, where the stages begin.
    bool is_filter_end() {
        in_.skip_blanks();
        return in_.is_at_end() || (in_.peek() == '|' && in_.peek(1) != '|');
    }

    Parsed<bool> needs_operand(std::string_view name) {
        if (!is_filter_end() && in_.peek() != ')') return true;
        return problem(in_.at(), "`" + std::string(name) + "` needs something to its right",
                       "write what follows, or take `" + std::string(name) + "` away");
    }

    static tl::unexpected<Problem> too_deep(std::size_t at) {
        return problem(
            at, "the query is nested deeper than " + std::to_string(kQueryDepthMax) + " levels",
            "take brackets away: `and` binds closer than `or`");
    }

    Scanner in_;
    const Names names_;
    std::string field_;  // inside field:( ... )
    int depth_ = 0;
    std::size_t test_count_ = 0;
};

}  // namespace

Parsed<bool> check_bytes(std::string_view query) {
    if (query.size() > kQueryBytesMax) {
        return problem(0, "the query is longer than " + std::to_string(kQueryBytesMax) + " bytes",
                       "load long lists as indicators instead of searching for them one by one");
    }
    for (std::size_t at = 0; at < query.size();) {
        const std::size_t size = base::utf8_sequence_size(query.substr(at));
        if (size == 0) return problem(at, "the query is not UTF-8 here");
        if (query[at] == '\0') return problem(at, "the query has a zero byte here");
        at += size;
    }
    return true;
}

Parsed<ParsedFilter> parse_filter(std::string_view query, std::size_t at, Names names) {
    return Parser(query, at, names).parse();
}

tl::expected<Node, Problem> parse_query(std::string_view query) {
    VD_PARSE([[maybe_unused]] const bool is_good, check_bytes(query));
    VD_PARSE(ParsedFilter parsed, parse_filter(query, 0, Names::fields));
    if (parsed.end == query.size()) return std::move(parsed.node);
    return problem(parsed.end, "only a filter can stand here, no stages",
                   "leave out what follows the |");
}

}  // namespace vedette::rule::search
