// SPDX-License-Identifier: Apache-2.0
#include "bench/hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "serve/search_request.h"

namespace vedette::bench {

namespace {

using base::Result;
using SteadyClock = std::chrono::steady_clock;

class Hunt {
  public:
    Hunt(const engine::Engine& engine, int hunters) {
        const auto client = engine.store_client_options();
        for (int i = 0; i < hunters; ++i) {
            threads_.emplace_back([this, client] {
                while (!is_over_) {
                    // Refused or failed hunts are told apart, or an idle hunter would look
                    // harmless.
                    ++(serve::search(client, nullptr, R"({"query":"/no[a-z]{3}such[0-9]thing/"})")
                           ? done_
                           : failed_);
                }
            });
        }
    }
    Hunt(const Hunt&) = delete;
    Hunt& operator=(const Hunt&) = delete;
    ~Hunt() { end(); }
    void end() {
        is_over_ = true;
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }
    std::uint64_t done() const { return done_; }
    std::uint64_t failed() const { return failed_; }

  private:
    std::atomic<bool> is_over_{false};
    std::atomic<std::uint64_t> done_{0}, failed_{0};
    std::vector<std::thread> threads_;
};

void wait_until_searchable(const engine::Engine& engine) {
    while (engine.status().stored_to < engine.status().journal_end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void merge_into(LoadResult& all, const LoadResult& turn) {
    const auto middle = static_cast<std::ptrdiff_t>(all.acknowledged_ms.size());
    all.acknowledged_ms.insert(all.acknowledged_ms.end(), turn.acknowledged_ms.begin(),
                               turn.acknowledged_ms.end());
    std::inplace_merge(all.acknowledged_ms.begin(), all.acknowledged_ms.begin() + middle,
                       all.acknowledged_ms.end());
    all.refused += turn.refused;
    all.cpu_ns += turn.cpu_ns;
}

Result<double> send_turn(const engine::Engine& engine, int hunters, LoadProcess& senders,
                         std::uint16_t port, HuntedLoad& out) {
    wait_until_searchable(engine);
    Hunt hunt(engine, hunters);
    const auto begin = SteadyClock::now();
    VD_TRY_DO(senders.start(port));
    VD_TRY(const LoadResult load, senders.finish());
    const double seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    hunt.end();
    out.hunts += hunt.done();
    out.hunts_failed += hunt.failed();
    merge_into(hunters > 0 ? out.beside : out.alone, load);
    (hunters > 0 ? out.beside_seconds : out.alone_seconds) += seconds;
    return load.percentile(0.99);
}

std::string side_json(const LoadResult& load, double seconds, double events) {
    return fmt::format(
        "{{\"acknowledged_ms\":{{\"p50\":{:.2f},\"p90\":{:.2f},\"p99\":{:.2f},\"max\":{:.2f}}},"
        "\"acknowledged_per_second\":{:.0f},\"refused\":{}}}",
        load.percentile(0.5), load.percentile(0.9), load.percentile(0.99), load.percentile(1),
        events / seconds, load.refused);
}

}  // namespace

Result<HuntedLoad> load_beside_hunts(const engine::Engine& engine, int hunters,
                                     std::vector<LoadProcess>& senders, std::uint16_t port) {
    HuntedLoad out;
    for (std::size_t pair = 0; pair + 1 < senders.size(); pair += 2) {
        double p99_ms[2] = {};  // alone, beside
        const bool begins_alone = pair % 4 == 0;
        for (const bool is_beside : {!begins_alone, begins_alone}) {
            LoadProcess& load = senders[pair + (is_beside == begins_alone ? 1 : 0)];
            VD_TRY(p99_ms[is_beside ? 1 : 0],
                   send_turn(engine, is_beside ? hunters : 0, load, port, out));
        }
        out.p99_ratios.push_back(p99_ms[1] / p99_ms[0]);
    }
    std::sort(out.p99_ratios.begin(), out.p99_ratios.end());
    return out;
}

std::string hunted_json(const HuntedLoad& hunted, int hunters) {
    const auto events = static_cast<double>(hunted.events);
    return fmt::format(
        "\"hunt\":{{\"hunters\":{},\"hunts\":{},\"hunts_failed\":{},\"alone\":{},\"beside\":{},"
        "\"p50_ratio\":{:.3f},\"p99_ratio\":{:.3f},\"p99_ratio_of_pairs\":[{:.3f}]}},",
        hunters, hunted.hunts, hunted.hunts_failed,
        side_json(hunted.alone, hunted.alone_seconds, events),
        side_json(hunted.beside, hunted.beside_seconds, events),
        hunted.beside.percentile(0.5) / hunted.alone.percentile(0.5),
        hunted.beside.percentile(0.99) / hunted.alone.percentile(0.99),
        fmt::join(hunted.p99_ratios, ","));
}

}  // namespace vedette::bench
