// SPDX-License-Identifier: Apache-2.0
#include "rule/search/plan.h"

#include <algorithm>
#include <utility>

#include "rule/search/network.h"
#include "rule/search/regex.h"

namespace vedette::rule::search {

namespace {

template <typename T>
using Planned = tl::expected<T, Problem>;

// Lower case in pieces, because a wildcard's place must stay right when a character gets longer.
Value lower_value(const Value& value) {
    Value out;
    std::size_t begin = 0;
    for (const std::size_t at : value.wildcards) {
        out.text += lower_case(std::string_view(value.text).substr(begin, at - begin));
        out.wildcards.push_back(out.text.size());
        out.text.push_back(value.text[at]);
        begin = at + 1;
    }
    out.text += lower_case(std::string_view(value.text).substr(begin));
    return out;
}

Check number_equals(const Number& number) {
    Check check{Check::Kind::number_range};
    check.number_low = check.number_high = NumberEnd{number, true};
    return check;
}

Check phrase_check(const Value& value, bool is_raw) {
    const Value low = lower_value(value);
    if (low.text.empty()) return {Check::Kind::equals, low.text};
    Check check{Check::Kind::lower_regex, regex_of_phrase(low, is_raw)};
    if (!is_raw) return check;
    check.words = words_of_phrase(low);
    // One word of letters and digits: then the word index knows all there is to know.
    check.words_are_enough = check.words == low.text && check.words.find(' ') == std::string::npos;
    return check;
}

Check whole_check(const Value& value) {
    const Value low = lower_value(value);
    if (low.wildcards.empty()) return {Check::Kind::equals, low.text};
    return {Check::Kind::lower_regex, regex_of_value(low)};
}

std::vector<Check> keyword_checks(const Value& value) {
    std::vector<Check> checks = {whole_check(value)};
    if (!value.wildcards.empty()) return checks;
    if (const auto number = read_number(value.text)) checks.push_back(number_equals(*number));
    if (!value.is_quoted && is_network(value.text)) {
        checks.push_back({Check::Kind::network, value.text});
    }
    return checks;
}

std::vector<Check> ip_checks(const Value& value) {
    std::vector<Check> checks = {whole_check(value)};
    if (!value.wildcards.empty()) return checks;
    if (const auto network = network_of(value.text)) {
        checks.push_back({Check::Kind::network, *network});
    }
    return checks;
}

bool is_time(FieldKind kind) {
    return kind == FieldKind::meta_time || kind == FieldKind::result_time;
}

class Planner {
  public:
    Planner(base::Timestamp now, const event::LookupSet& lists, const FindPlace& find_place)
        : now_(now), lists_(lists), find_place_(find_place) {}

    Planned<PlanNode> plan(const Node& node) const {
        PlanNode out{node.kind};
        for (const Node& child : node.children) {
            auto planned = plan(child);
            if (!planned) return planned;
            out.children.push_back(std::move(*planned));
        }
        if (node.kind != Node::Kind::test) return out;
        auto test = plan_test(node.test);
        if (!test) return tl::unexpected(std::move(test).error());
        out.test = std::move(*test);
        return out;
    }

  private:
    Planned<PlanTest> plan_test(const Test& test) const {
        auto place = find_place_(test);
        if (!place) return tl::unexpected(std::move(place).error());
        PlanTest out{std::move(*place), {}};
        switch (test.kind) {
            case Test::Kind::exists: out.checks = {{Check::Kind::exists}}; return out;
            case Test::Kind::regex: return plan_regex(test, std::move(out));
            case Test::Kind::range: return plan_range(test, std::move(out));
            case Test::Kind::value: return plan_value(test, std::move(out));
            case Test::Kind::list: return plan_list(test, std::move(out));
        }
        return out;
    }

    Planned<PlanTest> plan_list(const Test& test, PlanTest out) const {
        switch (out.place.kind) {
            case FieldKind::anywhere:
                return tl::unexpected(Problem{test.at, "the record's text is in no list",
                                              "name a field: user.name in @" + test.value.text});
            case FieldKind::meta_time:
            case FieldKind::meta_number:
            case FieldKind::result_time:
            case FieldKind::result_number:
                return tl::unexpected(Problem{test.at, test.field + " is in no list",
                                              "compare it: " + test.field + ">=..."});
            default: break;
        }
        Check check{Check::Kind::list};
        check.list = lists_.find(test.value.text);
        if (!check.list) {
            return tl::unexpected(Problem{test.value.at,
                                          "there is no list '" + test.value.text + "'",
                                          lists_.hint_for(test.value.text)});
        }
        out.checks = {std::move(check)};
        return out;
    }

