// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace vedette::apps {

/// `vedette analytics peers`: learned groups of a running server, shown and changed.
void add_peers_command(CLI::App& analytics, std::function<int()>& chosen);

}  // namespace vedette::apps
