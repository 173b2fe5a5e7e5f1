// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "base/log.h"
#include "engine/engine.h"
#include "engine/inbox_again.h"
#include "engine/limits.h"
#include "store/state/state_reader.h"

namespace vedette::engine {

namespace {

using base::ErrorCode;
using base::Result;

/// The envelope that a record came in; nothing if the journal has let go of it.
std::optional<event::Envelope> envelope_at(journal::Journal& journal, journal::Offset offset) {
    auto records = journal.read(offset, 1, 0);
    if (!records || records->empty() || records->front().offset != offset) return std::nullopt;
    const auto head = event::decode_chunk_head(records->front().payload);
    if (!head) return std::nullopt;
    return head->envelope;
}

}  // namespace

Result<InboxAgain> Engine::read_inbox_again(const std::string& as, std::size_t limit) {
    parse::Registry formats = formats_;
    made_formats_.add_to(formats);
    if (!as.empty() && formats.find(as) == nullptr) {
        return base::fail(ErrorCode::bad_input, "there is no format '" + as + "'", {},
                          "leave it out to have the format recognised");
    }
    VD_TRY(auto state, store::StateReader::open(state_path()));
    VD_TRY(const auto rows, state.inbox("parse", limit));
    InboxAgain out;
    std::vector<InboxEntry> entries;
    for (const store::InboxRow& row : rows) {
        ++out.looked_at;
        if (row.raw_size_bytes > row.raw.size()) {
            ++out.cut;
            continue;
        }
        const auto original = envelope_at(*journal_, row.journal_offset);
        auto chunk = inbox_chunk(row, original ? &*original : nullptr, formats, workers_, as);
        if (!chunk) continue;
        if (!original) chunk->envelope.arrival = clock_.now();
        if (!sink_->seen(chunk->keys)[0]) {
            VD_TRY_DO(sink_->offer(std::move(*chunk), [](source::Acceptance) {}));
        }
        entries.emplace_back(row.journal_offset, row.row);
    }
    if (entries.empty()) return out;
    // Out of the inbox only what is on the disk; after a refusal the next call does the rest.
    auto durable = std::make_shared<std::promise<bool>>();
    auto is_durable = durable->get_future();
    sink_->when_durable([durable](source::Acceptance how) {
        durable->set_value(how == source::Acceptance::durable);
    });
    if (is_durable.wait_for(std::chrono::milliseconds(kControlTimeoutMs)) !=
            std::future_status::ready ||
        !is_durable.get()) {
        return base::fail(ErrorCode::io, "the journal does not take the records",
                          config_.data_folder, "the log says why; asking again does no harm");
    }
    VD_TRY_DO(append_and_wait(journal::RecordKind::control, inbox_control(entries)));
    out.fit = entries.size();
    base::log::info("inbox.read_again", {{"looked_at", out.looked_at}, {"fit", out.fit}});
    return out;
}

}  // namespace vedette::engine
