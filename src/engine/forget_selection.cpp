// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "engine/chunk_records.h"
#include "engine/forget.h"
#include "engine/forgotten_rows.h"
#include "engine/limits.h"
#include "engine/retention.h"
#include "engine/word_search.h"
#include "rule/search/match.h"
#include "store/state/state_reader.h"

namespace vedette::engine {

using base::ErrorCode;
using base::Result;

Result<Forgetting::Selection> Forgetting::fitting(const PendingForget& pending) {
    Selection selection;
    VD_TRY(const auto holds, holds_before(pending.offset));
    if (parts_.store) {
        rule::search::SqlWriter writer;
        VD_TRY(std::string condition,
               event_condition(writer, query_of(pending), "", "", pending.at));
        condition += fmt::format(" AND offset < {}", pending.offset);
        VD_TRY(const std::string held, held_condition(writer, parts_.holds, holds));
        const auto values = writer.take_params();
        store::EventRemoval events = removal();
        VD_TRY(const auto rows, events.fitting({condition, values}, kForgetRowsMax + 1));
        if (rows.size() > kForgetRowsMax) {
            return base::fail(ErrorCode::limit, "more events fit than one deletion may take");
        }
        selection.rows.insert(rows.begin(), rows.end());
        if (!held.empty()) {
            VD_TRY(const auto kept,
                   events.fitting({condition + " AND (" + held + ")", values}, kForgetRowsMax));
            selection.held.insert(kept.begin(), kept.end());
        }
    }
    VD_TRY_DO(add_unstored(pending, holds, selection));
    return selection;
}

/// Where the journal has events that the store has not: the offsets that are looked at.
struct Forgetting::Unstored {
    std::set<journal::Offset> offsets;  ///< of what the store refused
    journal::Offset all_before = 0;     ///< and everything before this one
};

/// All of it where there is no store; else as far as retention has removed rows of which the
/// journal still has the records, and what was refused.
Result<Forgetting::Unstored> Forgetting::unstored(store::StateReader& state,
                                                  journal::Offset before) {
    Unstored unstored;
    VD_TRY(const auto refused, state.inbox_status("store"));
    if (!parts_.store || refused.dropped > 0) {
        unstored.all_before = before;
        return unstored;
    }
    VD_TRY(const auto rows, state.inbox("store", store::kStateReadRowsMax));
    for (const store::InboxRow& row : rows) {
        if (row.journal_offset < before) unstored.offsets.insert(row.journal_offset);
    }
    VD_TRY(const auto decisions, read_decisions(state));
    for (const DecidedCut& decided : cuts_up_to(decisions, before)) {
        unstored.all_before = std::max(unstored.all_before, decided.offset);
    }
    return unstored;
}

/// Events that are in the journal and not in the store.
Result<void> Forgetting::add_unstored(const PendingForget& pending, const std::vector<Hold>& holds,
                                      Selection& selection) {
    VD_TRY(auto state, store::StateReader::open(parts_.state_path));
    VD_TRY(const auto unreadable, state.inbox("journal", store::kStateReadRowsMax));
    for (const store::InboxRow& row : unreadable) {
        const bool has_name = !pending.user.empty() && contains_word(row.raw, pending.user);
        if (has_name && row.journal_offset < pending.offset) {
            selection.unreadable.insert(row.journal_offset);
        }
    }
    VD_TRY(const Unstored unstored, this->unstored(state, pending.offset));
    VD_TRY(const auto matcher, rule::search::make_matcher(query_of(pending), pending.at));
    std::vector<rule::search::Matcher> held;
    for (const Hold& hold : holds) {
        VD_TRY(const auto text, parts_.holds.find(hold.added.text_hash));
        if (!text) continue;
        VD_TRY(auto one, rule::search::make_matcher(text->query, hold.added.at));
        held.push_back(std::move(one));
    }
    ChunkDecoder decoder(parts_.formats, parts_.workers);
    const auto look = [&](const event::Batch& batch) {
        for (std::uint32_t i = 0; i < batch.row_count(); ++i) {
            if (!matcher.matches(batch, i)) continue;
            const store::RowId id{batch.rows()[i].id.offset, batch.rows()[i].id.row};
            selection.rows.insert(id);
            const bool is_held = std::any_of(
                held.begin(), held.end(), [&](const auto& one) { return one.matches(batch, i); });
            if (is_held) selection.held.insert(id);
        }
    };
    for (journal::Offset next = parts_.journal.first();;) {
        if (parts_.is_stopping()) return base::fail(ErrorCode::cancelled, "asked to stop");
        if (next >= unstored.all_before) {
            const auto further = unstored.offsets.lower_bound(next);
            if (further == unstored.offsets.end()) break;
            next = *further;
        }
        VD_TRY(auto records, parts_.journal.read(next, kStepBytesMax, 0));
        if (records.empty()) break;
        for (journal::Record& record : records) {
            next = record.offset + 1;
            const bool is_wanted =
                record.offset < unstored.all_before || unstored.offsets.contains(record.offset);
            if (record.kind != journal::RecordKind::chunk || !is_wanted) continue;
            auto decoded = event::decode_chunk(record.payload);
            if (!decoded) continue;
            decoder.decode(std::make_shared<const event::Chunk>(std::move(*decoded)), record.offset,
                           look);
        }
        if (selection.rows.size() > kForgetRowsMax) {
            return base::fail(ErrorCode::limit, "more events fit than one deletion may take");
        }
    }
    return {};
}

/// A record goes with all its events or stays with all of them.
Result<void> Forgetting::complete_records(Selection& selection) {
    std::set<journal::Offset> offsets;
    for (const store::RowId& id : selection.rows) offsets.insert(id.first);
    ChunkDecoder decoder(parts_.formats, parts_.workers);
    for (const journal::Offset offset : offsets) {
        if (parts_.is_stopping()) return base::fail(ErrorCode::cancelled, "asked to stop");
        if (offset < parts_.journal.first()) continue;
        VD_TRY(auto records, parts_.journal.read(offset, 1, 0));
        if (records.empty() || records.front().offset != offset) continue;
        auto decoded = event::decode_chunk(records.front().payload);
        if (!decoded) continue;
        const auto chunk = std::make_shared<const event::Chunk>(std::move(*decoded));
        for (const auto& [record, rows] : decoder.rows_of_records(chunk, offset)) {
            const auto is_in = [&](const std::set<store::RowId>& ids) {
                return std::any_of(rows.begin(), rows.end(), [&](std::uint32_t row) {
                    return ids.contains({offset, row});
                });
            };
            const bool is_held = is_in(selection.held);
            if (!is_held && !is_in(selection.rows)) continue;
            for (const std::uint32_t row : rows) {
                if (is_held) selection.held.emplace(offset, row);
                selection.rows.emplace(offset, row);
            }
        }
    }
    return {};
}

Result<void> Forgetting::select(PendingForget& pending) {
    VD_TRY(Selection selection, fitting(pending));
    VD_TRY_DO(complete_records(selection));
    pending.held = 0;
    for (const store::RowId& id : selection.held) pending.held += selection.rows.erase(id);
    ForgottenRows rows;
    rows.rows.assign(selection.rows.begin(), selection.rows.end());
    rows.unreadable.assign(selection.unreadable.begin(), selection.unreadable.end());
    VD_TRY_DO(parts_.files.replace(rows_path(parts_.data_folder), encode(rows)));
    pending.rows = rows.rows.size();
    return go_to(pending, ForgetStep::blank);
}

}  // namespace vedette::engine
