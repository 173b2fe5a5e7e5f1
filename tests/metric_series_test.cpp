// SPDX-License-Identifier: Apache-2.0
// Tables of measurements of the Numenta benchmark, read and judged as `scan` does it with the
// shipped analytic: how many of the labelled windows are told. Prints the figure. How a series is
// judged was chosen on these same tables.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "base/compressed.h"
#include "detect/baseline/baseline.h"
#include "event/line_framer.h"
#include "parse/parser.h"
#include "tests/shared_data.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

std::string read_whole(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string read_opened(const fs::path& path) {
    std::string out;
    base::Decompressor opener;
    const auto keep = [&](std::string_view bytes) -> base::Result<void> {
        out.append(bytes);
        return {};
    };
    EXPECT_TRUE(opener.feed(read_whole(path), keep) && opener.finish(keep));
    return out;
}

using Windows = std::vector<std::pair<base::Timestamp, base::Timestamp>>;

/// Two times a window, in the order of the file.
Windows windows_of(const std::string& labels, const std::string& name) {
    const std::size_t begin = labels.find("\"" + name + "\"");
    const std::string text = labels.substr(begin, labels.find("\"real", begin + 1) - begin);
    const std::string own = text.substr(0, text.find(".csv", name.size() + 2));
    static const std::regex kTime(R"((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.\d+)");
    std::vector<base::Timestamp> times;
    for (auto at = std::sregex_iterator(own.begin(), own.end(), kTime);
         at != std::sregex_iterator(); ++at) {
        times.push_back(*base::parse_rfc3339((*at)[1].str() + "T" + (*at)[2].str() + "Z"));
    }
    Windows out;
    for (std::size_t i = 0; i + 1 < times.size(); i += 2) out.emplace_back(times[i], times[i + 1]);
    return out;
}

/// The shipped analytic over tables, one after the other.
class Watch {
  public:
    Watch() : detector_(shipped()) { parse::register_all(registry_); }

    /// The spans of what is told of one table.
    Windows told_of(const std::string& path, std::string_view text) {
        told_.clear();
        event::LineFramer framer(format().framing);
        auto chunk = std::make_shared<event::Chunk>();
        event::Batch batch(fields_);
        parse::Parser parser(registry_, fields_);
        const auto judge = [&](event::Batch& full) {
            detect::Detector& detector = detector_;
            for (event::Row& row : full.rows()) row.arrival = row.time;
            detector.observe(full, [&](const cases::Finding& finding) {
                told_[finding.id] = {finding.first_seen, finding.last_seen};
            });
            samples_ += full.row_count();
        };
        const auto hand_on = [&] {
            chunk->envelope.source = "test";
            chunk->envelope.origin = path;
            chunk->envelope.format = format().name;
            parser.parse(chunk, offset_++, batch, event::kBatchRowsMax, judge);
            parser.finish(batch);
            judge(batch);
            batch.clear();
            chunk = std::make_shared<event::Chunk>();
        };
        while (!text.empty()) {
            text.remove_prefix(framer.feed(text, *chunk));
            if (!text.empty()) hand_on();
        }
        while (!framer.finish(*chunk)) hand_on();
        hand_on();
        Windows out;
        for (const auto& [id, span] : told_) out.push_back(span);
        return out;
    }
    std::size_t samples() const { return samples_; }

  private:
    const event::FormatDeclaration& format() const {
        return registry_.find("metric_table")->declaration;
    }
    static std::vector<detect::baseline::Behaviour> shipped() {
        const fs::path path = fs::path(VEDETTE_SOURCE_DIR) / "content/analytics/metric-series.yml";
        std::vector<detect::baseline::Behaviour> out;
        out.push_back(*detect::baseline::Behaviour::make(
            *rule::analytic::read_analytic(path.string(), read_whole(path))));
        return out;
    }

    parse::Registry registry_;
    event::FieldDictionary fields_;
    detect::baseline::BaselineDetector detector_;
    std::map<std::string, Windows::value_type> told_;  // by the finding's id
    std::uint64_t offset_ = 0;
    std::size_t samples_ = 0;
};

TEST(MetricSeries, of_the_numenta_benchmark_are_told_in_most_labelled_windows) {
    const auto data = tests::shared_path("data/timeseries/nab/data");
    const auto labels = tests::shared_path("data/timeseries/nab/labels/combined_windows.json");
    if (!data || !labels) GTEST_SKIP() << "the Numenta benchmark is not there";
    const std::string all_labels = read_whole(*labels);
    std::set<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(*data)) {
        if (entry.path().filename().string().find(".csv") != std::string::npos)
            paths.insert(entry.path());
    }
    Watch watch;
    std::size_t windows = 0, found = 0, findings = 0, within = 0;
    for (const fs::path& path : paths) {
        std::string name = fs::relative(path, *data).string();
        name.resize(name.find(".csv") + 4);
        const Windows known = windows_of(all_labels, name);
        const Windows told = watch.told_of(path.string(), read_opened(path));
        const auto overlaps = [](const auto& a, const auto& b) {
            return a.first <= b.second && b.first <= a.second;
        };
        windows += known.size();
        findings += told.size();
        for (const auto& window : known) {
            found += std::any_of(told.begin(), told.end(),
                                 [&](const auto& span) { return overlaps(span, window); });
        }
        for (const auto& span : told) {
            within += std::any_of(known.begin(), known.end(),
                                  [&](const auto& window) { return overlaps(span, window); });
        }
    }
    std::printf(
        "[ nab      ] %zu files, %zu samples: %zu of %zu windows told; %zu findings, %zu within "
        "windows\n",
        paths.size(), watch.samples(), found, windows, findings, within);
    EXPECT_GT(2 * found, windows);
    // Twice the promise of one in a thousand, and some of it for what is odd.
    EXPECT_LT(findings * 1'000, 2 * watch.samples());
}

}  // namespace
}  // namespace vedette
