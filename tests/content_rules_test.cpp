// SPDX-License-Identifier: Apache-2.0
// Every rule in content/rules loads, fires on every line of its .hit file and on no line of its
// .miss file, decoded as any input would be: the format is recognised, the log sources are those we
// ship.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/files.h"
#include "detect/registry.h"
#include "parse/parser.h"
#include "rule/sigma/rule.h"
#include "rule/sigma/rule_files.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFileBytesMax = 16u << 20;

std::string content_folder() { return std::string(VEDETTE_SOURCE_DIR) + "/content"; }

std::vector<std::string> lines_of(const std::string& path) {
    const auto text = base::read_file(path, kFileBytesMax);
    EXPECT_TRUE(text) << path;
    std::vector<std::string> lines(1);
    for (const char c : *text) {
        if (c == '\n') {
            lines.emplace_back();
        } else if (c != '\r') {
            lines.back().push_back(c);
        }
    }
    std::erase(lines, "");
    return lines;
}

/// The one file of `<rule>.<kind>.jsonl` and `<rule>.<kind>.log` that there is.
std::string events_of(const std::string& rule_path, const std::string& kind) {
    const std::string stem =
        (fs::path(rule_path).parent_path() / fs::path(rule_path).stem()).string();
    for (const char* ending : {".jsonl", ".log"}) {
        if (fs::exists(stem + "." + kind + ending)) return stem + "." + kind + ending;
    }
    return {};
}

class ContentRules : public testing::Test {
  protected:
    void SetUp() override {
        if (!fs::exists(content_folder() + "/rules")) GTEST_SKIP() << "content/rules is not here";
        auto rules = rule::sigma::load_rule_paths({content_folder() + "/rules"});
        ASSERT_TRUE(rules) << rules.error().message();
        inputs_.rule_files = std::move(*rules);
        auto sources = rule::sigma::load_rule_paths({content_folder() + "/logsources"});
        ASSERT_TRUE(sources) << sources.error().message();
        inputs_.logsource_files = std::move(*sources);
        parse::register_all(formats_);
        detect::register_all(detectors_);
    }

    std::unique_ptr<detect::Detector> detector(std::vector<detect::DetectorNotice>& notices) {
        const auto kind = std::find_if(detectors_.kinds().begin(), detectors_.kinds().end(),
                                       [](const auto& known) { return known.name == "sigma"; });
        auto made = kind->make(inputs_, fields_, notices);
        EXPECT_TRUE(made);
        return std::move(*made);
    }

    /// Rule titles by record number, as a file of these lines gives them.
    std::map<std::uint64_t, std::set<std::string>> fired(const std::vector<std::string>& lines) {
        auto chunk = std::make_shared<event::Chunk>();
        for (const std::string& line : lines) chunk->add_record(line);
        const std::vector<std::string_view> records(lines.begin(), lines.end());
        const event::FormatDeclarations declared = formats_.declarations();
        const event::FormatDeclaration& format = event::recognise(declared, records);
        chunk->envelope.format = format.name;
        chunk->envelope.format_version = format.version;
        chunk->envelope.source = "content";
        // Late enough that no year is guessed into the future.
        chunk->envelope.arrival = *base::parse_rfc3339("2026-11-22T12:00:00Z");
        std::vector<detect::DetectorNotice> notices;
        const auto judge = detector(notices);
        std::map<std::uint64_t, std::set<std::string>> out;
        const auto observe = [&](event::Batch& batch) {
            judge->observe(
                batch, [&](cases::Finding finding) { out[finding.record].insert(finding.title); });
        };
        parse::Parser parser(formats_, fields_);
        event::Batch batch(fields_);
        parser.parse(chunk, 1, batch, 4'096, observe);
        parser.finish(batch);
        observe(batch);
        return out;
    }

    /// The titles that a rule file's own documents have.
    std::set<std::string> titles_of(const std::string& path, const std::string& text) const {
        std::set<std::string> titles;
        for (const auto& rule : rule::sigma::load_rules(path, text).rules)
            titles.insert(rule.title);
        return titles;
    }

    detect::DetectorInputs inputs_;
    event::FieldDictionary fields_;
    parse::Registry formats_;
    detect::Registry detectors_;
};

TEST_F(ContentRules, load_without_a_word) {
    std::vector<detect::DetectorNotice> notices;
    detector(notices);
    for (const auto& notice : notices) ADD_FAILURE() << notice.where << ": " << notice.text;
}

TEST_F(ContentRules, fire_on_every_line_of_their_hit_file) {
    for (const auto& [path, text] : inputs_.rule_files) {
        const std::string events = events_of(path, "hit");
        ASSERT_FALSE(events.empty()) << path << " has no .hit.jsonl or .hit.log beside it";
        const std::vector<std::string> lines = lines_of(events);
        EXPECT_FALSE(lines.empty()) << events;
        auto found = fired(lines);
        for (const std::string& title : titles_of(path, text)) {
            for (std::size_t i = 0; i < lines.size(); ++i) {
                EXPECT_EQ(found[i].count(title), 1u) << events << ":" << i + 1 << " " << title;
            }
        }
    }
}

TEST_F(ContentRules, keep_silent_on_their_miss_file) {
    for (const auto& [path, text] : inputs_.rule_files) {
        const std::string events = events_of(path, "miss");
        ASSERT_FALSE(events.empty()) << path << " has no .miss.jsonl or .miss.log beside it";
        const std::vector<std::string> lines = lines_of(events);
        EXPECT_FALSE(lines.empty()) << events;
        auto found = fired(lines);
        for (const std::string& title : titles_of(path, text)) {
            for (std::size_t i = 0; i < lines.size(); ++i) {
                EXPECT_EQ(found[i].count(title), 0u) << events << ":" << i + 1 << " " << title;
            }
        }
    }
}

}  // namespace
}  // namespace vedette
