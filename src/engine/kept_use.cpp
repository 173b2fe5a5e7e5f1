// SPDX-License-Identifier: Apache-2.0
#include "engine/kept_use.h"

#include <algorithm>

#include "engine/limits.h"
#include "event/record.h"

namespace vedette::engine {

base::Result<void> KeptUse::read_on(const std::function<bool()>& is_stopping) {
    for (;;) {
        if (is_stopping()) return base::fail(base::ErrorCode::cancelled, "asked to stop");
        next_ = std::max(next_, journal_.first());
        const auto records = journal_.read(next_, kStepBytesMax, 0);
        if (!records) {
            // Let go of since we asked where the journal begins.
            if (next_ < journal_.first()) continue;
            return tl::unexpected(records.error());
        }
        if (records->empty()) return {};
        for (const journal::Record& record : *records) {
            if (record.kind != journal::RecordKind::chunk) continue;
            const auto head = event::decode_chunk_head(record.payload);
            if (!head) continue;  // names nothing that anybody could read
            formats_[head->envelope.format] = record.offset;
            if (!head->envelope.enrichment.empty()) {
                list_sets_[head->envelope.enrichment] = record.offset;
            }
        }
        next_ = records->back().offset + 1;
    }
}

std::set<std::string> KeptUse::still_named(const LastNamed& names) const {
    const journal::Offset first = journal_.first();
    std::set<std::string> out;
    for (const auto& [name, last] : names) {
        if (last >= first) out.insert(name);
    }
    return out;
}

}  // namespace vedette::engine
