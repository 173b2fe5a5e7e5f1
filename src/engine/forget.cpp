// SPDX-License-Identifier: Apache-2.0
#include "engine/forget.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "base/hash.h"
#include "base/log.h"
#include "base/sha256.h"
#include "engine/chunk_records.h"
#include "engine/forgotten_rows.h"
#include "engine/limits.h"
#include "engine/retention.h"
#include "engine/upgrade/snapshot.h"
#include "engine/word_search.h"
#include "event/blank_record.h"
#include "event/schema.h"

namespace vedette::engine {

namespace {

namespace log = base::log;
using base::ErrorCode;
using base::Result;
using rule::search::Node;

std::string escaped_for_regex(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = byte >= 0x80 || c == '_' || (c >= '0' && c <= '9') ||
                              (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_plain) out += '\\';
        out += c;
    }
    return out;
}

std::string random_hex() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

/// The value of the record, which only tells whether it was this one.
std::string value_hash(const PendingForget& pending) {
    return base::sha256_hex(pending.id + '\n' + pending.user + '\n' + pending.query);
}

Result<PendingForget> checked(const ForgetRequest& request) {
    if (request.user.empty() == request.query.empty()) {
        return base::fail(ErrorCode::bad_input, "name a person or a query, one of both");
    }
    constexpr std::size_t kNameBytesMin = 2;
    if (!request.user.empty() && request.user.size() < kNameBytesMin) {
        return base::fail(ErrorCode::bad_input, "the name is too short to be looked for", {},
                          "give a query");
    }
    PendingForget pending;
    pending.user = request.user;
    pending.query = request.query;
    pending.reason = request.reason;
    pending.by = request.by;
    return pending;
}

}  // namespace

std::string query_of_user(std::string_view user) {
    const std::string pattern =
        "(^|[^\\p{L}\\p{N}_])" + escaped_for_regex(user) + "([^\\p{L}\\p{N}_]|$)";
    Node any{Node::Kind::any_of, {}, {}};
    const auto add = [&](std::string_view field) {
        rule::search::Test test;
        test.kind = rule::search::Test::Kind::regex;
        test.field = field;
        test.value.text = pattern;
        any.children.push_back({Node::Kind::test, {}, test});
    };
    add("raw");
    add("origin");
    for (const event::SchemaField& field : event::schema_fields()) {
        const bool is_text =
            field.type == event::StoreType::keyword || field.type == event::StoreType::text;
        if (is_text) add(field.name);
    }
    return rule::search::print(any);
}

std::string query_of(const PendingForget& pending) {
    return pending.user.empty() ? pending.query : query_of_user(pending.user);
}

store::EventRemoval Forgetting::removal() const {
    return {parts_.store.value(), parts_.is_stopping};
}

Result<std::vector<Hold>> Forgetting::holds_before(journal::Offset offset) {
    VD_TRY(auto state, store::StateReader::open(parts_.state_path));
    VD_TRY(const auto decisions, read_decisions(state));
    return holds_at(decisions, offset);
}

Result<ForgetPreview> Forgetting::preview(const ForgetRequest& request) {
    VD_TRY(const PendingForget pending, checked(request));
    if (!parts_.store) {
        return base::fail(ErrorCode::unsupported, "this server keeps no store to look into", {},
                          "set store.enabled: true");
    }
    ForgetPreview preview;
    preview.query = query_of(pending);
    rule::search::SqlWriter writer;
    store::RowCondition which;
    VD_TRY(which.sql, event_condition(writer, preview.query, "", "", parts_.clock.now()));
    VD_TRY(const auto holds, holds_before(UINT64_MAX));
    VD_TRY(const std::string held, held_condition(writer, parts_.holds, holds));
    which.values = writer.take_params();
    store::EventRemoval events = removal();
    VD_TRY(preview.rows, events.rows_by_data_set(which));
    if (!held.empty()) {
        VD_TRY(preview.held, events.count({which.sql + " AND (" + held + ")", which.values}));
    }
    VD_TRY(preview.samples, events.samples(which, kForgetSamplesMax, kForgetSampleBytesMax));
    VD_TRY(preview.snapshots, upgrade::snapshot_names(parts_.files, parts_.data_folder));
    return preview;
}

Result<std::optional<PendingForget>> Forgetting::pending() {
    const std::lock_guard lock(mutex_);
    const auto size = parts_.files.size_bytes(path());
    if (!size) return std::optional<PendingForget>();
    VD_TRY(const std::string bytes, parts_.files.read(path(), 0, kPendingForgetBytesMax));
    VD_TRY(PendingForget read, decode_pending_forget(bytes));
    return std::optional<PendingForget>(std::move(read));
}

