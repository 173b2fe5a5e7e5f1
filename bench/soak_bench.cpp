// SPDX-License-Identifier: Apache-2.0
// Whether memory stays where it is: more entities than there is room for, which come and go, and a
// hard cap of resident memory.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <memory>

#include "bench/process_info.h"
#include "bench/soak.h"
#include "bench/suites.h"

namespace vedette::bench {

void SoakCurve::add(std::uint64_t events, std::uint64_t counted_bytes, std::uint64_t forgotten) {
    samples_.push_back({events, resident_bytes(), counted_bytes, forgotten});
    const Sample& sample = samples_.back();
    fmt::print("{}\n{{\"events\":{},\"resident_bytes\":{},\"counted_bytes\":{},\"forgotten\":{}}}",
               samples_.size() == 1 ? "" : ",", sample.events, sample.resident_bytes,
               sample.counted_bytes, sample.forgotten);
    std::fflush(stdout);
}

double SoakCurve::bytes_per_million() const {
    double count = 0, sum_x = 0, sum_y = 0, squares = 0, products = 0;
    for (std::size_t i = samples_.size() / 5; i < samples_.size(); ++i) {
        const double x = static_cast<double>(samples_[i].events) / 1e6;
        const auto y = static_cast<double>(samples_[i].resident_bytes);
        count += 1;
        sum_x += x;
        sum_y += y;
        squares += x * x;
        products += x * y;
    }
    const double spread = count * squares - sum_x * sum_x;
    return spread > 0 ? (count * products - sum_x * sum_y) / spread : 0;
}

bool SoakCurve::is_flat(std::uint64_t cap_bytes) const {
    if (samples_.size() < 5) return false;
    const std::uint64_t after = samples_.back().events - samples_[samples_.size() / 5].events;
    return std::abs(bytes_per_million()) * static_cast<double>(after) / 1e6 <
           0.01 * static_cast<double>(cap_bytes);
}

std::string SoakCurve::json(std::uint64_t cap_bytes) const {
    const std::uint64_t most = peak_memory_bytes();
    return fmt::format(
        ",\n\"bytes_per_million_events\":{:.0f},\"is_flat\":{},\"resident_max_bytes\":{},"
        "\"cap_bytes\":{},\"cap_held\":{}",
        bytes_per_million(), is_flat(cap_bytes), most, cap_bytes, most <= cap_bytes);
}

void add_soak(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("soak", "whether memory stays within its cap, over many events");
    const auto options = std::make_shared<SoakOptions>();
    const auto of = std::make_shared<std::string>("path");
    command->add_option("--of", *of, "the usual path alone, or the detector of baselines")
        ->capture_default_str()
        ->check(CLI::IsMember({"path", "detector"}));
    command->add_option("--events", options->events)
        ->capture_default_str()
        ->check(CLI::Range(10'000, 2'000'000'000));
    command->add_option("--entities", options->entities, "at one time")
        ->capture_default_str()
        ->check(CLI::Range(100, 100'000'000));
    command->add_option("--cap", options->cap_bytes, "bytes of resident memory")
        ->capture_default_str()
        ->check(CLI::Range(64'000'000ll, 64'000'000'000ll));
    command->add_option("--analytics", options->analytics, "folder of analytics")
        ->capture_default_str();
    command->callback([options, of, &chosen] {
        chosen = [options, of] {
            if (*of == "path") return soak_usual_path(*options);
            const auto done = soak_detector(*options);
            if (done) return *done;
            std::fprintf(stderr, "vedette-bench soak: %s\n", done.error().message().c_str());
            return 2;
        };
    });
}

}  // namespace vedette::bench
