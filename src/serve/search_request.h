// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/client.h"

namespace vedette::serve {

/// Answers the body of POST /api/search: {"query": text, "from": text, "to": text, "limit":
/// number}, all but the query optional. Gives JSON lines, newest first. Errors: bad_input for the
/// body or the query (with column and suggestion), unsupported where no store is kept, and those of
/// the store.
base::Result<std::string> search(const std::optional<store::ClientOptions>& store,
                                 std::string_view body);

}  // namespace vedette::serve
