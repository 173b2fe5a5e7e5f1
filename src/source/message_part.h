// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace vedette::source {

/// How much of the first bytes of a longer message is a part of it: all, unless they end inside a
/// UTF-8 character.
std::size_t message_part_size(std::string_view bytes);

}  // namespace vedette::source
