// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/lookup_set.h"
#include "store/client.h"

namespace vedette::serve {

/// Answers the body of POST /api/search: {"query": text, "from": text, "to": text, "limit":
/// number}, all but the query optional; `lists` are those the query may name. Gives JSON lines,
/// newest first. Errors: bad_input for the body or the query (with column and suggestion),
/// unsupported where no store is kept, and those of the store.
base::Result<std::string> search(const std::optional<store::ClientOptions>& store,
                                 std::shared_ptr<const event::LookupSet> lists,
                                 std::string_view body);

}  // namespace vedette::serve
