// SPDX-License-Identifier: Apache-2.0
// Correlations on the events of the oracle pack, through the real parser and matcher, against what
// was computed apart for it (../shared/data/sigma/README.md: an event is listed when the window
// that ends with it meets the condition).

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/compressed.h"
#include "base/files.h"
#include "base/json_text.h"
#include "detect/sigma/correlator.h"
#include "detect/sigma/hit_reader.h"
#include "detect/sigma/limits.h"
#include "parse/parser.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/matcher.h"
#include "rule/sigma/rule_set.h"
#include "tests/shared_data.h"

namespace vedette {
namespace {

using Rows = std::multiset<std::string>;

constexpr std::uint64_t kCorrelationFileBytesMax = 1u << 30;
constexpr std::size_t kChunkRecords = 1'024;

std::string read(const std::string& path) {
    const auto text = base::read_file(path, kCorrelationFileBytesMax);
    EXPECT_TRUE(text) << path;
    return text ? *text : "";
}

std::string opened(const std::string& path) {
    std::string out;
    base::Decompressor decompressor;
    const auto take = [&](std::string_view part) -> base::Result<void> {
        out += part;
        return {};
    };
    EXPECT_TRUE(decompressor.feed(read(path), take)) << path;
    EXPECT_TRUE(decompressor.finish(take)) << path;
    return out;
}

std::vector<std::string_view> views_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return lines;
}

class SigmaCorrelations : public testing::Test {
  protected:
    void SetUp() override {
        if (!tests::shared_path("data/sigma/oracle/evtx_visible.correlation.expected.tsv")) {
            GTEST_SKIP() << "../shared/data/sigma is not here";
        }
        loaded_ = rule::sigma::load_rule_set(
            {{"correlation_tests.yml", read(file("correlation/own/correlation_tests.yml"))}});
        for (const auto& refusal : loaded_.refusals) ADD_FAILURE() << refusal.error.message();
        const std::string map = file("oracle/logsource_map.json");
        ASSERT_TRUE(sources_.add(map, read(map)));
        parse::register_all(formats_);
        events_ = opened(file("oracle/evtx_visible.jsonl.zst"));
        lines_ = views_of(events_);
    }

    static std::string file(const std::string& name) {
        return *tests::shared_path("data/sigma/" + name);
    }

    /// Rows as the expectation writes them, of events taken in an order of lines, in batches of at
    /// most so many.
    Rows matched(const std::vector<std::size_t>& order, std::size_t rows_max) {
        event::FieldDictionary fields;
        rule::sigma::Matcher matcher(loaded_.rules, sources_, fields);
        detect::sigma::Correlator correlator(matcher.rules(), loaded_.correlations,
                                             detect::sigma::kCorrelationBytesMax);
        const detect::sigma::HitReader reader(correlator.plan(), matcher.rules(), sources_, fields);
        Rows out;
        correlator.watch([&](const detect::sigma::Correlator::Match& match) {
            std::string group;
            for (const std::string& value : match.group) {
                group += group.empty() ? "" : ", ";
                base::append_json_string(group, rule::sigma::fold(value));
            }
            // A record of the chunk is a line of the file by the order given.
            out.insert(loaded_.correlations[match.correlation].title + "\t" +
                       std::to_string(order[match.line]) + "\t" +
                       rule::sigma::text_of(match.value) + "\t[" + group + "]");
        });
        const auto sink = [&](const cases::Finding& finding) {
            EXPECT_FALSE(finding.reasons.empty());
            ++told_;
        };
        const auto observe = [&](event::Batch& batch) {
            std::vector<rule::sigma::Matcher::Hit> hits;
            matcher.match(batch, hits);
            for (const auto& hit : hits) {
                if (correlator.uses(hit.rule)) correlator.observe(reader.read(batch, hit), sink);
            }
        };
        parse::Parser parser(formats_, fields);
        event::Batch batch(fields);
        for (std::size_t first = 0; first < order.size(); first += kChunkRecords) {
            auto chunk = std::make_shared<event::Chunk>();
            chunk->envelope.format = "json";
            chunk->envelope.source = "oracle";
            chunk->envelope.first_line = first;
            const std::size_t end = std::min(order.size(), first + kChunkRecords);
            for (std::size_t i = first; i < end; ++i) chunk->add_record(lines_[order[i]]);
            parser.parse(chunk, first + 1, batch, rows_max, observe);
        }
        parser.finish(batch);
        observe(batch);
        correlator.finish(sink);
        EXPECT_EQ(correlator.forgotten_count(), 0u);
        return out;
    }

