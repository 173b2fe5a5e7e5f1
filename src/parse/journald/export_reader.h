// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "parse/journald/entry.h"

namespace vedette::parse::journald {

/// Reads one entry of `journalctl -o export` into `entry`: lines `NAME=value`, and for what is not
/// one line of text `NAME`, eight bytes of size (little-endian), the value.
/// What does not follow the format is passed over and marks the entry as truncated, because its
/// other fields are still worth having. False if there is no field at all.
/// Lives: the entry as long as the text.
/// Source: systemd, "Journal Export Format" (JOURNAL_EXPORT_FORMATS)
bool read_export(std::string_view text, Entry& entry);

}  // namespace vedette::parse::journald
