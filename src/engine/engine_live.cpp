// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"
#include "engine/limits.h"
#include "engine/step.h"

namespace vedette::engine {

base::Result<LiveRead> Engine::read_live(journal::Offset next, int wait_ms,
                                         const std::function<void(const event::Batch&)>& look) {
    LiveRead out;
    out.next = next == 0 ? journal_->durable_end() + 1 : next;
    const journal::Offset first = journal_->first();
    if (out.next < first) {
        out.lost_records = first - out.next;
        out.next = first;
    }
    StepReader reader(*journal_, formats_, *pool_, workers_, lists_, config_.batch_rows);
    VD_TRY(auto step, reader.read(out.next, kStepBytesMax, wait_ms));
    if (step) {
        out.next = step->to + 1;
        for (StepItem& item : step->items) {
            auto* batch = std::get_if<std::unique_ptr<event::Batch>>(&item);
            if (batch == nullptr) continue;
            look(**batch);
            pool_->give_back(std::move(*batch));
        }
    }
    const journal::Offset end = journal_->durable_end();
    out.behind_records = end >= out.next ? end - out.next + 1 : 0;
    return out;
}

}  // namespace vedette::engine
