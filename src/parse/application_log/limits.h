// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace vedette::parse::application_log {

/// A record takes no further lines beyond this: a file that stops beginning its lines with a time
/// must not become one record. The longest stack traces seen have some 500 lines of 100 bytes.
inline constexpr std::size_t kJoinedBytesMax = 64u << 10;

}  // namespace vedette::parse::application_log
