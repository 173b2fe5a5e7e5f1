// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace vedette::apps {

/// Adds `standings` below `vedette analytics`.
void add_standings_command(CLI::App& analytics, std::function<int()>& chosen);

}  // namespace vedette::apps