    std::vector<std::size_t> file_order() const {
        std::vector<std::size_t> out(lines_.size());
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = i;
        return out;
    }

    void compare(const Rows& found) {
        const std::string table = read(file("oracle/evtx_visible.correlation.expected.tsv"));
        Rows wanted;
        for (std::string_view line : views_of(table)) {
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (!line.starts_with("correlation_title")) wanted.emplace(line);
        }
        std::vector<std::string> missing, unexpected;
        std::set_difference(wanted.begin(), wanted.end(), found.begin(), found.end(),
                            std::back_inserter(missing));
        std::set_difference(found.begin(), found.end(), wanted.begin(), wanted.end(),
                            std::back_inserter(unexpected));
        std::printf("correlations: expected %zu found %zu missing %zu unexpected %zu; %zu told\n",
                    wanted.size(), found.size(), missing.size(), unexpected.size(), told_);
        EXPECT_TRUE(missing.empty()) << missing.size() << ", the first: " << missing[0];
        EXPECT_TRUE(unexpected.empty()) << unexpected.size() << ", the first: " << unexpected[0];
    }

    rule::sigma::LoadedRules loaded_;
    rule::sigma::LogSourceMap sources_;
    parse::Registry formats_;
    std::string events_;
    std::vector<std::string_view> lines_;
    std::size_t told_ = 0;
};

// The file is in no order of time: each event finds its place.
TEST_F(SigmaCorrelations, find_what_was_computed_apart_and_nothing_else) {
    compare(matched(file_order(), 4'096));
}

TEST_F(SigmaCorrelations, do_so_in_any_order_and_however_batches_are_cut) {
    std::vector<std::size_t> order = file_order();
    std::reverse(order.begin(), order.end());
    // Events of one moment stand in the order in which they came, so this is another outcome than
    // the file's; what is shown is that it is one.
    const Rows whole = matched(order, 4'096);
    EXPECT_EQ(matched(order, 7), whole);
    EXPECT_EQ(matched(order, 1), whole);
}

// Files as others write them: what they name beside the specification does not disturb.
TEST_F(SigmaCorrelations, of_other_projects_load) {
    for (const char* name : {"Sec_4625_Med_LogonFail_UserGuessing_Correlation.yml",
                             "Sec_4625_Med_LogonFail_WrongPW_PW-Guessing_Correlation.yml",
                             "Sec_4648_Med_ExplicitLogon_PW-Spray_Correlation.yml"}) {
        const auto all = rule::sigma::load_rule_set(
            {{name, read(file(std::string("correlation/hayabusa-rules/") + name))}});
        for (const auto& refusal : all.refusals) ADD_FAILURE() << refusal.error.message();
        EXPECT_EQ(all.correlations.size(), 1u) << name;
        EXPECT_EQ(all.rules.size(), 1u) << name;
    }
    // The specification's examples name rules that are not there, and nothing else is wrong.
    for (const char* name : {"event_count", "event_count_ecs", "temporal", "temporal_ordered",
                             "value_avg", "value_count", "value_percentile", "value_sum"}) {
        const std::string path = std::string("correlation/sigma-specification/") + name + ".yml";
        const auto all = rule::sigma::load_rule_set({{name, read(file(path))}});
        ASSERT_EQ(all.refusals.size(), 1u) << name;
        EXPECT_TRUE(all.refusals[0].error.text.starts_with("there is no rule '"))
            << all.refusals[0].error.message();
    }
}

}  // namespace
}  // namespace vedette
