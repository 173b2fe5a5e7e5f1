// SPDX-License-Identifier: Apache-2.0
#pragma once

// A sub-command is one file <name>_command.cpp that defines, in namespace vedette::apps,
//   void add_<name>_command(CLI::App& app, std::function<int()>& chosen);
// which adds a CLI11 sub-command whose callback sets `chosen` to the function that runs it.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::apps {

/// Exit codes of every command. 1 is the command's own "no": no hits, findings over --fail-on.
inline constexpr int kExitGood = 0;
inline constexpr int kExitNo = 1;
inline constexpr int kExitError = 2;

/// Prints "vedette: message" on standard error.   Returns: kExitError
int report(const base::Error& error);

/// The folder of data when --data is not given: VEDETTE_DATA, else /var/lib/vedette for root,
/// else ~/.local/share/vedette.
std::string default_data_folder();

/// Adds --data, which takes any path and gives an absolute one: the store's child has a working
/// folder of its own, and messages are read elsewhere.
void add_data_option(CLI::App& command, std::string& data_folder,
                     const std::string& help = "the folder of data");

/// Whether standard output is a terminal that shows colour (and NO_COLOR is not set).
bool wants_colour();
/// Columns of the terminal on standard output; 100 where there is none.
int terminal_width();

}  // namespace vedette::apps
