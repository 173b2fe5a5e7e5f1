// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one audit event can make us do.
namespace vedette::parse::auditd {

/// The kernel cuts an argument list into records of about 8,000 bytes; more lines than this in one
/// event have never been seen, the rest stays in the raw record.
inline constexpr std::size_t kLinesMax = 512;
/// Arguments of one command. What is more stays in the raw record.
inline constexpr std::size_t kArgumentsMax = 1'024;
/// Names of keys whose field id is remembered; more different names only cost the look-up.
inline constexpr std::size_t kRememberedFieldsMax = 1'024;
/// A key in audit records; the longest of the kernel's has 20 bytes. Longer ones are no key.
inline constexpr std::size_t kKeyBytesMax = 64;

}  // namespace vedette::parse::auditd
