// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace vedette::apps {

/// Adds every sub-command: calls add_<name>_command of each <name>_command.cpp (the build finds
/// them). The function of the one that was named goes into `chosen`.
void add_commands(CLI::App& app, std::function<int()>& chosen);

}  // namespace vedette::apps
