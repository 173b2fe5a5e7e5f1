// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <csignal>
#include <cstdio>
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

/// Signals are taken by one sigwait in the main thread: no handler, nothing to get wrong in one.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

void wait_for_end(engine::Engine& engine, const sigset_t& signals) {
    for (;;) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal != SIGHUP) {
            log::info("serve.stopping", {{"signal", signal}});
            return;
        }
        if (const auto done = engine.reload_rules(); !done) {
            log::error("serve.reload_failed", {{"reason", done.error().message()}});
        }
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
    if (const auto started = (*engine)->start(); !started) return report(started.error());
    serve::Admin admin(**engine);
    if (const auto started = admin.start(); !started) return report(started.error());
    std::fprintf(stderr, "vedette: on watch; data in %s\n",
                 (*engine)->config().data_folder.c_str());
    if (options.until_idle) {
        while (!(*engine)->wait_until_idle(1'000)) {
        }
    } else {
        wait_for_end(**engine, signals);
    }
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
    command->add_option("--data", options->data_folder, "folder of data")->capture_default_str();
    command->add_flag("--until-idle", options->until_idle,
                      "ends when every source is finished and everything is stored");
    command->callback([&chosen, options] { chosen = [options] { return serve(*options); }; });
}

}  // namespace vedette::apps
