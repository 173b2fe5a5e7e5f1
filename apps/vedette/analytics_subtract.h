// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace vedette::apps {

/// Adds `subtract` and `rollback` below `vedette analytics`: both have the running server learn
/// once more from its history, without some events or only up to a date, and put that in force.
void add_subtract_commands(CLI::App& analytics, std::function<int()>& chosen);

}  // namespace vedette::apps
