// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vedette::store {

/// Copies a state of any schema, also while a server writes it, into a new file: one commit, whole.
/// Errors: not_found, bad_input (not a state of ours), corrupt, io, limit (disk full).
/// Cost: reads and writes the file once.
base::Result<void> copy_state(const std::string& from, const std::string& to);

/// The number of the newest migration that a state has had; 0 for a file without tables.
/// Errors: not_found, bad_input, corrupt, io.
base::Result<std::uint32_t> state_schema_stored(const std::string& path);
/// The number of the newest that this program knows.
std::uint32_t state_schema_known();

}  // namespace vedette::store
