// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace vedette::apps {

/// Adds `replay` and `learn` below `vedette analytics`: both have the running server learn from its
/// history, and only the second one puts what was learned in force.
void add_learn_commands(CLI::App& analytics, std::function<int()>& chosen);

}  // namespace vedette::apps
