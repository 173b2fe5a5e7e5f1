// SPDX-License-Identifier: Apache-2.0
// The parts of user-made formats: the quick walk against RE2, dissect against a plain reading,
// times, zones, conversions, tables.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/files.h"
#include "parse/user_made/convert.h"
#include "parse/user_made/dissect.h"
#include "parse/user_made/limits.h"
#include "parse/user_made/lookup_table.h"
#include "parse/user_made/pattern.h"
#include "parse/user_made/time_form.h"

namespace vedette::parse::user_made {
namespace {

using Groups = std::vector<std::string_view>;

Groups groups_of(const Pattern& pattern, std::string_view text, bool plainly, bool& matches) {
    Groups groups(pattern.group_count());
    matches =
        plainly ? pattern.match_plainly(text, groups.data()) : pattern.match(text, groups.data());
    if (!matches) groups.clear();
    return groups;
}

/// Both ways: whether it matches, and every group byte for byte and place for place.
void expect_same(const Pattern& pattern, std::string_view text, const std::string& written) {
    bool quick = false, plain = false;
    const Groups a = groups_of(pattern, text, false, quick);
    const Groups b = groups_of(pattern, text, true, plain);
    RC_ASSERT(quick == plain);
    for (std::size_t i = 0; i < a.size(); ++i) {
        const bool is_same = a[i] == b[i] && (a[i].data() == nullptr) == (b[i].data() == nullptr);
        if (!is_same)
            RC_FAIL(written + " on '" + std::string(text) + "' group " + std::to_string(i));
    }
}

TEST(Pattern, is_walked_where_log_lines_are_meant_and_left_to_re2_elsewhere) {
    const auto is_walked = [](std::string_view text) {
        const auto pattern = Pattern::compile(text);
        EXPECT_TRUE(pattern.has_value()) << text;
        return pattern && (*pattern)->is_walked();
    };
    for (const char* text :
         {R"x(^(?<a>\S+) (?<b>\S+) \[(?<c>[^\]]+)\] "(?<d>[^"]*)" (?<e>\d{3}) (?<f>[\d-]+)$)x",
          R"x((?<a>\d{1,3}(?:\.\d+)?) x)x", R"x((?<a>.*?) - (?<b>.*))x", "a(?<a>b)?c",
          R"x((?P<when>[0-9T:.Z-]+)\s+(?<level>[A-Z]+):\s(?<m>.*)$)x", R"x([^\x00-\x1f]+)x"}) {
        EXPECT_TRUE(is_walked(text)) << text;
    }
    for (const char* text : {R"x((?<a>\w+)\w)x", R"x(^(?<a>.*) (?<b>\d+)$)x", "(?<a>a+?)", "(?i)a",
                             R"x((?<a>\pL+) )x", R"x(a\b)x", "(?:ab)+", R"x((\d+|-) )x"}) {
        EXPECT_FALSE(is_walked(text)) << text;
    }
}

/// Expressions out of parts that are near the walk's border, and texts out of the same letters.
RC_GTEST_PROP(Pattern, the_walk_finds_what_re2_finds, ()) {
    const auto part =
        rc::gen::element<std::string>("a", "b", " ", "\\.", "\\d", "\\S", "\\s", "[ab]", "[^a]",
                                      "[^ ]", ".", "é", "x", "[a-\\x64]");
    const auto repeat = rc::gen::element<std::string>("", "", "", "*", "+", "?", "*?", "+?", "??",
                                                      "{2}", "{1,2}", "{0,2}?");
    const auto atom = rc::gen::map(rc::gen::pair(part, repeat),
                                   [](const auto& pair) { return pair.first + pair.second; });
    const auto row = rc::gen::map(rc::gen::container<std::vector<std::string>>(atom),
                                  [](const std::vector<std::string>& atoms) {
                                      std::string out;
                                      for (std::size_t i = 0; i < atoms.size() && i < 3; ++i)
                                          out += atoms[i];
                                      return out;
                                  });
    const auto group =
        rc::gen::map(rc::gen::tuple(rc::gen::element<std::string>("(", "(?:", "(?<n>", ""), row,
                                    rc::gen::element<std::string>("", "", "?", "??")),
                     [](const auto& parts) {
                         const auto& [open, inner, suffix] = parts;
                         return open.empty() ? inner : open + inner + ")" + suffix;
                     });
    const auto pieces = *rc::gen::container<std::vector<std::string>>(group);
    std::string written = *rc::gen::element<std::string>("", "^");
    for (std::size_t i = 0; i < pieces.size() && i < 5; ++i) written += pieces[i];
    written += *rc::gen::element<std::string>("", "$");
    const auto pattern = Pattern::compile(written);
    if (!pattern || !(*pattern)->is_walked()) return;
    for (int i = 0; i < 20; ++i) {
        const auto letters =
            *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                "a", "b", " ", ".", "1", "2", "é", "x", "\n", "aa", "ab"));
        std::string text;
        for (const std::string& letter : letters) text += letter;
        expect_same(**pattern, text, written);
    }
}

TEST(Pattern, names_may_have_dots_and_brackets_do_not_confuse_it) {
    const auto pattern = Pattern::compile(R"x((?<source.ip>[^\](]+)\((?P<@t>[]x]+)\)(y))x");
    ASSERT_TRUE(pattern.has_value()) << pattern.error().message();
    EXPECT_EQ((*pattern)->names(), (std::vector<std::string>{"source.ip", "@t", ""}));
    bool matches = false;
    const Groups groups = groups_of(**pattern, "1(]x)y", false, matches);
    ASSERT_TRUE(matches);
    EXPECT_EQ(groups, (Groups{"1", "]x", "y"}));
    EXPECT_FALSE(Pattern::compile("(?<=a)b").has_value());
    EXPECT_FALSE(Pattern::compile("(?<a b>c)").has_value());
}

std::vector<std::string> dissected(std::string_view pattern, std::string_view text) {
    const auto dissect = Dissect::compile(pattern, "-");
    EXPECT_TRUE(dissect.has_value()) << dissect.error().message();
    std::vector<std::string_view> values(dissect->names().size());
    RowText room;
    if (!dissect->match(text, values.data(), room)) return {"does not fit"};
    std::vector<std::string> out;
    for (std::size_t i = 0; i < values.size(); ++i) {
        out.push_back(dissect->names()[i] + "=" + std::string(values[i]));
    }
    return out;
}

using Texts = std::vector<std::string>;

TEST(Dissect, keys_take_up_to_the_literal_behind_them) {
    EXPECT_EQ(dissected("%{a} %{b}", "1 2 3"), (Texts{"a=1", "b=2 3"}));
    EXPECT_EQ(dissected("[%{a}] %{b}:", "[1] 2:3:"), (Texts{"a=1", "b=2:3"}));
    EXPECT_EQ(dissected("%{a} - %{b}", "1  - 2"), (Texts{"a=1 ", "b=2"}));
    EXPECT_EQ(dissected("%{a->} %{b}", "1     2"), (Texts{"a=1", "b=2"}));
    EXPECT_EQ(dissected("%{a->} [%{b}]", "1   [2]"), (Texts{"a=1", "b=2"}));
    EXPECT_EQ(dissected("%{a} %{} %{?c} %{d}", "1 2 3 4"), (Texts{"a=1", "d=4"}));
    EXPECT_EQ(dissected("%{+a} %{b} %{+a}", "1 2 3"), (Texts{"a=1-3", "b=2"}));
    EXPECT_EQ(dissected("%{+a/2} %{+a/1}", "1 2"), (Texts{"a=2-1"}));
    EXPECT_EQ(dissected("%{a}, %{b}", "1, "), (Texts{"a=1", "b="}));
    EXPECT_EQ(dissected("%{a->}.", "1..."), (Texts{"a=1"}));
    for (const char* text : {"", "1", "x1 2", "12"}) {
        EXPECT_EQ(dissected("[%{a} %{b}", text), (Texts{"does not fit"})) << text;
    }
    EXPECT_EQ(dissected("%{a}]", "1"), (Texts{"does not fit"}));
}

/// What was put between the literals comes back, if no value holds one.
RC_GTEST_PROP(Dissect, gives_back_what_was_joined, ()) {
    const auto word = rc::gen::container<std::string>(rc::gen::element('a', 'b', '1', '.'));
    const auto values = *rc::gen::container<std::vector<std::string>>(word);
    const auto literal = rc::gen::element<std::string>(" ", "] [", "::", "=");
    std::string pattern, text;
    for (std::size_t i = 0; i < values.size() && i < 20; ++i) {
        const std::string between = i == 0 ? "" : *literal;
        pattern += between + "%{k" + std::to_string(i) + "}";
        text += between + values[i];
    }
    if (values.empty()) return;
    const auto found = dissected(pattern, text);
    RC_ASSERT(found.size() == std::min<std::size_t>(values.size(), 20));
    for (std::size_t i = 0; i < found.size(); ++i) {
        RC_ASSERT(found[i] == "k" + std::to_string(i) + "=" + values[i]);
    }
}

std::string time_of(std::string_view form, std::string_view text, const char* zone = nullptr) {
    auto read = TimeForm::read(form);
    EXPECT_TRUE(read.has_value()) << read.error().message();
    std::optional<TimeZone> known;
    if (zone != nullptr) {
        const auto bytes = base::read_file(std::string(kZoneFolder) + zone, kZoneBytesMax);
        if (!bytes) return "no such zone";
        auto file = TimeZone::read(*bytes, zone);
        EXPECT_TRUE(file.has_value()) << file.error().message();
        known = std::move(*file);
    }
    TimeHints hints{*base::parse_rfc3339("2026-01-02T03:04:05Z"), std::nullopt, nullptr};
    const auto time = read->parse(text, known ? &*known : nullptr, hints);
    return time ? base::format_rfc3339(*time, 3) : "none";
}

TEST(TimeForm, reads_what_logs_carry) {
    EXPECT_EQ(time_of("ISO8601", "2015-05-17T10:05:03.25Z"), "2015-05-17T10:05:03.250Z");
    EXPECT_EQ(time_of("ISO8601", "1431857103"), "none");
    EXPECT_EQ(time_of("UNIX", "1431857103.5"), "2015-05-17T10:05:03.500Z");
    EXPECT_EQ(time_of("UNIX_MS", "1431857103250"), "2015-05-17T10:05:03.250Z");
    EXPECT_EQ(time_of("UNIX", "99999999999999999999"), "none");
    EXPECT_EQ(time_of("SYSLOG", "Dec 31 23:59:59"), "2025-12-31T23:59:59.000Z");
    EXPECT_EQ(time_of("%b %e %H:%M:%S", "Jan  1 00:00:00"), "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(time_of("CLF", "17/May/2015:10:05:03 +0200"), "2015-05-17T08:05:03.000Z");
    EXPECT_EQ(time_of("%d/%b/%Y:%T %z", "17/May/2015:10:05:03 -01:30"), "2015-05-17T11:35:03.000Z");
    EXPECT_EQ(time_of("%m/%d/%y %I:%M %p", "05/17/15 12:05 am"), "2015-05-17T00:05:00.000Z");
    EXPECT_EQ(time_of("%A, %d %B %Y %H.%M", "Sunday, 17 May 2015 10.05"),
              "2015-05-17T10:05:00.000Z");
    EXPECT_EQ(time_of("%Y %j", "2016 60"), "2016-02-29T00:00:00.000Z");
    EXPECT_EQ(time_of("%F %T.%f %Z", "2015-05-17 10:05:03.123456 GMT"), "2015-05-17T10:05:03.123Z");
    EXPECT_EQ(time_of("%s.%f", "1431857103.25"), "2015-05-17T10:05:03.250Z");
    EXPECT_EQ(time_of("%H:%M:%S", "04:05:06"), "2026-01-02T04:05:06.000Z");
    for (const char* text : {"", "2015-05-17", "2015-13-01 00:00", "2015-05-17 10:05x", "x"}) {
        EXPECT_EQ(time_of("%Y-%m-%d %H:%M", text), "none") << text;
    }
    EXPECT_FALSE(TimeForm::read("never").has_value());
    EXPECT_FALSE(TimeForm::read("%Y%").has_value());
}

TEST(TimeForm, knows_summer_and_winter) {
    const auto berlin = [](std::string_view text) {
        return time_of("%F %T", text, "Europe/Berlin");
    };
    if (berlin("2015-01-17 10:00:00") == "no such zone") GTEST_SKIP() << "no zone database here";
    EXPECT_EQ(berlin("2015-01-17 10:00:00"), "2015-01-17T09:00:00.000Z");
    EXPECT_EQ(berlin("2015-05-17 10:00:00"), "2015-05-17T08:00:00.000Z");
    // 02:30 comes twice on 25 October 2015: the first is meant.
    EXPECT_EQ(berlin("2015-10-25 02:30:00"), "2015-10-25T00:30:00.000Z");
    EXPECT_EQ(berlin("2015-10-25 03:00:00"), "2015-10-25T02:00:00.000Z");
    EXPECT_EQ(berlin("2026-07-01 12:00:00"), "2026-07-01T10:00:00.000Z");
    EXPECT_EQ(time_of("%F %T", "2030-07-01 12:00:00", "America/New_York"),
              "2030-07-01T16:00:00.000Z");
}

TEST(TimeZone, takes_no_damaged_file) {
    const auto bytes = base::read_file(std::string(kZoneFolder) + "Europe/Berlin", kZoneBytesMax);
    if (!bytes) GTEST_SKIP() << "no zone database here";
    for (std::size_t size = 0; size + 40 < bytes->size(); size += 7) {
        EXPECT_FALSE(TimeZone::read(std::string_view(*bytes).substr(0, size), "cut").has_value());
    }
    EXPECT_FALSE(is_zone_name("../../etc/passwd"));
    EXPECT_FALSE(is_zone_name("/etc/localtime"));
    EXPECT_TRUE(is_zone_name("America/Port-au-Prince"));
}

std::string converted(Conversion conversion, std::string_view text) {
    Value value;
    value.set(text);
    RowText room;
    const bool is_good = convert(conversion, value, room);
    return (is_good ? "" : "not: ") + std::string(value.text());
}

TEST(Convert, makes_what_json_could_hold_and_leaves_the_rest) {
    using enum Conversion;
    EXPECT_EQ(converted(integer, "+007"), "7");
    EXPECT_EQ(converted(integer, " -12 "), "-12");
    EXPECT_EQ(converted(integer, "99999999999999999999"), "not: 99999999999999999999");
    EXPECT_EQ(converted(integer, "+-1"), "not: +-1");
    EXPECT_EQ(converted(hex, "0x1F"), "31");
    EXPECT_EQ(converted(real, "1.50"), "1.50");
    EXPECT_EQ(converted(real, ".5"), "0.5");
    EXPECT_EQ(converted(real, "nan"), "not: nan");
    EXPECT_EQ(converted(real, "1e400"), "not: 1e400");
    EXPECT_EQ(converted(boolean, "Yes"), "true");
    EXPECT_EQ(converted(boolean, "0"), "false");
    EXPECT_EQ(converted(boolean, "maybe"), "not: maybe");
    EXPECT_EQ(converted(ip, "2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(converted(ip, "host"), "not: host");
    EXPECT_EQ(converted(lower, "ÄbC"), "Äbc");
    EXPECT_EQ(converted(trim, "\t a b \r"), "a b");
    EXPECT_EQ(converted(unescape, R"(a\x41\n)"), "aA\n");
    EXPECT_EQ(converted(url_decode, "a%20b+c%zz%"), "a b c%zz%");
    EXPECT_EQ(converted(url_decode, "%ff%00x"), "\xEF\xBF\xBD x");
    EXPECT_EQ(converted(nanoseconds, "0.25"), "250000000");
    EXPECT_EQ(converted(nanoseconds, "-1"), "not: -1");
}

TEST(LookupTable, finds_by_value_and_says_which_line_is_wrong) {
    LookupTable table(true);
    ASSERT_TRUE(table.add_csv("\xEF\xBB\xBF# codes\r\n4624,logon\r\n\r\nAda,\"a, b\"\n", "x.csv")
                    .has_value());
    EXPECT_EQ(table.find("4624"), "logon");
    EXPECT_EQ(table.find("ADA"), "a, b");
    EXPECT_EQ(table.find(std::string(1'000, 'A')), std::nullopt);
    LookupTable exact(false);
    EXPECT_EQ(exact.add_csv("a,b\nc\n", "x.csv").error().where, "x.csv:2");
    exact.add("A", "1");
    EXPECT_EQ(exact.find("a"), "b");
}

}  // namespace
}  // namespace vedette::parse::user_made