Result<void> Forgetting::write(const PendingForget& pending) {
    const std::string bytes = encode(pending);
    if (bytes.size() > kPendingForgetBytesMax) {
        return base::fail(ErrorCode::limit, "query and reason are too long");
    }
    const std::lock_guard lock(mutex_);
    return parts_.files.replace(path(), bytes);
}

Result<void> Forgetting::go_to(PendingForget& pending, ForgetStep step) {
    pending.step = step;
    log::info("forget.step", {{"id", pending.id}, {"step", name(step)}});
    return write(pending);
}

Result<std::string> Forgetting::begin(const ForgetRequest& request) {
    VD_TRY(PendingForget pending, checked(request));
    const std::string looked_for = pending.user.empty() ? pending.query : pending.user;
    if (pending.reason.empty() || pending.reason.size() > kDecisionTextBytesMax) {
        return base::fail(ErrorCode::bad_input, "a deletion needs a reason", {},
                          "it is kept for ever, so it must not name the person");
    }
    if (pending.reason.find(looked_for) != std::string::npos) {
        return base::fail(ErrorCode::bad_input, "the reason quotes what is to be forgotten", {},
                          "it is kept for ever: name a case number instead");
    }
    rule::search::SqlWriter writer;
    VD_TRY_DO(event_condition(writer, query_of(pending), "", "", parts_.clock.now()));
    VD_TRY(const auto other, this->pending());
    if (other) {
        return base::fail(ErrorCode::unavailable, "another deletion still goes on: " + other->id,
                          {}, "`vedette forget status` tells how far it is");
    }
    VD_TRY_DO(check_size(request));
    pending.id = random_hex();
    pending.at = parts_.clock.now();
    VD_TRY_DO(write(pending));
    VD_TRY_DO(resume());
    return pending.id;
}

/// Once it is journalled it is tried until it is done, so what can be told before is told before.
Result<void> Forgetting::check_size(const ForgetRequest& request) {
    if (!parts_.store) return {};
    const auto preview = this->preview(request);
    if (!preview) return {};  // a store that is away does not keep anybody from asking
    std::uint64_t rows = 0;
    for (const auto& [data_set, count] : preview->rows) rows += count;
    if (rows <= kForgetRowsMax) return {};
    return base::fail(
        ErrorCode::limit, fmt::format("{} events fit", rows), {},
        fmt::format("one deletion takes at most {}: ask for several, by queries", kForgetRowsMax));
}

Result<void> Forgetting::resume() {
    VD_TRY(auto pending, this->pending());
    if (!pending || pending->step != ForgetStep::journal_it) return {};
    const ForgetDecision decision{pending->id, value_hash(*pending), pending->reason, pending->by,
                                  pending->at};
    VD_TRY(pending->offset, parts_.decide(encode(decision)));
    // The record may be met before this is written: carry_out() finds its offset itself.
    return go_to(*pending, ForgetStep::select);
}

Result<bool> Forgetting::carry_out(const DecisionAt& decision) {
    const auto& wanted = std::get<ForgetDecision>(decision.decision);
    VD_TRY(auto pending, this->pending());
    if (!pending || pending->id != wanted.id) return true;  // done before, or elsewhere
    if (pending->step == ForgetStep::journal_it) return false;
    if (pending->offset != decision.offset) return true;  // journalled twice: the last one counts
    if (parts_.pipeline.applied() < decision.offset && pending->step < ForgetStep::clear_state) {
        return false;
    }
    VD_TRY_DO(drop_snapshots(*pending));
    while (true) {
        if (parts_.is_stopping()) return base::fail(ErrorCode::cancelled, "asked to stop");
        switch (pending->step) {
            case ForgetStep::journal_it: return false;
            case ForgetStep::select: VD_TRY_DO(select(*pending)); break;
            case ForgetStep::blank: VD_TRY_DO(blank(*pending)); break;
            case ForgetStep::clear_store: VD_TRY_DO(clear_store(*pending)); break;
            case ForgetStep::clear_state: VD_TRY_DO(clear_state(*pending)); break;
            case ForgetStep::finish: VD_TRY_DO(finish(*pending)); return true;
        }
    }
}

