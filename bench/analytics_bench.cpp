// SPDX-License-Identifier: Apache-2.0
// What watching behaviour costs: events a second of decoding alone and of decoding with all
// analytics, what a behaviour takes alone, and memory; one core, CPU time, real events. The
// detector goes on from pass to pass, so that what is measured is a server that knows its entities.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "base/counters.h"
#include "base/json_text.h"
#include "bench/bench_data.h"
#include "bench/process_info.h"
#include "bench/suites.h"
#include "detect/registry.h"
#include "parse/parser.h"

namespace vedette::bench {

namespace {

using Chunks = std::vector<std::shared_ptr<const event::Chunk>>;
using Files = std::vector<std::pair<std::string, std::string>>;

struct AnalyticsSettings {
    std::string analytics = "content/analytics", format = "json";
    std::vector<std::string> data;
    int repeat = 3;
    std::size_t rows_max = event::kBatchRowsMax;
    bool has_each = false;
};

struct Passed {
    std::uint64_t decode_ns = 0, judge_ns = 0, rows = 0, findings = 0;
    std::uint64_t sum() const { return decode_ns + judge_ns; }
};

base::Result<Files> read_analytic_files(const std::string& folder) {
    Files out;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() != ".yml") continue;
        VD_TRY(std::string text, read_data(entry.path().string()));
        out.emplace_back(entry.path().string(), std::move(text));
    }
    if (error || out.empty()) {
        return base::fail(base::ErrorCode::not_found, "no analytics in " + folder);
    }
    std::sort(out.begin(), out.end());
    return out;
}

class Passes {
  public:
    explicit Passes(const AnalyticsSettings& settings)
        : parser_(registry_with_all(), fields_), batch_(fields_), settings_(settings) {}

    base::Result<void> read() {
        const parse::Format* const format = registry_.find(settings_.format);
        if (format == nullptr) {
            return base::fail(base::ErrorCode::not_found, "no format " + settings_.format);
        }
        for (const std::string& path : settings_.data) {
            VD_TRY(const std::string bytes, read_data(path));
            for (auto& chunk : chunks_of(bytes, format->declaration)) {
                chunks_.push_back(std::move(chunk));
            }
        }
        return {};
    }
    base::Result<std::unique_ptr<detect::Detector>> make(const Files& files) {
        detect::Registry registry;
        detect::register_all(registry);
        detect::DetectorInputs inputs;
        inputs.analytic_files = files;
        std::vector<detect::DetectorNotice> notices;
        for (const detect::DetectorKind& kind : registry.kinds()) {
            if (kind.name == "baseline") return kind.make(inputs, fields_, notices);
        }
        return base::fail(base::ErrorCode::not_found, "there is no detector of baselines");
    }
    /// nullptr: nobody judges.
    Passed once(detect::Detector* detector) {
        Passed passed;
        const auto sink = [&](cases::Finding) { ++passed.findings; };
        base::Timestamp newest;
        const auto full = [&](event::Batch& done) {
            passed.rows += done.row_count();
            if (detector == nullptr) return;
            const std::uint64_t begin = base::thread_cpu_ns();
            detector->observe(done, sink);
            for (const event::Row& row : done.rows()) newest = std::max(newest, row.time);
            detector->tick(newest, sink);
            passed.judge_ns += base::thread_cpu_ns() - begin;
        };
        const std::uint64_t begin = base::thread_cpu_ns();
        std::uint64_t offset = 0;
        for (const auto& chunk : chunks_) {
            parser_.parse(chunk, offset++, batch_, settings_.rows_max, full);
        }
        parser_.finish(batch_);
        if (!batch_.is_empty()) full(batch_);
        batch_.clear();
        passed.decode_ns = base::thread_cpu_ns() - begin - passed.judge_ns;
        return passed;
    }
    Passed best(detect::Detector* detector) {
        Passed best = once(detector);
        for (int i = 1; i < settings_.repeat; ++i) {
            const Passed passed = once(detector);
            if (passed.sum() < best.sum()) best = passed;
        }
        return best;
    }

  private:
    const parse::Registry& registry_with_all() {
        parse::register_all(registry_);
        return registry_;
    }

    parse::Registry registry_;
    event::FieldDictionary fields_;
    parse::Parser parser_;
    event::Batch batch_;
    AnalyticsSettings settings_;
    Chunks chunks_;
};

double each(std::uint64_t ns, std::uint64_t rows) {
    return rows == 0 ? 0 : static_cast<double>(ns) / static_cast<double>(rows);
}

base::Result<int> measure(const AnalyticsSettings& settings) {
    VD_TRY(const Files files, read_analytic_files(settings.analytics));
    Passes passes(settings);
    VD_TRY_DO(passes.read());
    const Passed without = passes.best(nullptr);
    VD_TRY(const std::unique_ptr<detect::Detector> all, passes.make(files));
    const Passed with = passes.best(all.get());
    std::string of_each;
    for (const auto& file : files) {
        if (!settings.has_each) break;
        VD_TRY(const std::unique_ptr<detect::Detector> one, passes.make({file}));
        if (one->rule_count() == 0) continue;
        const Passed passed = passes.best(one.get());
        of_each += of_each.empty() ? "\n" : ",\n";
        base::append_json_string(of_each, std::filesystem::path(file.first).stem().string());
        char text[64];
        std::snprintf(text, sizeof text, ":%.0f", each(passed.judge_ns, passed.rows));
        of_each += text;
    }
    std::printf(
        "{\"suite\":\"analytics\",%s,\"analytics\":%zu,\"events\":%llu,\"findings\":%llu,\n"
        "\"decoding_events_per_second\":%.0f,\"events_per_second\":%.0f,"
        "\"decode_us_per_event\":%.3f,\"judge_us_per_event\":%.3f,\n"
        "\"memory_bytes\":%zu,\"checksum\":\"%016llx\",\"ns_per_event_alone\":{%s}}\n",
        machine_json().c_str(), all->rule_count(), static_cast<unsigned long long>(with.rows),
        static_cast<unsigned long long>(with.findings), 1e9 / each(without.sum(), without.rows),
        1e9 / each(with.sum(), with.rows), each(without.sum(), without.rows) / 1e3,
        each(with.judge_ns, with.rows) / 1e3, all->memory_bytes(),
        static_cast<unsigned long long>(all->checksum()), of_each.c_str());
    return 0;
}

}  // namespace

void add_analytics(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("analytics", "what watching behaviour costs, on real events");
    const auto settings = std::make_shared<AnalyticsSettings>();
    command->add_option("--analytics", settings->analytics, "folder of analytics")
        ->capture_default_str();
    command->add_option("--data", settings->data, "files of events, in their order")->required();
    command->add_option("--as", settings->format, "format of the files")->capture_default_str();
    command->add_option("--repeat", settings->repeat, "passes; the best counts")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command->add_option("--rows", settings->rows_max, "rows of a batch")->capture_default_str();
    command->add_flag("--each", settings->has_each, "also each analytic alone");
    command->callback([settings, &chosen] {
        chosen = [settings] {
            const auto done = measure(*settings);
            if (done) return *done;
            std::fprintf(stderr, "vedette-bench analytics: %s\n", done.error().message().c_str());
            return 1;
        };
    });
}

}  // namespace vedette::bench
