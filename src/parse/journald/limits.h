// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one journal entry can make us do.
namespace vedette::parse::journald {

/// Values of one entry; the journal itself allows 1,024 fields.
inline constexpr std::size_t kValuesMax = 4'096;
/// A list of lists of bytes is the deepest that journalctl writes.
inline constexpr int kDepthMax = 2;
/// Names of fields whose id is remembered; more different names only cost the look-up.
inline constexpr std::size_t kRememberedFieldsMax = 1'024;
/// The journal's own bound of a field's name.   Source: systemd, journal-file.c
inline constexpr std::size_t kNameBytesMax = 64;

}  // namespace vedette::parse::journald
