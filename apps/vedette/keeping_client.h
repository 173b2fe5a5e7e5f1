// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vedette::apps {

/// What `retention`, `hold` and `forget` share: they ask the running server and show JSON lines.

/// Asks the server that runs on the folder. `members` become the JSON body; none: a GET.
/// Errors: the server's; unavailable where none runs.
base::Result<std::string> ask_keeping(
    const std::string& data_folder, const std::string& path,
    std::initializer_list<std::pair<const char*, std::string>> members = {}, bool is_post = false);

/// Shows each line of an answer: the kind ("is") and its object.
/// Errors: corrupt.
base::Result<void> for_each_line(
    const std::string& lines,
    const std::function<void(std::string_view is, simdjson::dom::object line)>& show);

/// Members of a line; empty or 0 where there is none.
std::string text_in(simdjson::dom::object line, const char* key);
std::uint64_t number_in(simdjson::dom::object line, const char* key);
std::vector<std::string> texts_in(simdjson::dom::object line, const char* key);

/// Who asks: SUDO_USER, else the name of the user of this process, else its number.
std::string who_asks();

}  // namespace vedette::apps
