// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/files.h"
#include "base/json_text.h"
#include "report/html.h"
#include "report/terminal.h"
#include "report/text.h"
#include "tests/support/report_samples.h"

namespace vedette::report {
namespace {

std::string terminal(const tests::ReportSample& sample, TerminalOptions options) {
    std::string out;
    write_terminal(sample.incidents, sample.shelf.lookup(), sample.summary, options,
                   [&](std::string_view piece) { out += piece; });
    return out;
}

std::string html(const tests::ReportSample& sample) {
    std::string out;
    write_html(sample.incidents, sample.shelf.lookup(), sample.summary, {},
               [&](std::string_view piece) { out += piece; });
    return out;
}

/// Compares with goldens/NAME.golden; VEDETTE_UPDATE_GOLDENS=1 writes it anew, for the diff to be
/// looked at.
void expect_golden(const std::string& name, const std::string& text) {
    const std::string path =
        std::string(VEDETTE_SOURCE_DIR) + "/src/report/goldens/" + name + ".golden";
    if (std::getenv("VEDETTE_UPDATE_GOLDENS") != nullptr) std::ofstream(path) << text;
    const auto golden = base::read_file(path, 1 << 24);
    ASSERT_TRUE(golden) << golden.error().message();
    EXPECT_EQ(*golden, text);
}

/// No byte that a terminal obeys, except line ends and colours of ours.
void expect_safe(std::string_view text, bool has_color) {
    const std::regex color("\x1B\\[[0-9;]*m");
    const std::string bare =
        has_color ? std::regex_replace(std::string(text), color, "") : std::string(text);
    std::string_view rest = bare;
    while (!rest.empty()) {
        const Glyph glyph = take_glyph(rest);
        ASSERT_TRUE(glyph.is_shown || glyph.bytes == "\n") << number_of(glyph);
    }
}

TEST(Terminal, tells_incidents_as_the_golden_does) {
    const auto sample = tests::report_sample();
    expect_golden("terminal_100", terminal(sample, {}));
    expect_golden("terminal_narrow", terminal(sample, {.columns = 46}));
    expect_golden("terminal_color", terminal(sample, {.columns = 100, .has_color = true}));
}

TEST(Terminal, without_color_there_is_no_escape_and_with_it_the_same_words) {
    const auto sample = tests::report_sample();
    const std::string plain_text = terminal(sample, {});
    EXPECT_EQ(plain_text.find('\x1B'), std::string::npos);
    const std::string colored = terminal(sample, {.has_color = true});
    EXPECT_EQ(std::regex_replace(colored, std::regex("\x1B\\[[0-9;]*m"), ""), plain_text);
}

TEST(Terminal, no_line_is_wider_than_the_terminal) {
    for (const bool is_hostile : {false, true}) {
        const auto sample = is_hostile ? tests::hostile_sample() : tests::report_sample();
        for (const std::size_t columns : {40, 59, 60, 80, 200}) {
            std::istringstream lines(terminal(sample, {.columns = columns}));
            for (std::string line; std::getline(lines, line);) {
                EXPECT_LE(columns_of(line), columns) << line;
            }
        }
    }
}

TEST(Terminal, hostile_events_do_not_drive_it) {
    const auto sample = tests::hostile_sample();
    for (const bool has_color : {false, true}) {
        const std::string text = terminal(sample, {.columns = 100, .has_color = has_color});
        expect_safe(text, has_color);
        EXPECT_LT(text.size(), 20'000u);
        EXPECT_NE(text.find("\\x1b]0;owned"), std::string::npos);
        EXPECT_NE(text.find("\\u202e"), std::string::npos);
    }
}

TEST(Terminal, says_how_many_incidents_it_left_out) {
    const std::string text = terminal(tests::report_sample(), {.incidents_max = 1});
    EXPECT_NE(text.find("3 more incidents not shown: 1 high, 1 low, 1 informational"),
              std::string::npos)
        << text;
}

TEST(Terminal, nothing_found_is_said) {
    EXPECT_EQ(terminal({}, {}), "Nothing found.\n0 events (0 bytes) read in 0.00 s\n");
}

TEST(Html, tells_incidents_as_the_golden_does) {
    expect_golden("report.html", html(tests::report_sample()));
}

TEST(Html, the_policy_names_the_style_sheet_by_its_hash) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    ASSERT_EQ(
        EVP_Digest(kHtmlStyle.data(), kHtmlStyle.size(), digest, &size, EVP_sha256(), nullptr), 1);
    unsigned char text[64];
    const int text_size = EVP_EncodeBlock(text, digest, static_cast<int>(size));
    EXPECT_EQ(kHtmlStyleHash,
              std::string(reinterpret_cast<char*>(text), static_cast<std::size_t>(text_size)));
    // Nothing may stand between <style> and the sheet, or the hash is another one.
    EXPECT_NE(html({}).find("<style>" + std::string(kHtmlStyle) + "</style>"), std::string::npos);
}

TEST(Html, hostile_events_add_no_tag_no_attribute_and_no_hidden_character) {
    const std::string page = html(tests::hostile_sample());
    const std::size_t body_at = page.find("<body>");
    ASSERT_NE(body_at, std::string::npos);
    std::string body = page.substr(body_at);
    // Our own tags, with nothing in them but letters, digits and our few signs.
    const std::regex tag(
        "</?(body|header|main|footer|h1|h2|p|div|span|b|i|details|summary|dl|dt|dd|ul|"
        "li|code|mark|pre|label|input|svg|line|a|title|rect|html)"
        "( [a-zA-Z0-9-]+(=\"[a-zA-Z0-9 #.-]*\")?)*/?>");
    body = std::regex_replace(body, tag, "");
    EXPECT_EQ(body.find('<'), std::string::npos) << body.substr(body.find('<'), 200);
    EXPECT_EQ(body.find('"'), std::string::npos);
    std::string_view rest = page;
    while (!rest.empty()) {
        const Glyph glyph = take_glyph(rest);
        ASSERT_TRUE(glyph.is_shown || glyph.bytes == "\n") << number_of(glyph);
    }
    EXPECT_LT(page.size(), 100'000u);
}

TEST(Html, loads_nothing_and_runs_nothing) {
    const std::string page = html(tests::report_sample());
    for (const char* word : {"http://", "https://", "<script", "javascript:", " style=", "@import",
                             "url(", "<link", "<img", "onclick"}) {
        EXPECT_EQ(page.find(word), std::string::npos) << word;
    }
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
}

TEST(Html, a_flood_of_incidents_stays_a_page_and_says_what_it_leaves_out) {
    tests::ReportSample sample;
    const std::string raw(4'000, '<');  // four times as long when escaped
    for (int i = 0; i < 1'500; ++i) {
        auto finding = tests::sample_finding(std::to_string(i), i, cases::Severity::low, "Flood",
                                             {{event::EntityType::host, std::to_string(i)}});
        finding.rule_id = std::to_string(i);
        finding.raw = raw;
        sample.begin("Flood");
        sample.add(finding);
    }
    const std::string page = html(sample);
    EXPECT_LT(page.size(), 2 * kHtmlBytesMax);
    EXPECT_NE(page.find("Incidents not shown: 500 low."), std::string::npos);
}

TEST(Html, nothing_found_is_a_page_as_well) {
    const std::string page = html({});
    EXPECT_NE(page.find("Nothing found."), std::string::npos);
    EXPECT_EQ(page.find("<svg"), std::string::npos);
}

/// Strings end, brackets close, no control characters, all UTF-8: what a line owes to any reader.
bool is_json_object(std::string_view line) {
    std::string open;
    bool is_in_string = false;
    if (!line.starts_with("{")) return false;
    while (!line.empty()) {
        const char c = line.front();
        const std::size_t size = base::utf8_sequence_size(line);
        if (size == 0 || static_cast<unsigned char>(c) < 0x20) return false;
        line.remove_prefix(size);
        if (is_in_string) {
            if (c == '\\') {
                if (line.empty()) return false;
                line.remove_prefix(1);
            }
            is_in_string = c != '"';
        } else if (c == '"') {
            is_in_string = true;
        } else if (c == '{' || c == '[') {
            open += c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (open.empty() || open.back() != c) return false;
            open.pop_back();
        }
    }
    return !is_in_string && open.empty();
}

TEST(JsonLines, are_one_object_a_line_whatever_the_event_holds) {
    const auto sample = tests::hostile_sample();
    std::string out;
    const auto sink = [&](std::string_view piece) { out += piece; };
    for (const auto& incident : sample.incidents) {
        write_json_line(incident, sink);
        for (const auto& id : incident.findings) write_json_line(*sample.shelf.find(id), sink);
    }
    std::istringstream lines(out);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        EXPECT_TRUE(is_json_object(line)) << line.substr(0, 200);
    }
    EXPECT_EQ(count, 6u);
}

}  // namespace
}  // namespace vedette::report