    static Planned<PlanTest> plan_regex(const Test& test, PlanTest out) {
        if (is_time(out.place.kind) || out.place.kind == FieldKind::meta_number ||
            out.place.kind == FieldKind::result_number) {
            return tl::unexpected(Problem{test.value.at,
                                          test.field + " takes no regular expression",
                                          "compare it: " + test.field + ">=..."});
        }
        out.checks = {{Check::Kind::regex, regex_of_pattern(test.value.text)}};
        return out;
    }

    Planned<PlanTest> plan_value(const Test& test, PlanTest out) const {
        const Value& value = test.value;
        switch (out.place.kind) {
            case FieldKind::anywhere: out.checks = {phrase_check(value, true)}; return out;
            case FieldKind::text: out.checks = {phrase_check(value, false)}; return out;
            case FieldKind::ip: out.checks = ip_checks(value); return out;
            case FieldKind::keyword:
            case FieldKind::meta_text:
            case FieldKind::result_text:
            case FieldKind::number: out.checks = keyword_checks(value); return out;
            case FieldKind::result_number:
            case FieldKind::meta_number: return plan_exact_number(test, std::move(out));
            case FieldKind::result_time:
            case FieldKind::meta_time: return plan_time(test, std::move(out));
        }
        return out;
    }

    static Planned<PlanTest> plan_exact_number(const Test& test, PlanTest out) {
        const auto number = read_number(test.value.text);
        if (!number) return no_number(test.field, test.value);
        out.checks = {number_equals(*number)};
        return out;
    }

    Planned<PlanTest> plan_time(const Test& test, PlanTest out) const {
        auto span = time_of(test.field, test.value);
        if (!span) return tl::unexpected(std::move(span).error());
        Check check{Check::Kind::time_range};
        check.times = {span->from, span->to};
        out.checks = {std::move(check)};
        return out;
    }

    Planned<TimeSpan> time_of(const std::string& field, const Value& value) const {
        auto span = parse_time_span(value.text, now_);
        if (span) return *span;
        return tl::unexpected(
            Problem{value.at, field + " is a time, and " + span.error().text, span.error().hint});
    }

    Planned<PlanTest> plan_range(const Test& test, PlanTest out) const {
        switch (out.place.kind) {
            case FieldKind::result_time:
            case FieldKind::meta_time: return plan_time_range(test, std::move(out));
            case FieldKind::number:
            case FieldKind::result_number:
            case FieldKind::meta_number: return plan_number_range(test, std::move(out));
            case FieldKind::ip:
                return tl::unexpected(Problem{test.at, "addresses are compared as networks",
                                              "write " + test.field + ":10.0.0.0/8"});
            case FieldKind::anywhere:
                return tl::unexpected(
                    Problem{test.at, "the record's text cannot be compared", "name a field"});
            case FieldKind::text:
            case FieldKind::keyword:
            case FieldKind::result_text:
            case FieldKind::meta_text: break;
        }
        const auto is_number = [](const std::optional<Bound>& bound) {
            return !bound || read_number(bound->value.text).has_value();
        };
        if (is_number(test.lower) && is_number(test.upper))
            return plan_number_range(test, std::move(out));
        Check check{Check::Kind::text_range};
        if (test.lower)
            check.text_low = TextEnd{lower_case(test.lower->value.text), test.lower->is_inclusive};
        if (test.upper)
            check.text_high = TextEnd{lower_case(test.upper->value.text), test.upper->is_inclusive};
        out.checks = {std::move(check)};
        return out;
    }

    static tl::unexpected<Problem> no_number(const std::string& field, const Value& value) {
        return tl::unexpected(Problem{value.at,
                                      field + " is a number, and \"" + value.text + "\" is none",
                                      "write at most 19 digits, e.g. " + field + ":443"});
    }

