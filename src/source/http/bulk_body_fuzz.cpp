// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "source/http/bulk_body.h"
#include "source/http/ingest_body.h"

// Every piece must lie inside the body, in order, and cutting must be the same the second time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::source::http;
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto inside = [&](std::string_view part) {
        return part.empty() ||
               (part.data() >= body.data() && part.data() + part.size() <= body.data() + size);
    };
    if (const auto split = split_bulk(body, "default")) {
        const char* last = body.data();
        for (const BulkItem& item : split->items) {
            VD_CHECK(item.index < split->indices.size());
            VD_CHECK(inside(item.document));
            VD_CHECK(item.document.find('\n') == std::string_view::npos);
            if (item.document.empty()) continue;
            VD_CHECK(item.document.data() > last);
            last = item.document.data();
        }
    }
    if (const auto records = split_ingest(body, true)) {
        for (const std::string_view record : *records) VD_CHECK(!record.empty() && inside(record));
    }
    return 0;
}
