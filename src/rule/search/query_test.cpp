// SPDX-License-Identifier: Apache-2.0
#include "rule/search/query.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "rule/search/limits.h"
#include "rule/search/plan.h"

namespace vedette::rule::search {
namespace {

/// The query as the parser understood it, brackets and all.
std::string read_query(std::string_view query) {
    const auto node = parse_query(query);
    return node ? print(*node) : "problem: " + node.error().text;
}

std::string caret(std::string_view query) {
    const auto node = parse_query(query);
    return node ? "no problem: " + print(*node)
                : caret_lines(query, node.error().at) + '\n' + node.error().text +
                      (node.error().suggestion.empty() ? "" : '\n' + node.error().suggestion);
}

TEST(Query, binds_not_closer_than_and_closer_than_or) {
    EXPECT_EQ(read_query("a b or not c d"), "a and b or not c and d");
    EXPECT_EQ(read_query("a AND (b OR c) && !d || -e"), "a and (b or c) and not d or not e");
    EXPECT_EQ(read_query("not (a or b)"), "not (a or b)");
    EXPECT_EQ(read_query("((a))"), "a");
    EXPECT_EQ(read_query("(a b) c"), "(a and b) and c");
    EXPECT_EQ(read_query(""), "*");
    EXPECT_EQ(read_query(" * "), "*");
    EXPECT_EQ(read_query("*:*"), "*");
}

TEST(Query, reads_what_the_people_of_other_consoles_type) {
    EXPECT_EQ(
        read_query("user.name:root and source.ip:10.0.0.0/8 and not event.outcome:success and "
                   "message:\"failed password\" and bytes>1000"),
        "user.name:root and source.ip:10.0.0.0/8 and not event.outcome:success and "
        "message:\"failed password\" and bytes>1000");
    EXPECT_EQ(read_query("user.name:(root OR admin or \"x y\")"),
              "user.name:root or user.name:admin or user.name:\"x y\"");
    EXPECT_EQ(read_query("user.name:(not root)"), "not user.name:root");
    EXPECT_EQ(read_query("user.name:*"), "user.name:*");
    EXPECT_EQ(read_query("user.name : * and bytes : 5"), "user.name:* and bytes:5")
        << "blanks around colons";
    EXPECT_EQ(read_query("bytes > 5 bytes>=5 bytes < 5 bytes:<=5"),
              "bytes>5 and bytes>=5 and bytes<5 and bytes<=5");
    EXPECT_EQ(read_query("bytes:[1 TO 5} or bytes:{* to 7]"), "bytes:[1 TO 5} or bytes<=7");
    EXPECT_EQ(read_query("bytes:[* TO *]"), "bytes:*");
    EXPECT_EQ(read_query("bytes:(>5 and <=10)"), "bytes>5 and bytes<=10");
    EXPECT_EQ(read_query("user.name:/adm.n[0-9]+/"), "user.name:/adm.n[0-9]+/");
    EXPECT_EQ(read_query("url.path:/\\/etc\\/(a|b)/"), "url.path:/\\/etc\\/(a|b)/");
    EXPECT_EQ(read_query("@timestamp>=now-1h"), "@timestamp>=now-1h");
}

TEST(Query, takes_paths_addresses_times_and_urls_as_they_are) {
    for (const std::string query :
         {"file.path:/etc/passwd", "source.ip:fe80::1", "url.original:http://x/y?z", "10.0.0.1:443",
          "12:30:01", "DOMAIN\\\\bob", "field-with-dash:x", "web-1", "user.name:-5"}) {
        const auto node = parse_query(query);
        ASSERT_TRUE(node) << query;
        EXPECT_EQ(parse_query(print(*node)), *node) << query;
        EXPECT_EQ(node->kind, Node::Kind::test) << query;
    }
    EXPECT_EQ(parse_query("C:\\Windows\\System32")->test.value.text, "C:\\Windows\\System32");
    EXPECT_EQ(parse_query("fe80::1")->test.field, "");
    EXPECT_EQ(parse_query("::1")->test.value.text, "::1");
    EXPECT_EQ(parse_query("ab:12:cd:34:ef:56")->test.field, "");
    EXPECT_EQ(parse_query("http://host/x")->test.value.text, "http://host/x");
    EXPECT_EQ(parse_query("--privileged")->test.value.text, "--privileged");
    EXPECT_EQ(parse_query("file.path:/etc/passwd")->test.kind, search::Test::Kind::value);
    EXPECT_EQ(parse_query("user.domain:ACME\\bob")->test.value.text, "ACME\\bob");
    EXPECT_EQ(parse_query("dGVzdA==")->test.value.text, "dGVzdA==");
}

TEST(Query, tells_wildcards_from_stars_as_such) {
    const auto node = parse_query("user.name:a*b\\*c?");
    ASSERT_TRUE(node);
    EXPECT_EQ(node->test.value.text, "a*b*c?");
    EXPECT_EQ(node->test.value.wildcards, (std::vector<std::size_t>{1, 5}));
    EXPECT_TRUE(parse_query("user.name:\"a*\"")->test.value.wildcards.empty());
}

TEST(Query, keeps_quotes_and_escapes) {
    EXPECT_EQ(parse_query(R"("a \"b\" \\ c\n")")->test.value.text, R"(a "b" \ c\n)");
    EXPECT_EQ(parse_query(R"(a\ b\:c)")->test.value.text, "a b:c");
    EXPECT_EQ(parse_query(R"("Some Field":x)")->test.field, "Some Field");
    EXPECT_EQ(parse_query(R"("and")")->test.value.text, "and");
}

// What a person sees when a query is wrong. The pictures are the specification.
TEST(Query, explains_what_is_wrong_and_what_to_write_instead) {
    EXPECT_EQ(caret("user.name:(root or admin"),
              "user.name:(root or admin\n"
              "          ^\n"
              "this bracket is never closed\n"
              "add a ) where the group ends");
    EXPECT_EQ(caret("a or b)"),
              "a or b)\n"
              "      ^\n"
              "this bracket closes nothing\n"
              "take it away, or quote it: \")\"");
    EXPECT_EQ(caret("message:\"failed password"),
              "message:\"failed password\n"
              "        ^\n"
              "this quote is never closed\n"
              "put a \" at the end of the phrase, or \\\" for a quote as such");
    EXPECT_EQ(caret("user.name: and x"),
              "user.name: and x\n"
              "           ^\n"
              "user.name has no value here\n"
              "quote it to search for the word: \"and\"");
    EXPECT_EQ(caret("user.name:"),
              "user.name:\n"
              "          ^\n"
              "user.name has no value here\n"
              "write user.name:value, or user.name:* for events that have the field");
    EXPECT_EQ(caret("user.name=root"),
              "user.name=root\n"
              "         ^\n"
              "= is no operator here\n"
              "write user.name:root for the field, or quote it for the text");
    EXPECT_EQ(caret("user.name!=root"),
              "user.name!=root\n"
              "         ^\n"
              "!= is no operator here\n"
              "write not user.name:root for the field, or quote it for the text");
    EXPECT_EQ(caret("a and"),
              "a and\n"
              "     ^\n"
              "`and` needs something to its right\n"
              "write what follows, or take `and` away");
    EXPECT_EQ(caret("or a"),
              "or a\n"
              "^\n"
              "`or` needs something to its left\n"
              "quote it to search for the word: \"or\"");
    EXPECT_EQ(caret("a | count"),
              "a | count\n"
              "  ^\n"
              "only a filter can stand here, no stages\n"
              "leave out what follows the |");
    EXPECT_EQ(caret("(a | b)"),
              "(a | b)\n"
              "   ^\n"
              "a | begins a stage, and cannot stand inside brackets\n"
              "write `or` (or ||) for one of two, or close the bracket first");
    EXPECT_EQ(caret("user.name in (a, b)"),
              "user.name in (a, b)\n"
              "          ^\n"
              "`in` is no operator here\n"
              "write user.name:(a or b)");
    EXPECT_EQ(caret("user.name:(a, b)"),
              "user.name:(a, b)\n"
              "            ^\n"
              "values are not separated by commas\n"
              "write `or` between them");
    EXPECT_EQ(caret("user.name:(a b)"),
              "user.name:(a b)\n"
              "             ^\n"
              "there is no operator between two values of user.name\n"
              "write `or` (or `and`) between them");
    EXPECT_EQ(caret("message:'failed'"),
              "message:'failed'\n"
              "        ^\n"
              "phrases stand in double quotes\n"
              "write \"...\", or \\' if the value begins with an apostrophe");
    EXPECT_EQ(caret("message:/(?=x)/"),
              "message:/(?=x)/\n"
              "        ^\n"
              "this regular expression is wrong: invalid perl operator: (?=\n"
              "look-around and back-references do not exist here; write (?:...) for a group");
    EXPECT_EQ(caret("message:/failed .* root/"),
              "message:/failed .* root/\n"
              "        ^\n"
              "a blank ends a value, so this is not a regular expression\n"
              "write \\s for a blank inside /.../, or quote it if it is a path");
    EXPECT_EQ(caret("bytes:[1 5]"),
              "bytes:[1 5]\n"
              "         ^\n"
              "a range needs TO between its ends\n"
              "write bytes:[1 TO ...]");
    EXPECT_EQ(caret("user.*:x"),
              "user.*:x\n"
              "^\n"
              "the name of a field takes no wildcards\n"
              "name the field, or search the whole record without one");
    EXPECT_EQ(caret("user.name:(a or host.name:b)"),
              "user.name:(a or host.name:b)\n"
              "                ^\n"
              "this is still inside the brackets of user.name:\n"
              "close the bracket before the next field");
    EXPECT_EQ(caret("bytes>"),
              "bytes>\n"
              "      ^\n"
              "bytes has no value here\n"
              "write bytes:value, or bytes:* for events that have the field");
    EXPECT_EQ(caret("()"),
              "()\n"
              "^\n"
              "these brackets are empty\n"
              "take them away, or put a query inside");
}

TEST(Query, points_by_characters_not_bytes_and_stays_on_one_line) {
    EXPECT_EQ(caret_lines("\xC3\xBC\xC3\xBC (", 5), "\xC3\xBC\xC3\xBC (\n   ^");
    EXPECT_EQ(caret_lines("a\n\x1B[31m(", 7), "a  [31m(\n       ^")
        << "control characters stay inside";
    const std::string longer = std::string(500, 'a') + " (" + std::string(500, 'b');
    const std::string lines = caret_lines(longer, 501);
    EXPECT_EQ(lines.find('\n'), kErrorContextCharacters + 6);
    EXPECT_EQ(lines[lines.size() - 1 - lines.find('\n') - 1], '(');
}

TEST(Query, asks_for_look_up_lists) {
    const auto test = [](const std::string& query) {
        const auto node = parse_query(query);
        return node && node->kind == Node::Kind::test && node->test.kind == search::Test::Kind::list
                   ? node->test.field + "|" + node->test.value.text
                   : "none";
    };
    EXPECT_EQ(test("user.name in @vips"), "user.name|vips");
    EXPECT_EQ(test("source.ip  IN  @own_networks"), "source.ip|own_networks");
    EXPECT_EQ(test("\"odd name\" in @a"), "odd name|a");
    EXPECT_EQ(test("\"and\" in @a"), "and|a");
    EXPECT_EQ(test("a in x"), "none") << "three words";
    EXPECT_EQ(test("user.name:@vips"), "none") << "the name of somebody, as it is written";
    EXPECT_EQ(print(*parse_query("a and not b in @c or (d in @e)")),
              "a and not b in @c or d in @e");
    const auto set = event::LookupSet::of({[] {
        auto list = event::build_list(
            "l", *event::read_list_definition("l", "list: vips\nvalues: [a]"), "", "");
        return std::make_shared<const event::LookupList>(std::move(*list));
    }()});
    const auto problem = [&](const std::string& query) {
        const auto node = parse_query(query);
        if (!node) return to_error(query, node.error()).message();
        const auto plan = plan_query(*node, {}, *set);
        return plan ? std::string("it is good") : to_error(query, plan.error()).message();
    };
    EXPECT_EQ(problem("user.name in @vips"), "it is good");
    EXPECT_NE(problem("a user.name in @vip").find("column 16: there is no list 'vip'"),
              std::string::npos);
    EXPECT_NE(problem("a user.name in @vip").find("did you mean 'vips'?"), std::string::npos);
    EXPECT_NE(problem("x in @no-name").find("is no name of a list"), std::string::npos);
    EXPECT_NE(problem("time in @vips").find("time is in no list"), std::string::npos);
    EXPECT_NE(problem("raw in @vips").find("the record's text is in no list"), std::string::npos);
}

TEST(Query, is_told_as_an_error_with_its_column) {
    const std::string query = "\xC3\xBC or";
    const base::Error error = to_error(query, parse_query(query).error());
    EXPECT_EQ(error.where, "column 5");
    EXPECT_EQ(error.code, base::ErrorCode::bad_input);
    EXPECT_NE(error.hint.find("\n    ^"), std::string::npos) << error.hint;
}

TEST(Query, has_bounds_and_says_them) {
    EXPECT_FALSE(parse_query(std::string(kQueryBytesMax + 1, 'a')));
    EXPECT_FALSE(parse_query(std::string(10'000, '(')));
    EXPECT_FALSE(parse_query(std::string(10'000, '!') + "a"));
    std::string many = "a";
    for (std::size_t i = 1; i < kQueryTestsMax; ++i) many += " or a";
    EXPECT_TRUE(parse_query(many));
    EXPECT_FALSE(parse_query(many + " or a"));
    EXPECT_FALSE(parse_query(std::string("a\0b", 3)));
    EXPECT_FALSE(parse_query("a \xFF b"));
}

// Trees that the language can express, from which print and parse must give the same again.
rc::Gen<std::string> texts() {
    return rc::gen::suchThat(
        rc::gen::apply(
            [](const std::vector<std::string>& parts) {
                std::string out;
                for (const std::string& part : parts) out += part;
                return out;
            },
            rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                "a", "B", "7", ".", "-", " ", ":", "\\", "\"", "(", ")", "*", "?", "/", "=", "<",
                "'", "!", "and", "OR", "[", "]", "{", "}", ",", "&", "|", "+", "\xC3\xBC", "\n",
                "TO", "@", "::", "#"))),
        [](const std::string& text) { return !text.empty(); });
}

bool is_keyword_alone(const std::string& text) {
    std::string low;
    for (const char c : text) low += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return low == "and" || low == "or" || low == "not" || low == "to";
}

Value make_value(bool may_have_wildcards) {
    Value value;
    value.text = *texts();
    value.is_quoted = *rc::gen::arbitrary<bool>();
    // These cannot be spelt without quotes.
    if (is_keyword_alone(value.text)) value.is_quoted = true;
    if (value.is_quoted || !may_have_wildcards) return value;
    for (std::size_t i = 0; i < value.text.size(); ++i) {
        if ((value.text[i] == '*' || value.text[i] == '?') && *rc::gen::arbitrary<bool>()) {
            value.wildcards.push_back(i);
        }
    }
    // Only wildcards: `field:*` means exists, and `**` alone is refused.
    if (value.wildcards.size() == value.text.size()) value.wildcards.clear();
    return value;
}

Test make_test() {
    Test test;
    test.kind = *rc::gen::element(Test::Kind::value, Test::Kind::exists, Test::Kind::regex,
                                  Test::Kind::range, Test::Kind::list);
    const bool may_be_anywhere = test.kind == Test::Kind::value || test.kind == Test::Kind::regex;
    if (!may_be_anywhere || *rc::gen::arbitrary<bool>()) {
        test.field = *rc::gen::oneOf(
            texts(), rc::gen::element<std::string>("user.name", "a", "bytes", "fe80"));
        const bool is_list = test.kind == Test::Kind::list;
        if (is_keyword_alone(test.field) && !is_list) test.field += "x";
    }
    switch (test.kind) {
        case Test::Kind::value: test.value = make_value(true); break;
        case Test::Kind::exists: break;
        case Test::Kind::list:
            test.value.text = *rc::gen::element<std::string>("vips", "own_networks", "A7", "in");
            break;
        case Test::Kind::regex:
            test.value.text =
                *rc::gen::element<std::string>("a", "/", "(a|b)/c", "\\\\x", "[/]", "\xC3\xBC+");
            break;
        case Test::Kind::range:
            if (*rc::gen::arbitrary<bool>())
                test.lower = Bound{make_value(false), *rc::gen::arbitrary<bool>()};
            if (!test.lower || *rc::gen::arbitrary<bool>()) {
                test.upper = Bound{make_value(false), *rc::gen::arbitrary<bool>()};
            }
            break;
    }
    return test;
}

Node make_node(int depth) {
    const int kind = depth == 0 ? 0 : *rc::gen::inRange(0, 5);
    Node node;
    if (kind <= 1) {
        node.kind = Node::Kind::test;
        node.test = make_test();
    } else if (kind == 2) {
        node.kind = Node::Kind::negation;
        node.children.push_back(make_node(depth - 1));
    } else {
        node.kind = kind == 3 ? Node::Kind::all_of : Node::Kind::any_of;
        const int count = *rc::gen::inRange(2, 4);
        for (int i = 0; i < count; ++i) node.children.push_back(make_node(depth - 1));
    }
    return node;
}

TEST(Query, reads_back_what_it_prints) {
    EXPECT_TRUE(rc::check([] {
        const Node node = make_node(4);
        const std::string text = print(node);
        const auto again = parse_query(text);
        if (!again) RC_FAIL(text + "\n" + caret(text));
        RC_LOG() << text << "\n" << print(*again) << "\n";
        RC_ASSERT(*again == node);
    }));
}

}  // namespace
}  // namespace vedette::rule::search