/// Their names are written down before they go, so that the record at the end has them all.
Result<void> Forgetting::drop_snapshots(PendingForget& pending) {
    VD_TRY(const auto names, upgrade::snapshot_names(parts_.files, parts_.data_folder));
    if (names.empty()) return {};
    for (const std::string& name : names) {
        const bool is_known = std::find(pending.snapshots.begin(), pending.snapshots.end(), name) !=
                              pending.snapshots.end();
        if (!is_known && pending.snapshots.size() < kRemainsMax) pending.snapshots.push_back(name);
    }
    VD_TRY_DO(write(pending));
    for (const std::string& name : names) {
        VD_TRY_DO(upgrade::remove_snapshot(parts_.data_folder, name));
        log::warn("forget.snapshot_removed",
                  {{"id", pending.id},
                   {"snapshot", name},
                   {"what_now", "there is no way back to before that upgrade"}});
    }
    return parts_.files.sync_folder(parts_.data_folder + "/" +
                                    std::string(upgrade::kSnapshotsFolder));
}

Result<void> Forgetting::blank(PendingForget& pending) {
    VD_TRY(const ForgottenRows forgotten, read_rows());
    std::map<journal::Offset, std::set<std::uint32_t>> rows_at;
    for (const auto& [offset, row] : forgotten.rows) rows_at[offset].insert(row);
    std::set<journal::Offset> offsets(forgotten.unreadable.begin(), forgotten.unreadable.end());
    const std::set<journal::Offset> unreadable = offsets;
    for (const auto& [offset, rows] : rows_at) offsets.insert(offset);
    std::uint64_t records = 0;
    std::vector<std::string> keys;
    ChunkDecoder decoder(parts_.formats, parts_.workers);
    const auto change = [&](journal::Offset offset,
                            std::string_view payload) -> Result<std::optional<std::string>> {
        if (parts_.is_stopping()) return base::fail(ErrorCode::cancelled, "asked to stop");
        std::string bytes(payload);
        auto decoded = event::decode_chunk(bytes);
        if (!decoded) {
            if (!unreadable.contains(offset)) return std::optional<std::string>();
            records += 1;
            return std::optional<std::string>(event::encode(event::Chunk()));
        }
        const auto chunk = std::make_shared<const event::Chunk>(std::move(*decoded));
        std::map<std::size_t, std::uint32_t> blanks;
        for (const auto& [record, rows] : decoder.rows_of_records(chunk, offset)) {
            const auto& wanted = rows_at[offset];
            const bool goes = std::any_of(rows.begin(), rows.end(),
                                          [&](std::uint32_t row) { return wanted.contains(row); });
            if (!goes) continue;
            blanks[record] = static_cast<std::uint32_t>(rows.size());
            if (!chunk->keys.empty()) keys.push_back(chunk->keys[record]);
        }
        if (blanks.empty()) return std::optional<std::string>();
        records += blanks.size();
        return std::optional<std::string>(event::encode(event::with_blank_records(*chunk, blanks)));
    };
    VD_TRY_DO(parts_.journal.rewrite(offsets, change));
    VD_TRY_DO(parts_.journal.remove_torn());
    parts_.sink.forget(keys);
    pending.records += records;
    return go_to(pending, ForgetStep::clear_store);
}

Result<void> Forgetting::clear_store(PendingForget& pending) {
    if (parts_.store) {
        VD_TRY(const ForgottenRows forgotten, read_rows());
        store::EventRemoval events = removal();
        VD_TRY_DO(events.put_ids(forgotten.rows));
        const store::RowCondition which = store::EventRemoval::in_ids();
        VD_TRY(const auto days, events.days(which));
        for (const auto& [day, count] : days) VD_TRY_DO(events.remove(day, which, nullptr));
        VD_TRY_DO(events.purge(parts_.data_folder));
        VD_TRY(const std::uint64_t left, events.count(which));
        if (left > 0) {
            return base::fail(ErrorCode::io, fmt::format("{} events are still stored", left));
        }
        VD_TRY_DO(events.remove_ids());
    }
    return go_to(pending, ForgetStep::clear_state);
}

/// Of findings that judging again does not make: those about records the journal no longer has.
Result<void> Forgetting::remove_old_findings(const std::set<store::RowId>& rows,
                                             store::StateTransaction& transaction) {
    if (parts_.journal.first() <= 1) return {};
    VD_TRY(auto state, store::StateReader::open(parts_.state_path));
    store::FindingFilter filter;
    filter.limit = store::kStateReadRowsMax;
    for (;;) {
        VD_TRY(const auto findings, state.findings(filter));
        if (findings.empty()) return {};
        for (const cases::Finding& finding : findings) {
            const bool is_about = std::any_of(finding.events.begin(), finding.events.end(),
                                              [&](const event::EventId& id) {
                                                  return rows.contains({id.offset, id.row});
                                              });
            if (is_about) VD_TRY_DO(transaction.remove_finding(finding.id));
        }
        filter.after = std::pair(findings.back().first_seen, findings.back().id);
    }
}

