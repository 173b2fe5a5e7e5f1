// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/http/bulk_body.h"

namespace vedette::source::http {

/// What is said of one item.
enum class ItemFate : std::uint8_t {
    created,      ///< durable
    repeated,     ///< its `_id` was there already: nothing to do
    rejected,     ///< no room, or the journal failed: send it again
    unsupported,  ///< update and delete: events are not changed
    denied,       ///< the token may not write into this index
    no_index,     ///< no or an impossible index name
    bad_id,       ///< longer than kIdBytesMax
    empty_document,
    large_document,  ///< longer than kDocumentBytesMax
};

/// Whether the item counts as an error (status of 400 or more).
bool is_error(ItemFate fate);

/// How much is told of each item: everything, or as with the `filter_path` that shippers send to
/// save bandwidth: errors, status and error only.
enum class AnswerStyle { full, compact };
AnswerStyle style_for_filter_path(std::string_view filter_path);

/// The body of the answer to a `_bulk`, items in the order of the request.
/// Source: Elasticsearch reference 8.17, "Bulk API", response body
std::string bulk_answer(const BulkBody& body, const std::vector<ItemFate>& fates, AnswerStyle style,
                        std::int64_t took_ms);

/// A name for a document whose sender gave none; different for every call in this process.
std::string new_document_id();

}  // namespace vedette::source::http
