// SPDX-License-Identifier: Apache-2.0
// First a company of a known size, for what an entity takes; then, in the same detector, a crowd
// for which there is no room. Drift is watched and groups are learned all the while.

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>

#include "base/counters.h"
#include "bench/bench_data.h"
#include "bench/process_info.h"
#include "bench/soak.h"
#include "bench/soak_crowd.h"
#include "detect/registry.h"

namespace vedette::bench {

namespace {

/// Of users: two analytics with two windows each, and two of values. Of machines: one of values.
/// Of addresses: two with two windows each.
constexpr std::array kSoakAnalytics = {
    "login-failures-of-account", "login-hour",        "login-new-address", "process-starts-of-user",
    "process-new-on-host",       "network-bytes-out", "network-fan-out"};
constexpr std::uint64_t kSoakPeople = 5'000, kSoakPeopleDays = 21, kSoakRowsADay = 24;
constexpr std::uint64_t kSoakRowsMax = 4'096, kSoakDetectorSamples = 20;

class SoakDetector {
  public:
    static base::Result<SoakDetector> make(const std::string& folder) {
        SoakDetector made;
        detect::Registry registry;
        detect::register_all(registry);
        detect::DetectorInputs inputs;
        for (const char* const name : kSoakAnalytics) {
            const std::string path = folder + "/" + name + ".yml";
            VD_TRY(std::string text, read_data(path));
            inputs.analytic_files.emplace_back(path, std::move(text));
        }
        std::vector<detect::DetectorNotice> notices;
        for (const detect::DetectorKind& kind : registry.kinds()) {
            if (kind.name != "baseline") continue;
            VD_TRY(made.detector_, kind.make(inputs, *made.fields_, notices));
        }
        if (made.detector_ == nullptr || !notices.empty()) {
            return base::fail(base::ErrorCode::bad_input, "an analytic is refused", folder);
        }
        return made;
    }

    /// One thing that somebody does: a login, a program or a connection.
    void row(std::uint64_t person, base::Timestamp time, learn::Random& random) {
        event::Row& row = batch_.add_row();
        row.id = {++offset_, 0};
        row.time = row.arrival = time_ = time;
        row.origin = batch_.origin_index({"soak", "crowd"});
        row.dataset = batch_.dataset_index("soak");
        const std::uint64_t own = learn::mix_bits(person);
        switch (random.below(3)) {
            case 0:
                add("event.category", "authentication");
                add("event.outcome", random.below(10) == 0 ? "failure" : "success");
                add("user.name", fmt::format("user{}", person));
                add("source.ip", address(own % 60'000 + random.below(3)));
                break;
            case 1:
                add("event.category", "process");
                add("user.name", fmt::format("user{}", person));
                add("host.name", fmt::format("host{}", person));
                add("process.name", fmt::format("program{}", own % 40 + random.below(9)));
                break;
            default:
                add("source.ip", address((std::uint64_t{1} << 32) + person));
                add("destination.ip", address(own % 500 + random.below(20)));
                add("source.bytes", fmt::format("{}", 200 + random.below(200'000)));
                break;
        }
        if (batch_.row_count() >= kSoakRowsMax) flush();
    }
    void flush() {
        const auto sink = [&](cases::Finding) { ++findings_; };
        const std::uint64_t begin = base::thread_cpu_ns();
        detector_->observe(batch_, sink);
        detector_->tick(time_, sink);
        cpu_ns_ += base::thread_cpu_ns() - begin;
        batch_.clear();
    }
    const detect::Detector& detector() const { return *detector_; }
    std::uint64_t rows() const { return offset_; }
    std::uint64_t findings() const { return findings_; }
    double us_a_row() const {
        return static_cast<double>(cpu_ns_) / 1e3 / static_cast<double>(offset_);
    }

  private:
    void add(std::string_view field, std::string_view text) {
        batch_.add(*fields_->intern(field), text);
    }
    static std::string address(std::uint64_t number) {
        return fmt::format("2001:db8:{:x}:{:x}::{:x}", number >> 32, number >> 16 & 0xFFFF,
                           number & 0xFFFF);
    }

    std::unique_ptr<event::FieldDictionary> fields_ = std::make_unique<event::FieldDictionary>();
    std::unique_ptr<detect::Detector> detector_;
    event::Batch batch_{*fields_};
    base::Timestamp time_;
    std::uint64_t offset_ = 0, findings_ = 0, cpu_ns_ = 0;
};

/// Everybody is there every day.
void live_as_company(SoakDetector& soak, base::Timestamp& time) {
    constexpr std::uint64_t kRows = kSoakPeople * kSoakRowsADay;
    learn::Random random(3);
    for (std::uint64_t i = 0; i < kSoakPeopleDays * kRows; ++i) {
        soak.row(random.below(kSoakPeople), time, random);
        time.unix_ns += base::kNsPerDay / static_cast<std::int64_t>(kRows);
    }
    soak.flush();
}

}  // namespace

base::Result<int> soak_detector(const SoakOptions& options) {
    VD_TRY(auto soak, SoakDetector::make(options.analytics));
    const std::size_t shared_bytes = soak.detector().memory_bytes();
    base::Timestamp time{1'764'000'000ll * base::kNsPerSecond};
    live_as_company(soak, time);
    const auto own_bytes = static_cast<double>(soak.detector().memory_bytes() - shared_bytes);
    const auto entities = static_cast<double>(3 * kSoakPeople);
    fmt::print(
        "{{\"suite\":\"soak\",\"of\":\"detector\",{},\"analytics\":{},\"shared_bytes\":{},\n"
        "\"people\":{},\"entities\":{:.0f},\"bytes_an_entity\":{:.0f},"
        "\"bytes_an_entity_and_window_or_value\":{:.0f},\"forgotten\":{},\"curve\":[",
        machine_json(), kSoakAnalytics.size(), shared_bytes, kSoakPeople, entities,
        own_bytes / entities, own_bytes / (static_cast<double>(kSoakPeople) * (4 + 2 + 1 + 4)),
        soak.detector().forgotten_count());
    SoakCrowd crowd(options.entities, options.events, 4);
    SoakCurve curve;
    reset_peak_memory();
    std::uint64_t next_sample = 0;
    const std::int64_t gap_ns = 30 * base::kNsPerDay / static_cast<std::int64_t>(options.events);
    for (std::uint64_t i = 0; i < options.events; ++i) {
        soak.row(crowd.next() + 2 * kSoakPeople, time, crowd.random());
        time.unix_ns += gap_ns;
        if (i + 1 < next_sample && i + 1 < options.events) continue;
        curve.add(i + 1, soak.detector().memory_bytes(), soak.detector().forgotten_count());
        next_sample += options.events / kSoakDetectorSamples;
    }
    soak.flush();
    fmt::print("],\n\"rows\":{},\"findings\":{},\"us_a_row\":{:.2f}{}}}\n", soak.rows(),
               soak.findings(), soak.us_a_row(), curve.json(options.cap_bytes));
    return 0;
}

}  // namespace vedette::bench
