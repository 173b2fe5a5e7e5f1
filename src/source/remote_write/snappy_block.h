// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::source::remote_write {

/// Opens Snappy's block format. What it says that comes out is held against what can come out of so
/// few bytes, and against `size_max`, before there is memory for it.
/// Errors: bad_input if it is no such block or is cut off; limit beyond `size_max`.
/// Source: Snappy's format_description.txt
base::Result<std::string> opened_snappy(std::string_view block, std::size_t size_max);

}  // namespace vedette::source::remote_write
