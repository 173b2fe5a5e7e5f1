// SPDX-License-Identifier: Apache-2.0
// What a checkpoint of full correlations costs: the stream stands still for so long. The baseline
// is a plain file of the same bytes, written without fsync as the state's transaction is.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <vector>

#include "base/files.h"
#include "bench/suites.h"
#include "detect/sigma/correlator.h"
#include "detect/sigma/limits.h"
#include "rule/sigma/rule_set.h"
#include "store/state/state_store.h"

namespace vedette::bench {

namespace {

namespace sigma = detect::sigma;

struct CheckpointSettings {
    std::string folder;
    std::size_t megabytes = sigma::kCorrelationBytesMax >> 20;
    int rounds = 9;
};

constexpr const char* kRules = R"(title: Failed
id: failed
name: failed
logsource: {product: test}
detection: {k: {event.outcome: failure}, condition: k}
level: low
---
title: Many
id: many
correlation:
    type: event_count
    rules: [failed]
    group-by: [source.ip]
    timespan: 1h
    condition: {gte: 20}
level: high
)";

double ms_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
        .count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Events of failed logins, of as many addresses as fill the memory with groups of a few.
void fill(sigma::Correlator& correlator, std::size_t bytes_max) {
    std::mt19937 random(7);
    for (std::uint64_t i = 0; correlator.memory_bytes() < bytes_max; ++i) {
        if (i > bytes_max / 100) break;
        sigma::HitRecord record;
        record.rule = 0;
        record.id = {1 + i / 16, static_cast<std::uint32_t>(i % 16)};
        record.time.unix_ns = static_cast<std::int64_t>(i) * 10'000'000;
        record.due = record.time;
        const std::string address =
            "203.0." + std::to_string(random() % 64) + "." + std::to_string(random() % 256);
        record.values = {{address}};
        record.entities = {{event::EntityType::host, "web-1"}, {event::EntityType::ip, address}};
        record.source = "files";
        record.origin = "/var/log/auth.log";
        record.raw = "Nov 22 03:12:09 web1 sshd[812]: Failed password for root from " + address +
                     " port " + std::to_string(random() % 65'536) + " ssh2";
        record.line = i;
        correlator.observe(std::move(record), [](const cases::Finding&) {});
    }
}

int complain(const base::Error& error) {
    std::fprintf(stderr, "vedette-bench: %s\n", error.message().c_str());
    return 2;
}

int run_checkpoint(const CheckpointSettings& settings) {
    const auto loaded = rule::sigma::load_rule_set({{"r.yml", kRules}});
    sigma::Correlator correlator(loaded.rules, loaded.correlations, settings.megabytes << 20);
    fill(correlator, (settings.megabytes << 20) - (1u << 20));
    std::filesystem::create_directories(settings.folder);
    auto state = store::StateStore::open(settings.folder + "/state.sqlite");
    if (!state) return complain(state.error());
    base::SystemFiles files;
    std::vector<double> save_ms, state_ms, file_ms;
    std::string saved;
    base::Result<void> done;
    for (int round = 0; round < settings.rounds; ++round) {
        save_ms.push_back(ms_of([&] { saved = correlator.save(); }));
        state_ms.push_back(ms_of([&] {
            auto transaction = state->begin();
            if (!transaction) return void(done = tl::unexpected(transaction.error()));
            done = transaction->put_snapshot("detector.sigma", {1, saved});
            if (done) done = transaction->commit();
        }));
        if (!done) return complain(done.error());
        file_ms.push_back(ms_of([&] {
            std::FILE* const file = std::fopen((settings.folder + "/plain").c_str(), "wb");
            if (file == nullptr) return;
            std::fwrite(saved.data(), 1, saved.size(), file);
            std::fclose(file);
        }));
    }
    const double stands_ms = median(save_ms) + median(state_ms);
    std::printf(
        "{\"memory_bytes\":%zu,\"groups\":%zu,\"saved_bytes\":%zu,\"save_ms\":%.1f,\"state_ms\":"
        "%.1f,\"stands_still_ms\":%.1f,\"plain_file_ms\":%.1f,\"ratio_to_plain_file\":%.2f}\n",
        correlator.memory_bytes(), correlator.group_count(), saved.size(), median(save_ms),
        median(state_ms), stands_ms, median(file_ms), stands_ms / median(file_ms));
    return 0;
}

}  // namespace

void add_checkpoint(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("checkpoint", "how long a checkpoint of full correlations holds up");
    const auto settings = std::make_shared<CheckpointSettings>();
    command->add_option("--folder", settings->folder, "where the state is written")->required();
    command->add_option("--megabytes", settings->megabytes, "of what correlations remember")
        ->capture_default_str()
        ->check(CLI::Range(2, 1'024));
    command->add_option("--rounds", settings->rounds, "of which the median counts")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000));
    command->callback(
        [settings, &chosen] { chosen = [settings] { return run_checkpoint(*settings); }; });
}

}  // namespace vedette::bench
