// SPDX-License-Identifier: Apache-2.0
// SigmaHQ's rules on the events of the oracle pack, through the real parser and the real detector,
// against the matches that several engines agreed on (../shared/data/sigma/README.md).

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/compressed.h"
#include "base/counters.h"
#include "base/files.h"
#include "detect/registry.h"
#include "parse/parser.h"
#include "tests/shared_data.h"
#include "tests/support/tar.h"

namespace vedette {
namespace {

using Pair = std::pair<std::string, std::uint64_t>;  // rule id, record
using Pairs = std::set<Pair>;

constexpr std::uint64_t kFileBytesMax = 1u << 30;
constexpr std::size_t kOracleChunkRecords = 1'024;
#ifdef __SANITIZE_ADDRESS__
// Sanitized builds look at every n-th record: the whole pack is for the release build.
constexpr std::size_t kStride = 16;
#else
constexpr std::size_t kStride = 1;
#endif

std::string oracle_opened(const std::string& path) {
    const auto bytes = base::read_file(path, kFileBytesMax);
    EXPECT_TRUE(bytes) << path;
    std::string out;
    base::Decompressor decompressor;
    const auto take = [&](std::string_view part) -> base::Result<void> {
        out += part;
        return {};
    };
    EXPECT_TRUE(decompressor.feed(*bytes, take)) << path;
    EXPECT_TRUE(decompressor.finish(take)) << path;
    return out;
}

std::vector<std::string_view> oracle_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return lines;
}

/// The pairs of a table whose columns are rule_id, event, votes, and verdict where `verdict` is
/// given.
Pairs pairs_of(const std::string& path, std::string_view verdict = {}) {
    Pairs pairs;
    const auto text = base::read_file(path, kFileBytesMax);
    if (!text) return pairs;
    for (const std::string_view line : oracle_lines(*text)) {
        std::vector<std::string> cells(1);
        for (const char c : line) {
            if (c == '\t') {
                cells.emplace_back();
            } else if (c != '\r') {
                cells.back().push_back(c);
            }
        }
        if (cells.size() < 2 || cells[0] == "rule_id") continue;
        if (!verdict.empty() && (cells.size() < 4 || cells[3] != verdict)) continue;
        pairs.emplace(cells[0], std::stoull(cells[1]));
    }
    return pairs;
}

detect::DetectorInputs sigma_inputs() {
    detect::DetectorInputs inputs;
    for (auto& [name, text] :
         tests::tar_files(oracle_opened(*tests::shared_path("data/sigma/sigmahq-rules.tar.zst")))) {
        const bool is_used = name.starts_with("rules/") || name.starts_with("rules-emerging") ||
                             name.starts_with("rules-threat");
        if (is_used && name.ends_with(".yml"))
            inputs.rule_files.emplace_back(name, std::move(text));
    }
    for (const std::string& path :
         {std::string(VEDETTE_SOURCE_DIR) + "/content/logsources/cloud.yml",
          *tests::shared_path("data/sigma/oracle/logsource_map.json")}) {
        inputs.logsource_files.emplace_back(path, *base::read_file(path, kFileBytesMax));
    }
    return inputs;
}

class SigmaOracle : public testing::TestWithParam<std::pair<const char*, const char*>> {
  protected:
    static std::string file(const std::string& name) {
        return *tests::shared_path("data/sigma/oracle/" + name);
    }

    /// Decodes and judges the events; times only the judging.
    Pairs judge(const std::string& set) {
        const std::string events = oracle_opened(file(set + ".jsonl.zst"));
        const std::vector<std::string_view> lines = oracle_lines(events);
        event::FieldDictionary fields;
        parse::Registry formats;
        parse::register_all(formats);
        detect::Registry detectors;
        detect::register_all(detectors);
        const auto kind = std::find_if(detectors.kinds().begin(), detectors.kinds().end(),
                                       [](const auto& known) { return known.name == "sigma"; });
        auto detector = kind->make(sigma_inputs(), fields, notices_);
        EXPECT_TRUE(detector);
        Pairs found;
        const auto observe = [&](event::Batch& batch) {
            const std::uint64_t begin_ns = base::thread_cpu_ns();
            (*detector)->observe(batch, [&](cases::Finding finding) {
                EXPECT_FALSE(finding.reasons.empty()) << finding.rule_id;
                found.emplace(finding.rule_id, finding.record);
            });
            cpu_ns_ += base::thread_cpu_ns() - begin_ns;
            rows_ += batch.row_count();
        };
        parse::Parser parser(formats, fields);
        event::Batch batch(fields);
        for (std::size_t first = 0; first < lines.size(); first += kOracleChunkRecords) {
            parser.parse(chunk(lines, first), first + 1, batch, kOracleChunkRecords, observe);
        }
        parser.finish(batch);
        observe(batch);
        return found;
    }

