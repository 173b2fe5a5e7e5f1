// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <functional>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"

int main(int argc, char** argv) {
    CLI::App app("Vedette: watches what you have, tells what matters, and says why.", "vedette");
    app.set_version_flag("--version", std::string("vedette ") + VEDETTE_VERSION);
    app.require_subcommand(1);
    std::function<int()> chosen;
    vedette::apps::add_commands(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? vedette::apps::kExitGood : vedette::apps::kExitError;
    }
    return chosen();
}
