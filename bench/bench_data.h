// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/framing.h"
#include "event/record.h"

namespace vedette::bench {

/// A file's bytes, decompressed if they are compressed.
base::Result<std::string> read_data(const std::string& path);

/// Its records as chunks, cut as a source would cut them.
std::vector<std::shared_ptr<const event::Chunk>> chunks_of(std::string_view bytes,
                                                           const event::FormatDeclaration& format);

/// Model name of the processor, e.g. for `"machine":`.
std::string machine_name();
/// The commit the program is run in, or "unknown".
std::string commit_name();

}  // namespace vedette::bench
