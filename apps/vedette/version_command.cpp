// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"

namespace vedette::apps {

void add_version_command(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* command = app.add_subcommand("version", "prints the version");
    command->callback([&chosen] {
        chosen = [] {
            std::printf("vedette %s\n", VEDETTE_VERSION);
            return kExitGood;
        };
    });
}

}  // namespace vedette::apps