    static std::shared_ptr<const event::Chunk> chunk(const std::vector<std::string_view>& lines,
                                                     std::size_t first) {
        auto made = std::make_shared<event::Chunk>();
        made->envelope.format = "json";
        made->envelope.source = "oracle";
        made->envelope.first_line = first;
        const std::size_t end = std::min(lines.size(), first + kOracleChunkRecords);
        // Records outside the sample are empty objects, so that numbers stay the file's.
        for (std::size_t i = first; i < end; ++i) {
            made->add_record(i % kStride == 0 ? lines[i] : "{}");
        }
        return made;
    }

    static Pairs judged_only(const Pairs& pairs, const std::set<std::string>& judged) {
        Pairs out;
        for (const Pair& pair : pairs) {
            if (judged.count(pair.first) > 0 && pair.second % kStride == 0) out.insert(pair);
        }
        return out;
    }

    std::vector<detect::DetectorNotice> notices_;
    std::uint64_t cpu_ns_ = 0;
    std::size_t rows_ = 0;
};

std::string first_pairs(const Pairs& pairs) {
    std::string out;
    for (const auto& [rule, record] : pairs) {
        if (out.size() > 1'000) break;
        out += rule + " " + std::to_string(record) + "\n";
    }
    return out;
}

TEST_P(SigmaOracle, finds_what_the_engines_agreed_on_and_nothing_else) {
    if (!tests::shared_path("data/sigma/oracle/logsource_map.json")) {
        GTEST_SKIP() << "../shared/data/sigma is not here";
    }
    const auto [set, judged_file] = GetParam();
    const std::string judged_text = *base::read_file(file(judged_file), kFileBytesMax);
    std::set<std::string> judged;
    for (const std::string_view line : oracle_lines(judged_text)) judged.emplace(line);
    const std::string prefix = file(std::string(set) + ".expected.tsv");
    const std::string disputed =
        prefix.substr(0, prefix.size() - std::string_view("expected.tsv").size()) + "disputed.tsv";

    Pairs expected = pairs_of(prefix);
    expected.merge(pairs_of(disputed, "match"));
    for (const Pair& pair : pairs_of(disputed, "no-match")) expected.erase(pair);
    const Pairs free = pairs_of(disputed, "either");
    expected = judged_only(expected, judged);
    const Pairs found = judged_only(judge(set), judged);

    Pairs missing, unexpected;
    const auto is_free = [&](const Pair& pair) { return free.count(pair) > 0; };
    for (const Pair& pair : expected) {
        if (found.count(pair) == 0 && !is_free(pair)) missing.insert(pair);
    }
    for (const Pair& pair : found) {
        if (expected.count(pair) == 0 && !is_free(pair)) unexpected.insert(pair);
    }
    std::printf("%s: expected %zu found %zu missing %zu unexpected %zu; %zu rows, %.1f us each\n",
                set, expected.size(), found.size(), missing.size(), unexpected.size(), rows_,
                static_cast<double>(cpu_ns_) / 1e3 / static_cast<double>(rows_));
    EXPECT_TRUE(missing.empty()) << first_pairs(missing);
    EXPECT_TRUE(unexpected.empty()) << first_pairs(unexpected);
}

INSTANTIATE_TEST_SUITE_P(Sets, SigmaOracle,
                         testing::Values(std::pair{"evtx_visible", "windows.judged.txt"},
                                         std::pair{"otrf_visible", "windows.judged.txt"},
                                         std::pair{"aws_visible", "aws.judged.txt"}),
                         [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace vedette
