// SPDX-License-Identifier: Apache-2.0
// What was promised against what happened, on the stretches of the shared scenarios in which
// nothing bad happens: all shipped analytics over all logs, in the order of the events' times.
// Prints what each analytic did.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/compressed.h"
#include "detect/baseline/baseline.h"
#include "detect/registry.h"
#include "parse/parser.h"
#include "source/file_reader.h"
#include "tests/shared_data.h"
#include "tests/support/tar.h"
#include "tests/support/temporary_folder.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

std::string whole_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// From the begin until the first step of the attack, and again from an hour after the last one:
/// what lies between is left out, as if nobody had collected it. Red herrings are no attack.
class BenignTimes {
  public:
    explicit BenignTimes(const fs::path& labels) {
        simdjson::dom::parser parser;
        const simdjson::padded_string text(whole_file(labels));
        for (const simdjson::dom::element step :
             simdjson::dom::array(parser.parse(text)["steps"])) {
            if (std::string_view(step["section"]) != "storyline") continue;
            attack_.first =
                std::min(attack_.first, *base::parse_rfc3339(std::string_view(step["start"])));
            attack_.second =
                std::max(attack_.second, *base::parse_rfc3339(std::string_view(step["end"])));
        }
    }
    bool has(base::Timestamp time) const {
        constexpr std::int64_t kAfterNs = 3'600 * base::kNsPerSecond;
        return time < attack_.first || time.unix_ns > attack_.second.unix_ns + kAfterNs;
    }

  private:
    std::pair<base::Timestamp, base::Timestamp> attack_{{INT64_MAX}, {INT64_MIN}};
};

/// One file's rows, one after the other.
class RowStream {
  public:
    RowStream(const std::string& path, const parse::Registry& registry,
              const event::FormatDeclarations& declarations, event::FieldDictionary& fields)
        : fields_(&fields), parser_(registry, fields), batch_(fields) {
        auto opened = source::FileReader::open(path, declarations, {});
        if (opened) reader_ = std::make_unique<source::FileReader>(std::move(*opened));
        refill();
    }
    bool is_at_end() const { return row_ >= batch_.row_count(); }
    const event::Row& row() const { return batch_.rows()[row_]; }
    void next() {
        for (const event::Column& column : batch_.columns()) {
            std::size_t& at = at_[static_cast<std::size_t>(&column - batch_.columns().data())];
            while (at < column.cells.size() && column.cells[at].row == row_) ++at;
        }
        if (++row_ >= batch_.row_count()) refill();
    }
    /// The row's values, added to the last row of another batch.
    void copy_to(event::Batch& other) const {
        for (const event::Column& column : batch_.columns()) {
            std::size_t at = at_[static_cast<std::size_t>(&column - batch_.columns().data())];
            for (; at < column.cells.size() && column.cells[at].row == row_; ++at) {
                other.add(column.field, batch_.text(column.cells[at]), column.cells[at].kind);
            }
        }
    }
    std::string dataset() const { return std::string(batch_.dataset(row().dataset)); }

  private:
    void refill() {
        batch_.clear();
        row_ = 0;
        while (reader_ != nullptr && waiting_.empty()) {
            auto chunk = reader_->next();
            if (!chunk || !*chunk) {
                reader_ = nullptr;
                break;
            }
            event::Batch read(*fields_);
            const auto keep = [&](event::Batch& full) { waiting_.push_back(std::move(full)); };
            parser_.parse(std::make_shared<const event::Chunk>(std::move(**chunk)), ++offset_, read,
                          event::kBatchRowsMax, keep);
            parser_.finish(read);
            if (!read.is_empty()) keep(read);
        }
        if (!waiting_.empty()) {
            batch_ = std::move(waiting_.front());
            waiting_.pop_front();
        }
        at_.assign(batch_.columns().size(), 0);
    }

    event::FieldDictionary* fields_;
    std::unique_ptr<source::FileReader> reader_;
    std::deque<event::Batch> waiting_;
    parse::Parser parser_;
    event::Batch batch_;
    std::vector<std::size_t> at_;  // of each column, its first cell of the row
    std::uint32_t row_ = 0;
    std::uint64_t offset_ = 0;
};

/// All shipped analytics in one detector.
class ShippedAnalytics {
  public:
    ShippedAnalytics() {
        detect::DetectorInputs inputs;
        std::vector<fs::path> paths;
        for (const auto& entry :
             fs::directory_iterator(fs::path(VEDETTE_SOURCE_DIR) / "content/analytics")) {
            if (entry.path().extension() == ".yml") paths.push_back(entry.path());
        }
        std::sort(paths.begin(), paths.end());
        for (const fs::path& path : paths) {
            inputs.analytic_files.emplace_back(path.string(), whole_file(path));
        }
        detect::Registry registry;
        detect::register_all(registry);
        std::vector<detect::DetectorNotice> notices;
        for (const detect::DetectorKind& kind : registry.kinds()) {
            if (kind.name == "baseline")
                detector_ = std::move(*kind.make(inputs, fields_, notices));
        }
        parse::register_all(registry_);
        declarations_ = registry_.declarations();
    }