    static Planned<PlanTest> plan_number_range(const Test& test, PlanTest out) {
        Check check{Check::Kind::number_range};
        for (const auto& [bound, end] : {std::pair{&test.lower, &check.number_low},
                                         std::pair{&test.upper, &check.number_high}}) {
            if (!*bound) continue;
            auto number = read_number((*bound)->value.text);
            if (!number) return no_number(test.field, (*bound)->value);
            *end = NumberEnd{std::move(*number), (*bound)->is_inclusive};
        }
        out.checks = {std::move(check)};
        return out;
    }

    // time>2026-11-22 begins where the day ends, time>=2026-11-22 where it begins.
    Planned<PlanTest> plan_time_range(const Test& test, PlanTest out) const {
        Check check{Check::Kind::time_range};
        if (test.lower) {
            auto span = time_of(test.field, test.lower->value);
            if (!span) return tl::unexpected(std::move(span).error());
            check.times.from = test.lower->is_inclusive ? span->from : span->to;
        }
        if (test.upper) {
            auto span = time_of(test.field, test.upper->value);
            if (!span) return tl::unexpected(std::move(span).error());
            check.times.to = test.upper->is_inclusive ? span->to : span->from;
        }
        out.checks = {std::move(check)};
        return out;
    }

    base::Timestamp now_;
    const event::LookupSet& lists_;
    const FindPlace& find_place_;
};

void remark(const Node& node, std::vector<Problem>& out) {
    for (const Node& child : node.children) remark(child, out);
    if (node.kind != Node::Kind::test) return;
    const Test& test = node.test;
    if (const auto nearest = nearest_field(test.field)) {
        out.push_back({test.at,
                       "there is no field " + print_field(test.field) + " in the house schema",
                       "did you mean " + *nearest + "?"});
    }
    if (test.kind != Test::Kind::value || test.value.is_quoted) return;
    const std::string& text = test.value.text;
    const bool has_plain_star = text.size() > 1 && text.back() == '*' &&
                                !std::binary_search(test.value.wildcards.begin(),
                                                    test.value.wildcards.end(), text.size() - 1);
    if (has_plain_star) {
        out.push_back({test.value.at, "\\* is a star as such, not a wildcard",
                       "write \\\\* for a backslash and anything behind it"});
    }
    if (test.field.empty() && is_network(text)) {
        out.push_back({test.value.at,
                       "without a field this is the text " + text + ", not a network",
                       "write source.ip:" + text});
    }
}

}  // namespace

std::optional<Number> read_number(std::string_view text) {
    constexpr std::size_t kDigitsMax = 19, kDecimalsMax = 9;
    Number number;
    number.text = text;
    const bool is_negative = text.substr(0, 1) == "-";
    if (is_negative) text.remove_prefix(1);
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string digits(text.substr(0, point));
    std::string decimals(point < text.size() ? text.substr(point + 1) : std::string_view{});
    if (digits.empty() || digits.size() > kDigitsMax || decimals.size() > kDecimalsMax ||
        (point < text.size() && decimals.empty())) {
        return std::nullopt;
    }
    number.is_whole = decimals.find_first_not_of('0') == std::string::npos;
    number.is_whole = number.is_whole && digits.size() < kDigitsMax;  // fits 64 bits for certain
    decimals.resize(kDecimalsMax, '0');
    for (const char c : digits + decimals) {
        if (c < '0' || c > '9') return std::nullopt;
        number.billionths = number.billionths * 10 + (c - '0');
    }
    if (is_negative) number.billionths = -number.billionths;
    return number;
}

tl::expected<PlanNode, Problem> plan_query(const Node& query, base::Timestamp now,
                                           const event::LookupSet& lists) {
    return plan_query_over(
        query, now, lists,
        [](const Test& test) -> tl::expected<FieldPlace, Problem> { return place_of(test.field); });
}

tl::expected<PlanNode, Problem> plan_query_over(const Node& query, base::Timestamp now,
                                                const event::LookupSet& lists,
                                                const FindPlace& find_place) {
    return Planner(now, lists, find_place).plan(query);
}

std::vector<Problem> remarks_on(const Node& query) {
    std::vector<Problem> out;
    remark(query, out);
    return out;
}

}  // namespace vedette::rule::search
