// SPDX-License-Identifier: Apache-2.0
#include "bench/ingest_bench.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/http_client.h"
#include "bench/event_lines.h"
#include "bench/process_info.h"
#include "bench/store_peer.h"
#include "bench/suites.h"
#include "engine/engine.h"

namespace vedette::bench {

namespace {

using base::Result;
using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point begin) {
    return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

std::uint16_t free_port() {
    const base::OwnedFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

/// One request's body: `_bulk` pairs for JSON, plain lines for syslog.
std::string body_of(const std::vector<std::string>& lines, std::uint64_t begin, std::uint64_t count,
                    bool is_json) {
    std::string body;
    for (std::uint64_t i = begin; i < begin + count; ++i) {
        if (is_json) body += "{\"create\":{}}\n";
        body += lines[i % lines.size()];
        body += '\n';
    }
    return body;
}

struct Latencies {
    std::mutex mutex;
    std::vector<double> ms;
    std::uint64_t refused = 0;

    double percentile(double share) {
        if (ms.empty()) return 0;
        std::sort(ms.begin(), ms.end());
        return ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
    }
};

struct Load {
    const IngestOptions& options;
    const std::vector<std::string>& lines;
    bool is_json;
    std::uint16_t port;
    std::atomic<std::uint64_t> next{0};
    SteadyClock::time_point begin = SteadyClock::now();
    Latencies latencies = {};
};

/// Waits until the rate that was asked for allows the events up to `index`.
void wait_for_turn(const Load& load, std::uint64_t index) {
    if (load.options.events_per_second <= 0) return;
    const double due_s = static_cast<double>(index) / load.options.events_per_second;
    const double early_s = due_s - seconds_since(load.begin);
    if (early_s > 0) std::this_thread::sleep_for(std::chrono::duration<double>(early_s));
}

void send_share(Load& load) {
    base::HttpClient client({"", "127.0.0.1", load.port});
    for (;;) {
        const std::uint64_t index = load.next.fetch_add(load.options.events_per_request);
        if (index >= load.options.events) return;
        const std::uint64_t count =
            std::min<std::uint64_t>(load.options.events_per_request, load.options.events - index);
        const std::string body = body_of(load.lines, index, count, load.is_json);
        wait_for_turn(load, index);
        base::HttpClientRequest request;
        request.method = "POST";
        request.target = load.is_json ? "/bench/_bulk" : "/ingest/bench?format=syslog";
        request.headers = {{"Content-Type", "application/x-ndjson"}};
        request.body = {body};
        for (;;) {
            const auto sent = SteadyClock::now();
            const auto answer = client.send(request);
            const bool is_taken = answer && answer->head.status / 100 == 2;
            const std::lock_guard lock(load.latencies.mutex);
            if (is_taken) {
                load.latencies.ms.push_back(seconds_since(sent) * 1e3);
                break;
            }
            ++load.latencies.refused;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
}

std::string stage_json(base::CounterRegistry& counters, std::uint64_t events) {
    std::string out = "{";
    for (const char* name : {"journal", "parse", "detect", "state", "store_feed", "store"}) {
        const auto cpu = static_cast<double>(counters.stage(name).cpu_ns.load());
        out += fmt::format("{}\"{}\":{:.3f}", out.size() > 1 ? "," : "", name,
                           cpu / 1e3 / static_cast<double>(events));
    }
    return out + "}";
}

engine::Config config_of(const IngestOptions& options, const std::string& folder,
                         std::uint16_t port) {
    engine::Config config = engine::default_config(folder);
    config.sources.clear();
    engine::SourceConfig http;
    http.name = "bench";
    http.settings.kind = "http";
    http.settings.where = "the bench";
    http.settings.values.emplace("listen", fmt::format("127.0.0.1:{}", port));
    config.sources.push_back(std::move(http));
    config.store_insert_rows = options.insert_rows;
    config.store_writers = options.writers;
    if (!options.rules_folder.empty()) config.rule_paths = {options.rules_folder};
    return config;
}

}  // namespace

Result<std::string> run_ingest(const IngestOptions& options) {
    const bool is_json = !options.data_path.empty();
    std::vector<std::string> lines;
    if (is_json) {
        VD_TRY(lines, read_lines(options.data_path, options.events));
    } else {
        lines = sshd_lines(std::min<std::uint64_t>(options.events, 200'000), 1);
    }
    if (lines.empty()) return base::fail(base::ErrorCode::bad_input, "no lines", options.data_path);
    std::string folder = options.data_folder;
    const bool is_temporary = folder.empty();
    if (is_temporary) {
        std::string pattern = (std::filesystem::temp_directory_path() / "vedette-bench-XXXXXX");
        folder = ::mkdtemp(pattern.data());
    }
    const std::uint16_t port = free_port();
    VD_TRY(auto engine, engine::Engine::open(config_of(options, folder, port)));
    VD_TRY_DO(engine->start());
    const journal::Offset before = engine->status().journal_end;
    const std::uint64_t own_cpu_before = cpu_ns(::getpid());
    const std::uint64_t child_cpu_before = cpu_ns(engine->store_pid());

    Load load{options, lines, is_json, port};
    std::vector<std::thread> senders;
    for (int i = 0; i < options.connections; ++i) senders.emplace_back([&] { send_share(load); });
    for (std::thread& sender : senders) sender.join();
    const double acknowledged_s = seconds_since(load.begin);
    std::uint64_t files = 0, child_files = 0;
    while (engine->status().stored_to < engine->status().journal_end) {
        files = std::max(files, open_files(::getpid()));
        child_files = std::max(child_files, open_files(engine->store_pid()));
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const double searchable_s = seconds_since(load.begin);
    const double child_cpu_us =
        static_cast<double>(cpu_ns(engine->store_pid()) - child_cpu_before) / 1e3;
    const double own_cpu_us = static_cast<double>(cpu_ns(::getpid()) - own_cpu_before) / 1e3;
    const auto events = static_cast<double>(options.events);
    std::uint64_t bytes = 0;
    for (const std::string& line : lines) bytes += line.size();
    std::string out = fmt::format(
        "{{\"suite\":\"ingest\",{},\"data\":\"{}\",\"events\":{},\"bytes_per_event\":{},"
        "\"connections\":{},\"events_per_request\":{},\"insert_rows\":{},\"writers\":{},"
        "\"acknowledged_ms\":{{\"p50\":{:.2f},\"p99\":{:.2f},\"max\":{:.2f}}},\"refused\":{},"
        "\"acknowledged_per_second\":{:.0f},\"searchable_per_second\":{:.0f},"
        "\"cpu_us_per_event\":{},\"process_cpu_us_per_event\":{:.2f},"
        "\"store_child_cpu_us_per_event\":{:.2f},\"peak_memory_mib\":{{\"process\":{},"
        "\"store_child\":{}}},\"open_files\":{{\"process\":{},\"store_child\":{}}},"
        "\"journal_records\":{}",
        machine_json(), is_json ? "json" : "sshd", options.events, bytes / lines.size(),
        options.connections, options.events_per_request, options.insert_rows, options.writers,
        load.latencies.percentile(0.5), load.latencies.percentile(0.99),
        load.latencies.percentile(1), load.latencies.refused, events / acknowledged_s,
        events / searchable_s, stage_json(engine->counters(), options.events), own_cpu_us / events,
        child_cpu_us / events, peak_memory_mib(::getpid()), peak_memory_mib(engine->store_pid()),
        files, child_files, engine->status().journal_end - before);
    engine->stop();
    engine.reset();
    if (is_temporary) std::filesystem::remove_all(folder);
    VD_TRY(const double bare,
           bare_insert_rows_per_second(lines, is_json ? "json" : "syslog", options.events,
                                       options.insert_rows, options.writers));
    out += fmt::format(",\"bare_insert_per_second\":{:.0f},\"ratio_to_bare_insert\":{:.3f}}}", bare,
                       events / searchable_s / bare);
    return out;
}

void add_ingest(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<IngestOptions>();
    CLI::App* suite =
        app.add_subcommand("ingest", "the whole path over HTTP: acknowledged, judged, searchable");
    suite->add_option("--data", options->data_path, "JSON lines; without it generated sshd lines");
    suite->add_option("--events", options->events, "events to send")->capture_default_str();
    suite->add_option("--connections", options->connections)->capture_default_str();
    suite->add_option("--per-request", options->events_per_request)->capture_default_str();
    suite->add_option("--rate", options->events_per_second, "events/s; 0: as fast as answers come")
        ->capture_default_str();
    suite->add_option("--rules", options->rules_folder, "default: the rules that ship");
    suite->add_option("--insert-rows", options->insert_rows)->capture_default_str();
    suite->add_option("--writers", options->writers)->capture_default_str();
    suite->callback([&chosen, options] {
        chosen = [options] {
            const auto result = run_ingest(*options);
            if (!result)
                std::fprintf(stderr, "vedette-bench: %s\n", result.error().message().c_str());
            if (result) std::printf("%s\n", result->c_str());
            return result ? 0 : 2;
        };
    });
}

}  // namespace vedette::bench
