// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <future>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "base/log.h"
#include "engine/engine.h"
#include "serve/admin.h"

namespace vedette::apps {

namespace {

namespace log = base::log;

struct ServeOptions {
    std::string config_path;
    std::string data_folder = default_data_folder();
    bool until_idle = false;
};

/// Signals are waited for in the main thread: no handler, nothing to get wrong in one.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

/// The next signal, or 0 after so long.
int next_signal(const sigset_t& signals, int wait_ms) {
    const timespec wait{wait_ms / 1'000, (wait_ms % 1'000) * 1'000'000L};
    const int signal = ::sigtimedwait(&signals, nullptr, &wait);
    return signal > 0 ? signal : 0;
}

/// Starts the engine beside the signals, so that whoever waits for a held store can stop waiting.
base::Result<void> start(engine::Engine& engine, const sigset_t& signals) {
    auto starting = std::async(std::launch::async, [&] { return engine.start(); });
    bool is_given_up = false;
    while (starting.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        const int signal = next_signal(signals, 20);
        if (signal != SIGINT && signal != SIGTERM) continue;
        engine.give_up_start();
        is_given_up = true;
    }
    auto started = starting.get();
    if (started && is_given_up) {
        engine.stop();
        return base::fail(base::ErrorCode::cancelled, "asked to stop while starting");
    }
    return started;
}

/// Stays until a signal ends it, or `until_idle` and nothing is left to do.
void stay(engine::Engine& engine, const sigset_t& signals, bool until_idle) {
    for (;;) {
        const int signal = next_signal(signals, 1'000);
        if (signal == SIGINT || signal == SIGTERM) {
            log::info("serve.stopping", {{"signal", signal}});
            return;
        }
        if (signal == SIGHUP) {
            if (const auto done = engine.reload(); !done) {
                log::error("serve.reload_failed", {{"reason", done.error().message()}});
            }
        }
        if (until_idle && engine.wait_until_idle(20)) return;
    }
}

int serve(const ServeOptions& options) {
    const sigset_t signals = block_signals();
    auto config = options.config_path.empty()
                      ? base::Result<engine::Config>(engine::default_config(options.data_folder))
                      : engine::load_config(options.config_path, options.data_folder);
    if (!config) return report(config.error());
    auto engine = engine::Engine::open(std::move(*config));
    if (!engine) return report(engine.error());
    if (const auto started = start(**engine, signals); !started) {
        const bool was_wanted = started.error().code == base::ErrorCode::cancelled;
        return was_wanted ? kExitGood : report(started.error());
    }
    serve::Admin admin(**engine);
    if (const auto started = admin.start(); !started) return report(started.error());
    std::fprintf(stderr, "vedette: on watch; data in %s\n",
                 (*engine)->config().data_folder.c_str());
    stay(**engine, signals, options.until_idle);
    admin.stop();
    (*engine)->stop();
    return kExitGood;
}

}  // namespace

void add_serve_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<ServeOptions>();
    CLI::App* command = app.add_subcommand("serve", "watches for ever");
    command->add_option("-c,--config", options->config_path,
                        "configuration (YAML); without one: what /var/log has");
    add_data_option(*command, options->data_folder);
    command->add_flag(
        "--until-idle", options->until_idle,
        "ends when every source is finished and everything is stored; followed files never are");
    command->callback([&chosen, options] { chosen = [options] { return serve(*options); }; });
}

}  // namespace vedette::apps
