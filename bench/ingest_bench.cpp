// SPDX-License-Identifier: Apache-2.0
#include "bench/ingest_bench.h"

#include <fmt/format.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/files.h"
#include "bench/event_lines.h"
#include "bench/hunt.h"
#include "bench/load.h"
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
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    VD_CHECK(::bind(probe.get(), name, size) == 0);
    VD_CHECK(::getsockname(probe.get(), name, &size) == 0);
    return ntohs(address.sin_port);
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

/// A folder that is gone with it, unless it was given.
class DataFolder {
  public:
    explicit DataFolder(const std::string& given) : path_(given), is_temporary_(given.empty()) {
        if (!is_temporary_) return;
        path_ = (std::filesystem::temp_directory_path() / "vedette-bench-XXXXXX").string();
        if (::mkdtemp(path_.data()) == nullptr) path_.clear();
    }
    DataFolder(const DataFolder&) = delete;
    DataFolder& operator=(const DataFolder&) = delete;
    ~DataFolder() {
        if (is_temporary_ && !path_.empty()) std::filesystem::remove_all(path_);
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
    bool is_temporary_;
};

Result<std::vector<std::string>> lines_of(const IngestOptions& options) {
    if (options.data_path.empty()) {
        return sshd_lines(std::min<std::uint64_t>(options.events, 200'000), options.failed_share,
                          1);
    }
    VD_TRY(auto lines, read_lines(options.data_path, options.events));
    if (!lines.empty()) return lines;
    return base::fail(base::ErrorCode::bad_input, "no lines", options.data_path);
}

/// What a run of the whole server showed.
struct Served {
    LoadResult load;
    std::optional<HuntedLoad> hunted;
    std::string stages;
    double acknowledged_s = 0, searchable_s = 0, own_cpu_us = 0, child_cpu_us = 0;
    std::uint64_t findings = 0, files = 0, child_files = 0;
    std::uint64_t memory_mib = 0, child_memory_mib = 0;
};

Result<Served> serve_load(const IngestOptions& options, LoadProcess& senders,
                          std::vector<LoadProcess>& round_senders) {
    const DataFolder folder(options.data_folder);
    const std::uint16_t port = free_port();
    VD_TRY(auto engine, engine::Engine::open(config_of(options, folder.path(), port)));
    VD_TRY_DO(engine->start());
    const std::uint64_t own_cpu_before = cpu_ns(::getpid());
    const std::uint64_t child_cpu_before = cpu_ns(engine->store_pid());
    Served out;
    const auto begin = SteadyClock::now();
    VD_TRY_DO(senders.start(port));
    VD_TRY(out.load, senders.finish());
    out.acknowledged_s = seconds_since(begin);
    while (engine->status().stored_to < engine->status().journal_end) {
        out.files = std::max(out.files, open_files(::getpid()));
        out.child_files = std::max(out.child_files, open_files(engine->store_pid()));
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    out.searchable_s = seconds_since(begin);
    out.child_cpu_us = static_cast<double>(cpu_ns(engine->store_pid()) - child_cpu_before) / 1e3;
    out.own_cpu_us = static_cast<double>(cpu_ns(::getpid()) - own_cpu_before) / 1e3;
    out.stages = stage_json(engine->counters(), options.events);
    out.findings = engine->counters().stage("detect").sent;
    if (options.hunters > 0) {
        VD_TRY(out.hunted, load_beside_hunts(*engine, options.hunters, round_senders, port));
        out.hunted->events = options.events;
    }
    out.memory_mib = peak_memory_mib(::getpid());
    out.child_memory_mib = peak_memory_mib(engine->store_pid());
    engine->stop();
    return out;
}

}  // namespace

Result<std::string> run_ingest(const IngestOptions& options) {
    const bool is_json = !options.data_path.empty();
    std::uint64_t bytes_per_event = 0;
    const auto prepare = [&](std::uint64_t events) -> Result<LoadProcess> {
        const LoadOptions load{events, options.connections, options.events_per_request,
                               options.events_per_second, is_json};
        VD_TRY(const std::vector<std::string> lines, lines_of(options));
        bytes_per_event = 0;
        for (const std::string& line : lines) bytes_per_event += line.size();
        bytes_per_event /= lines.size();
        return LoadProcess::prepare(load, lines);
    };
    VD_TRY(LoadProcess senders, prepare(options.events));
    std::vector<LoadProcess> round_senders;
    for (int i = 0; options.hunters > 0 && i < 2 * options.rounds; ++i) {
        VD_TRY(auto round, prepare(options.events / static_cast<std::uint64_t>(options.rounds)));
        round_senders.push_back(std::move(round));
    }
    // What held the lines is the senders' now; it must not count as the server's peak.
    ::malloc_trim(0);
    reset_peak_memory();
    VD_TRY(const Served served, serve_load(options, senders, round_senders));
    VD_TRY(const std::vector<std::string> lines, lines_of(options));
    VD_TRY(const BareInsert bare, bare_insert(lines, is_json ? "json" : "syslog", options.events,
                                              options.insert_rows, options.writers));
    const auto events = static_cast<double>(options.events);
    const double rate = events / served.searchable_s;
    return fmt::format(
        "{{\"suite\":\"ingest\",{},\"data\":\"{}\",\"events\":{},\"bytes_per_event\":{},"
        "\"findings\":{},\"connections\":{},\"events_per_request\":{},\"insert_rows\":{},"
        "\"writers\":{},\"acknowledged_ms\":{{\"p50\":{:.2f},\"p99\":{:.2f},\"max\":{:.2f}}},"
        "\"refused\":{},\"acknowledged_per_second\":{:.0f},\"searchable_per_second\":{:.0f},"
        "\"cpu_us_per_event\":{},\"process_cpu_us_per_event\":{:.2f},"
        "\"store_child_cpu_us_per_event\":{:.2f},\"senders_cpu_us_per_event\":{:.2f},"
        "\"peak_memory_mib\":{{\"process\":{},\"store_child\":{}}},"
        "\"open_files\":{{\"process\":{},\"store_child\":{}}},{}"
        "\"bare_insert_per_second\":{:.0f},\"bare_insert_child_cpu_us_per_event\":{:.2f},"
        "\"ratio_to_bare_insert\":{:.3f}}}",
        machine_json(), is_json ? "json" : "sshd", options.events, bytes_per_event, served.findings,
        options.connections, options.events_per_request, options.insert_rows, options.writers,
        served.load.percentile(0.5), served.load.percentile(0.99), served.load.percentile(1),
        served.load.refused, events / served.acknowledged_s, rate, served.stages,
        served.own_cpu_us / events, served.child_cpu_us / events,
        static_cast<double>(served.load.cpu_ns) / 1e3 / events, served.memory_mib,
        served.child_memory_mib, served.files, served.child_files,
        served.hunted ? hunted_json(*served.hunted, options.hunters) : "", bare.rows_per_second,
        bare.child_cpu_us_per_row, rate / bare.rows_per_second);
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
    suite
        ->add_option("--failed-share", options->failed_share,
                     "of the generated lines, how many are failed logins that rules find")
        ->capture_default_str();
    suite->add_option("--rules", options->rules_folder, "default: the rules that ship");
    suite->add_option("--insert-rows", options->insert_rows)->capture_default_str();
    suite->add_option("--writers", options->writers)->capture_default_str();
    suite
        ->add_option(
            "--hunters", options->hunters,
            "send the load twice more, in turn alone and beside so many searches that read "
            "every record")
        ->capture_default_str();
    suite->add_option("--rounds", options->rounds, "of those turns")
        ->check(CLI::Range(1, 20))
        ->capture_default_str();
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
