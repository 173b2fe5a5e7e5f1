// SPDX-License-Identifier: Apache-2.0
// The parts of which line formats are made: quoted fields, URLs, pairs, times, values of tables.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdio>

#include "parse/cisco_asa/shapes.h"
#include "parse/clean_text.h"
#include "parse/csv_line.h"
#include "parse/key_value_scan.h"
#include "parse/line_time.h"
#include "parse/quoted_text.h"
#include "parse/row_fields.h"
#include "parse/url_parts.h"

namespace vedette::parse {
namespace {

/// As nginx writes what a client sent.
std::string escaped(const std::string& bytes) {
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        char code[8];
        std::snprintf(code, sizeof code, "\\x%02X", byte);
        out += byte < 0x20 || byte > 0x7E || c == '"' || c == '\\' ? code : std::string(1, c);
    }
    return out;
}

RC_GTEST_PROP(QuotedText, gives_back_what_a_server_escaped, ()) {
    const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const std::string line = "\"" + escaped(bytes) + "\" rest";
    TextScanner scanner(line);
    const auto quoted = read_quoted(scanner);
    RC_ASSERT(quoted.has_value());
    RC_ASSERT(scanner.rest() == " rest");
    std::string scratch, wanted;
    RC_ASSERT(unescape_bytes(quoted->text, scratch) == clean_text(bytes, wanted).text);
}

TEST(QuotedText, leaves_alone_what_is_no_escape_and_no_quote) {
    std::string scratch;
    EXPECT_EQ(unescape_bytes("\\xZZ \\q \\", scratch), "\\xZZ \\q \\");
    EXPECT_EQ(unescape_bytes("\\x-1\\u00e4\\u2028", scratch), "\\x-1\xC3\xA4\xE2\x80\xA8");
    TextScanner open("\"never closed\\\"");
    EXPECT_FALSE(read_quoted(open));
    EXPECT_EQ(open.rest(), "\"never closed\\\"");
}

RC_GTEST_PROP(Url, parts_lie_within_the_target_and_in_order, ()) {
    const auto target = *rc::gen::container<std::string>(
        rc::gen::element('a', ':', '/', '?', '#', '@', '[', ']', '.', 'h', '8', '%', ' '));
    for (const bool is_authority : {false, true}) {
        const UrlParts parts = split_url(target, is_authority);
        const char* last = target.data();
        for (const std::string_view part : {parts.scheme, parts.user, parts.domain, parts.port,
                                            parts.path, parts.query, parts.fragment}) {
            if (part.empty()) continue;
            RC_ASSERT(part.data() >= last);
            last = part.data() + part.size();
            RC_ASSERT(last <= target.data() + target.size());
        }
    }
}

TEST(Url, splits_every_form_of_a_request_target) {
    const UrlParts full = split_url("https://u:p@[2001:db8::1]:8443/a.b/c.tar.gz?x=/?#f?");
    EXPECT_EQ(full.scheme, "https");
    EXPECT_EQ(full.user, "u");
    EXPECT_EQ(full.domain, "2001:db8::1");
    EXPECT_EQ(full.port, "8443");
    EXPECT_EQ(full.path, "/a.b/c.tar.gz");
    EXPECT_EQ(full.query, "x=/?");
    EXPECT_EQ(full.fragment, "f?");
    EXPECT_EQ(full.extension, "gz");
    EXPECT_EQ(split_url("/go?to=http://x/").domain, "");
    EXPECT_EQ(split_url("www.example.org:443", true).port, "443");
    EXPECT_EQ(split_url("*").path, "*");
    EXPECT_EQ(split_url("/.htaccess").extension, "");
}

RC_GTEST_PROP(KeyValue, reads_back_pairs_however_they_are_parted, ()) {
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    const auto word = rc::gen::nonEmpty(
        rc::gen::container<std::string>(rc::gen::element('a', 'b', '_', '1', '.')));
    const auto value = rc::gen::container<std::string>(rc::gen::element('x', ' ', '=', ',', '7'));
    const auto pairs = *rc::gen::container<Pairs>(rc::gen::pair(word, value));
    const auto between = *rc::gen::element<std::string>(" ", ", ", "; ", "  ");
    std::string line;
    for (const auto& [key, text] : pairs) line += key + "=\"" + text + "\"" + between;
    KeyValueScanner scanner(line);
    for (const auto& [key, text] : pairs) {
        const auto pair = scanner.next();
        RC_ASSERT(pair.has_value());
        RC_ASSERT(pair->key == key);
        RC_ASSERT(pair->value == text);
    }
    RC_ASSERT(!scanner.next().has_value());
    RC_ASSERT(scanner.skipped_count() == 0u);
}

RC_GTEST_PROP(ClfTime, reads_any_moment_in_any_zone_and_its_neighbours, ()) {
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    ClfTimeReader reader;
    const auto second = *rc::gen::inRange<std::int64_t>(0, 4'000'000'000);
    const auto zone_min = *rc::gen::inRange(-14 * 60, 14 * 60 + 1);
    for (const std::int64_t step : {0, 1, 59, -1, 60}) {
        const base::Timestamp wanted{(second + step) * base::kNsPerSecond};
        const auto local = base::to_civil({wanted.unix_ns + zone_min * 60 * base::kNsPerSecond});
        char text[64];
        std::snprintf(text, sizeof text, "%02d/%s/%04d:%02d:%02d:%02d %c%02d%02d", local.day,
                      kMonths[local.month - 1], local.year, local.hour, local.minute, local.second,
                      zone_min < 0 ? '-' : '+', std::abs(zone_min) / 60, std::abs(zone_min) % 60);
        const auto read = reader.read(text, {});
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == wanted);
    }
}

RC_GTEST_PROP(Csv, reads_back_what_rfc_4180_writes, ()) {
    using Values = std::vector<std::string>;
    const auto value =
        rc::gen::container<std::string>(rc::gen::element('a', ',', '"', ' ', ';', '5'));
    const auto values = *rc::gen::nonEmpty(rc::gen::container<Values>(value));
    const char delimiter = *rc::gen::element(',', ';', '\t', '|');
    std::string line;
    for (const std::string& each : values) {
        if (&each != &values.front()) line += delimiter;
        line += '"';
        for (const char c : each) line += c == '"' ? std::string("\"\"") : std::string(1, c);
        line += '"';
    }
    csv::LineReader reader(delimiter);
    const auto& read = reader.read(line);
    RC_ASSERT(Values(read.begin(), read.end()) == values);
    RC_ASSERT(!reader.is_open());
}

TEST(Csv, between_tabs_a_quote_is_a_character_unless_it_is_around_a_value) {
    using Values = std::vector<std::string>;
    const auto values = [](std::string_view line) {
        csv::LineReader reader('\t');
        const auto& read = reader.read(line);
        EXPECT_FALSE(reader.is_open()) << line;
        return Values(read.begin(), read.end());
    };
    EXPECT_EQ(values("sqli\t\" or 0=0 --\tx"), (Values{"sqli", "\" or 0=0 --", "x"}));
    EXPECT_EQ(values("a\t\" or \"a\"=\"a"), (Values{"a", "\" or \"a\"=\"a"}));
    EXPECT_EQ(values("\"\"\"quoted\"\"\"\t\""), (Values{"\"quoted\"", "\""}));
}

TEST(Csv, takes_only_a_line_of_names_for_a_header) {
    EXPECT_EQ(csv::read_table_header("a;b,c;d").delimiter, ';');
    EXPECT_EQ(csv::read_table_header("\xEF\xBB\xBF\"a, b\",c").names,
              (std::vector<std::string>{"a, b", "c"}));
    EXPECT_TRUE(csv::read_table_header("one").names.empty());
    EXPECT_TRUE(csv::read_table_header("a,b,a").names.empty());
    EXPECT_TRUE(csv::read_table_header("a,,b").names.empty());
    EXPECT_TRUE(csv::read_table_header("a,5,b").names.empty());
}

TEST(CiscoAsa, shapes_are_sorted_so_that_they_are_found) {
    std::string_view last;
    for (const cisco_asa::Meaning& meaning : cisco_asa::meanings()) {
        EXPECT_GE(meaning.code, last);
        last = meaning.code;
    }
}

TEST(HostAndPort, parts_only_where_there_is_one_port) {
    EXPECT_EQ(split_port("192.0.2.1:80").port, "80");
    EXPECT_EQ(split_port("[2001:db8::1]:443").host, "2001:db8::1");
    EXPECT_EQ(split_port("2001:db8::1").host, "2001:db8::1");
    EXPECT_EQ(split_port("name:x").port, "");
    EXPECT_EQ(split_port("[open").host, "[open");
}

}  // namespace
}  // namespace vedette::parse
