// SPDX-License-Identifier: Apache-2.0
// Every rule in content/rules loads, fires on every line of its .hit file and on no line of its
// .miss file, decoded as any input would be: the format is recognised, the log sources are those we
// ship. Of a correlation not lines but blocks of lines with an empty line between them are what
// fires or keeps silent, each for itself.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/files.h"
#include "detect/registry.h"
#include "parse/parser.h"
#include "rule/sigma/rule.h"
#include "rule/sigma/rule_files.h"
#include "rule/sigma/rule_set.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFileBytesMax = 16u << 20;

std::string content_folder() { return std::string(VEDETTE_SOURCE_DIR) + "/content"; }

using Lines = std::vector<std::string>;

/// Blocks of lines between empty ones.
std::vector<Lines> blocks_of(const std::string& path) {
    const auto text = base::read_file(path, kFileBytesMax);
    EXPECT_TRUE(text) << path;
    std::vector<Lines> blocks(1);
    std::string line;
    for (const char c : *text + "\n") {
        if (c != '\n') {
            if (c != '\r') line.push_back(c);
        } else if (!line.empty()) {
            blocks.back().push_back(std::exchange(line, {}));
        } else if (!blocks.back().empty()) {
            blocks.emplace_back();
        }
    }
    std::erase(blocks, Lines());
    return blocks;
}

Lines lines_of(const std::string& path) {
    Lines lines;
    for (const Lines& block : blocks_of(path))
        lines.insert(lines.end(), block.begin(), block.end());
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
        all_ = rule::sigma::load_rule_set(inputs_.rule_files);
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

    /// Rule titles by the number of the record that begins the finding, as a file of these lines
    /// gives them.
    std::map<std::uint64_t, std::set<std::string>> fired(const Lines& lines) {
        auto chunk = std::make_shared<event::Chunk>();
        for (const std::string& line : lines) chunk->add_record(line);
        const std::vector<std::string_view> records(lines.begin(), lines.end());
        const event::FormatDeclarations declared = formats_.declarations();
        const event::FormatDeclaration& format = event::recognise(declared, records);
        chunk->envelope.format = format.name;
        chunk->envelope.format_version = format.version;
        chunk->envelope.source = "content";
        // Late enough that no year is guessed into the future.
        chunk->envelope.arrival = *base::parse_rfc3339("2026-11-29T12:00:00Z");
        std::vector<detect::DetectorNotice> notices;
        if (!judge_) judge_ = detector(notices);
        // A detector as it is at the beginning, without reading all rules again.
        EXPECT_TRUE(judge_->restore(empty_state()));
        std::map<std::uint64_t, std::set<std::string>> out;
        const auto found = [&](cases::Finding finding) {
            out[finding.record].insert(finding.title);
        };
        const auto observe = [&](event::Batch& batch) { judge_->observe(batch, found); };
        parse::Parser parser(formats_, fields_);
        event::Batch batch(fields_);
        parser.parse(chunk, 1, batch, 4'096, observe);
        parser.finish(batch);
        observe(batch);
        judge_->finish(found);
        return out;
    }

    std::string empty_state() {
        if (empty_state_.empty()) empty_state_ = judge_->save();
        return empty_state_;
    }

    /// The titles of a file's documents that raise findings, of events or of their sequences.
    std::set<std::string> titles_of(const std::string& path, bool are_correlations) const {
        std::set<std::string> titles;
        for (const auto& rule : all_.rules) {
            if (rule.path == path && !are_correlations && !rule.is_silent)
                titles.insert(rule.title);
        }
        for (const auto& one : all_.correlations) {
            if (one.path == path && are_correlations && !one.is_silent) titles.insert(one.title);
        }
        return titles;
    }

    detect::DetectorInputs inputs_;
    rule::sigma::LoadedRules all_;
    event::FieldDictionary fields_;
    parse::Registry formats_;
    detect::Registry detectors_;
    std::unique_ptr<detect::Detector> judge_;
    std::string empty_state_;
};

TEST_F(ContentRules, load_without_a_word) {
    std::vector<detect::DetectorNotice> notices;
    detector(notices);
    for (const auto& notice : notices) ADD_FAILURE() << notice.where << ": " << notice.text;
}

TEST_F(ContentRules,
       of_single_events_fire_on_every_line_of_their_hit_file_and_on_none_of_the_other) {
    for (const auto& [path, text] : inputs_.rule_files) {
        const std::set<std::string> titles = titles_of(path, false);
        for (const char* kind : {"hit", "miss"}) {
            const std::string events = events_of(path, kind);
            ASSERT_FALSE(events.empty())
                << path << " has no ." << kind << ".jsonl or .log beside it";
            if (titles.empty()) continue;
            const Lines lines = lines_of(events);
            EXPECT_FALSE(lines.empty()) << events;
            auto found = fired(lines);
            for (const std::string& title : titles) {
                for (std::size_t i = 0; i < lines.size(); ++i) {
                    EXPECT_EQ(found[i].count(title), kind == std::string("hit") ? 1u : 0u)
                        << events << ":" << i + 1 << " " << title;
                }
            }
        }
    }
}

TEST_F(ContentRules, of_sequences_fire_on_every_block_of_their_hit_file_and_on_none_of_the_other) {
    std::size_t correlations = 0;
    for (const auto& [path, text] : inputs_.rule_files) {
        const std::set<std::string> titles = titles_of(path, true);
        correlations += titles.size();
        for (const char* kind : {"hit", "miss"}) {
            if (titles.empty()) continue;
            const std::string events = events_of(path, kind);
            const std::vector<Lines> blocks = blocks_of(events);
            EXPECT_FALSE(blocks.empty()) << events;
            for (std::size_t i = 0; i < blocks.size(); ++i) {
                std::set<std::string> found;
                for (const auto& [record, some] : fired(blocks[i])) {
                    found.insert(some.begin(), some.end());
                }
                for (const std::string& title : titles) {
                    EXPECT_EQ(found.count(title), kind == std::string("hit") ? 1u : 0u)
                        << events << " block " << i + 1 << ": " << title;
                }
            }
        }
    }
    EXPECT_GE(correlations, 15u);
}

}  // namespace
}  // namespace vedette
