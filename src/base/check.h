// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace vedette::base {

/// Prints where and why to standard error and aborts: the only road for bugs of our own.
[[noreturn]] void stop_on_bug(std::string_view condition, std::string_view file, int line);

}  // namespace vedette::base

/// States what our own code guarantees; kept in release. Never for outside input.
#define VD_CHECK(condition)                                               \
    do {                                                                  \
        if (!(condition)) [[unlikely]]                                    \
            ::vedette::base::stop_on_bug(#condition, __FILE__, __LINE__); \
    } while (false)