    /// Rows arrive when they say that they happened; the clock goes with them.
    void live(const std::string& folder, const BenignTimes& benign) {
        std::vector<std::string> paths;
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            if (entry.is_regular_file()) paths.push_back(entry.path().string());
        }
        std::sort(paths.begin(), paths.end());
        std::vector<std::unique_ptr<RowStream>> streams;
        for (const std::string& path : paths) {
            streams.push_back(std::make_unique<RowStream>(path, registry_, declarations_, fields_));
        }
        for (;;) {
            RowStream* first = nullptr;
            for (const auto& stream : streams) {
                if (stream->is_at_end()) continue;
                if (first == nullptr || stream->row().time < first->row().time)
                    first = stream.get();
            }
            if (first == nullptr) break;
            add(*first, benign);
            first->next();
        }
        flush();
        detector_->finish([](const cases::Finding&) {});
    }
    const detect::Detector& detector() const { return *detector_; }
    std::uint64_t rows() const { return rows_; }

  private:
    void add(const RowStream& stream, const BenignTimes& benign) {
        if ((stream.row().flags & event::kRowTimeGuessed) != 0) return;
        if (!benign.has(stream.row().time)) return;
        now_ = std::max(now_, stream.row().time);
        event::Row& row = batch_.add_row();
        row.id = {++rows_, 0};
        row.time = stream.row().time;
        row.arrival = now_;
        row.flags = stream.row().flags;
        row.origin = batch_.origin_index({"scenario", "log"});
        row.dataset = batch_.dataset_index(stream.dataset());
        stream.copy_to(batch_);
        if (batch_.row_count() >= 1'000) flush();
    }
    void flush() {
        const auto sink = [](const cases::Finding&) {};
        detector_->observe(batch_, sink);
        detector_->tick(now_, sink);
        batch_.clear();
    }

    parse::Registry registry_;
    event::FormatDeclarations declarations_;
    event::FieldDictionary fields_;
    std::unique_ptr<detect::Detector> detector_;
    event::Batch batch_{fields_};
    base::Timestamp now_{INT64_MIN};
    std::uint64_t rows_ = 0;
};

struct Promised {
    double tests = 0, odd_100 = 0, odd_1000 = 0, told = 0;
    void add(const detect::Standing& one) {
        tests += static_cast<double>(one.tests_ever);
        odd_100 += static_cast<double>(one.odd_100_ever);
        odd_1000 += static_cast<double>(one.odd_1000_ever);
        told += static_cast<double>(one.told_ever);
    }
    void print(const char* name) const {
        std::printf(
            "[ promise  ] %-28s %8.0f tests, %5.2f of what 1 %% promises, %5.2f of 0.1 %%, %.0f "
            "told\n",
            name, tests, odd_100 / tests * 100, odd_1000 / tests * 1'000, told);
    }
};

/// The 95 % interval of a rate over its promise.
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
/// 1927.
std::pair<double, double> realised(double count, double tests, double promise) {
    constexpr double kZ = 1.96;
    const double share = count / tests;
    const double middle = (share + kZ * kZ / (2 * tests)) / (1 + kZ * kZ / tests);
    const double half = kZ / (1 + kZ * kZ / tests) *
                        std::sqrt(share * (1 - share) / tests + kZ * kZ / (4 * tests * tests));
    return {(middle - half) / promise, (middle + half) / promise};
}

void unpack(const fs::path& pack, const std::string& folder) {
    std::string bytes;
    base::Decompressor opener;
    const auto keep = [&](std::string_view piece) -> base::Result<void> {
        bytes.append(piece);
        return {};
    };
    ASSERT_TRUE(opener.feed(whole_file(pack), keep) && opener.finish(keep));
    for (const auto& [name, content] : tests::tar_files(bytes)) {
        const fs::path path = fs::path(folder) / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
    }
}

TEST(BenignPromise, is_kept_on_the_harmless_stretches_of_the_scenarios) {
    const auto scenarios = tests::shared_path("data/scenarios");
    if (!scenarios) GTEST_SKIP() << "the scenarios are not there";
    Promised all;
    for (const char* const name : {"branch-office", "branch-office-2", "phishing-espionage"}) {
        const fs::path scenario = fs::path(*scenarios) / name;
        tests::TemporaryFolder folder;
        ASSERT_NO_FATAL_FAILURE(unpack(scenario / "data.tar.zst", folder.path()));
        ShippedAnalytics shipped;
        shipped.live(folder.path(), BenignTimes(scenario / "LABELS.json"));
        ASSERT_GT(shipped.rows(), 10'000u) << name;
        std::printf("[ promise  ] %s: %llu rows\n", name,
                    static_cast<unsigned long long>(shipped.rows()));
        for (const detect::Standing& one : shipped.detector().standings()) {
            all.add(one);
            if (one.tests_ever == 0) continue;
            Promised alone;
            alone.add(one);
            alone.print(one.id.c_str());
        }
    }
    all.print("all");
    for (const auto& [count, promise] :
         {std::pair{all.odd_100, 0.01}, std::pair{all.odd_1000, 0.001}}) {
        const auto [low, high] = realised(count, all.tests, promise);
        EXPECT_LE(low, 2) << "more than twice what " << promise << " promises";
        EXPECT_GE(high, 0.5) << "less than half of what " << promise << " promises";
    }
}

}  // namespace
}  // namespace vedette
