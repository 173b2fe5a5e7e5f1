// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::source::http {

enum class BulkAction : std::uint8_t { index, create, update, remove };

/// The word used in requests and answers ("delete" for remove).
std::string_view name(BulkAction action);

/// One action of a `_bulk` body.
struct BulkItem {
    BulkAction action = BulkAction::index;
    std::uint32_t index = 0;         ///< into BulkBody::indices
    std::string id = {};             ///< empty if the sender leaves the name to us
    std::string_view document = {};  ///< without line end; empty for remove.  Lives: in the body
};

struct BulkBody {
    std::vector<std::string> indices;  ///< different index names, as they first came
    std::vector<BulkItem> items;
};

/// Cuts a `_bulk` body into its items. Only action lines are read as JSON; documents are found by
/// their line ends and not looked at, because the decoder does that later and keeps what is
/// damaged.
///
/// Errors: bad_input with the line's number if an action line cannot be read, a document is missing
/// or the last line has no end (as Elasticsearch, which then takes nothing either); limit beyond
/// kBulkItemsMax.
/// Lives: documents borrow from `body`.   Cost: a memchr of the body and about 100 ns an item.
/// Source: Elasticsearch reference 8.17, "Bulk API"
base::Result<BulkBody> split_bulk(std::string_view body, std::string_view default_index);

/// What an action line says.
struct ActionLine {
    BulkAction action = BulkAction::index;
    bool has_index = false;
    std::string index = {};
    std::string id = {};
};

/// Reads one action line, e.g. {"index":{"_index":"logs","_id":"7"}}. Unknown members are passed
/// over. Errors: bad_input.
base::Result<ActionLine> read_action_line(std::string_view line);

}  // namespace vedette::source::http