Result<void> Forgetting::clear_state(PendingForget& pending) {
    VD_TRY(const ForgottenRows forgotten, read_rows());
    const std::set<store::RowId> rows(forgotten.rows.begin(), forgotten.rows.end());
    VD_TRY_DO(parts_.pipeline.on_state([&](store::StateStore& store) -> Result<void> {
        {
            VD_TRY(auto transaction, store.begin());
            VD_TRY_DO(remove_old_findings(rows, transaction));
            for (const auto& [offset, row] : rows) {
                VD_TRY_DO(transaction.remove_inbox("store", offset, row));
            }
            VD_TRY_DO(transaction.commit());
        }
        parts_.journal.keep_from(parts_.journal.first());
        return parts_.pipeline.judge_again();
    }));
    while (parts_.pipeline.applied() < pending.offset) {
        if (parts_.is_stopping()) return base::fail(ErrorCode::cancelled, "asked to stop");
        std::this_thread::sleep_for(std::chrono::milliseconds(kRetentionLookMs));
    }
    VD_TRY_DO(parts_.pipeline.on_state([](store::StateStore& store) { return store.compact(); }));
    return go_to(pending, ForgetStep::finish);
}

Result<void> Forgetting::finish(PendingForget& pending) {
    VD_TRY(auto state, store::StateReader::open(parts_.state_path));
    VD_TRY(const auto decisions, read_decisions(state));
    ForgottenDecision done{pending.id,       parts_.clock.now(), pending.rows,
                           pending.records,  pending.held,       {},
                           pending.snapshots};
    bool is_told = false;
    for (const DecisionAt& at : decisions) {
        const auto* told = std::get_if<ForgottenDecision>(&at.decision);
        is_told = is_told || (told != nullptr && told->id == pending.id);
    }
    if (!is_told) {
        for (const Hold& hold : holds_of(decisions)) {
            if (hold.released_at == 0 || pending.user.empty()) continue;
            VD_TRY(const auto text, parts_.holds.find(hold.added.text_hash));
            if (text && contains_word(encode(*text), pending.user)) {
                VD_TRY_DO(parts_.holds.remove(hold.added.text_hash));
            }
        }
        if (!pending.user.empty()) {
            VD_TRY(done.remains,
                   files_with_word(parts_.data_folder, pending.user, parts_.is_stopping));
            std::erase(done.remains, "forget.json");  // goes in a moment
            if (done.remains.size() > kRemainsMax) done.remains.resize(kRemainsMax);
        }
        VD_TRY_DO(parts_.decide(encode(done)));
    }
    if (parts_.files.size_bytes(rows_path(parts_.data_folder))) {
        VD_TRY_DO(parts_.files.remove(rows_path(parts_.data_folder)));
    }
    const std::lock_guard lock(mutex_);
    VD_TRY_DO(parts_.files.remove(path()));
    VD_TRY_DO(parts_.files.sync_folder(parts_.data_folder));
    log::info("forget.done", {{"id", pending.id},
                              {"events", pending.rows},
                              {"records", pending.records},
                              {"held", pending.held},
                              {"files_that_still_have_it", done.remains.size()}});
    return {};
}

Result<ForgottenRows> Forgetting::read_rows() {
    VD_TRY(const std::string bytes,
           base::read_file(rows_path(parts_.data_folder), kForgottenRowsBytesMax));
    return decode_forgotten_rows(bytes);
}

Result<ForgetStatus> Forgetting::status() {
    ForgetStatus status;
    VD_TRY(status.pending, pending());
    VD_TRY(auto state, store::StateReader::open(parts_.state_path));
    VD_TRY(const auto decisions, read_decisions(state));
    for (const DecisionAt& at : decisions) {
        if (const auto* asked = std::get_if<ForgetDecision>(&at.decision)) {
            status.all.emplace_back(*asked, std::nullopt);
        }
        const auto* done = std::get_if<ForgottenDecision>(&at.decision);
        if (done == nullptr) continue;
        for (auto& [asked, answer] : status.all) {
            if (asked.id == done->id) answer = *done;
        }
    }
    return status;
}

}  // namespace vedette::engine
