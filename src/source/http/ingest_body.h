// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::source::http {

/// The records of a body sent to /ingest: the objects of a JSON array if it is one, else its lines
/// (empty ones are passed over; the last one needs no line end).
/// Errors: bad_input for an array that does not end or has something other than objects in it.
/// Lives: records borrow from `body`.
base::Result<std::vector<std::string_view>> split_ingest(std::string_view body, bool may_be_array);

/// Whether a body begins as an array of objects: "[" and "{", blanks aside. Lines of plain text
/// that begin with "[" do not.
bool is_array_of_objects(std::string_view body);

}  // namespace vedette::source::http
