// SPDX-License-Identifier: Apache-2.0
#include "engine/retention.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "base/thread_priority.h"
#include "engine/limits.h"

namespace vedette::engine {

namespace {

namespace log = base::log;
using base::ErrorCode;
using base::Result;

/// Whether `later` takes everything that `earlier` takes.
bool covers(const DecidedCut& later, const DecidedCut& earlier) {
    return later.cut.data_set == earlier.cut.data_set && later.offset >= earlier.offset &&
           later.cut.before_day >= earlier.cut.before_day &&
           later.cut.before_offset >= earlier.cut.before_offset;
}

/// Offset before which everything arrived longer than `days` ago; 0: nothing, or for ever.
Result<std::uint64_t> offset_of_age(store::StateReader& state, std::int32_t today,
                                    std::uint32_t days) {
    if (days == 0) return 0;
    VD_TRY(const auto offset, state.first_offset_of_day(today - static_cast<std::int32_t>(days)));
    // Where nothing came since that day, what came last is kept until something does.
    return offset ? *offset : std::uint64_t{0};
}

}  // namespace

Result<std::vector<DecisionAt>> read_decisions(store::StateReader& state) {
    std::vector<DecisionAt> out;
    for (std::uint64_t after = 0;;) {
        VD_TRY(const auto rows, state.decisions(after));
        if (rows.empty()) return out;
        for (const store::DecisionRow& row : rows) {
            auto decision = decode_decision(row.payload);
            if (!decision || !*decision) {
                log::error("retention.decision_unreadable", {{"offset", row.journal_offset}});
                continue;
            }
            out.push_back({row.journal_offset, std::move(**decision)});
        }
        after = rows.back().journal_offset;
    }
}

std::vector<DecidedCut> cuts_up_to(const std::vector<DecisionAt>& decisions,
                                   journal::Offset offset) {
    std::vector<DecidedCut> cuts;
    for (const DecisionAt& at : decisions) {
        const auto* pass = std::get_if<RetentionDecision>(&at.decision);
        if (pass == nullptr || at.offset > offset) continue;
        for (const Cut& cut : pass->cuts) {
            const DecidedCut decided{cut, at.offset};
            std::erase_if(cuts,
                          [&](const DecidedCut& earlier) { return covers(decided, earlier); });
            cuts.push_back(decided);
        }
    }
    return cuts;
}

store::RowCondition cut_condition(const std::vector<DecidedCut>& cuts) {
    // Data sets that share their bounds share a term.
    std::map<std::tuple<journal::Offset, std::int32_t, std::uint64_t>, std::string> sets;
    for (const DecidedCut& decided : cuts) {
        std::string& list =
            sets[{decided.offset, decided.cut.before_day, decided.cut.before_offset}];
        list += list.empty() ? "['" : ",'";
        for (const char c : decided.cut.data_set) {
            if (c == '\'' || c == '\\') list += '\\';
            list += c;
        }
        list += '\'';
    }
    store::RowCondition condition;
    for (const auto& [bounds, list] : sets) {
        const auto& [decided_at, before_day, before_offset] = bounds;
        const std::string name = fmt::format("c{}", condition.values.size());
        condition.values.emplace_back(name, list + "]");
        condition.sql += fmt::format(
            "{}(dataset IN {{{}:Array(String)}} AND offset < {} AND (arrival_day < toDate({}) OR "
            "offset < {}))",
            condition.sql.empty() ? "" : " OR ", name, decided_at,
            std::max<std::int32_t>(before_day, 0), before_offset);
    }
    if (condition.sql.empty()) condition.sql = "0";
    return condition;
}

Retention::Retention(RetentionParts parts)
    : parts_(std::move(parts)),
      removed_rows_(parts_.counters.number("vedette_retention_removed_rows_total")) {}

Retention::~Retention() { stop(); }

void Retention::start(bool decides) {
    thread_ = std::thread([this, decides] {
        base::stand_behind_senders();
        run(decides);
    });
}

void Retention::ask_to_stop() {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    wakes_.notify_all();
}

void Retention::stop() {
    ask_to_stop();
    if (thread_.joinable()) thread_.join();
}

void Retention::wake() {
    const std::lock_guard lock(mutex_);
    wakes_.notify_all();
}

store::EventRemoval Retention::removal() const {
    return {parts_.store.value(), [this] { return is_stopping_.load(); }};
}

void Retention::run(bool decides) {
    using Steady = std::chrono::steady_clock;
    const auto begin = Steady::now();
    auto next_pass = begin + std::chrono::milliseconds(kFirstPassMs);
    const auto period = std::chrono::minutes(parts_.config.check_minutes);
    while (!is_stopping_) {
        const auto carried_out = carry_out_due();
        {
            std::unique_lock lock(mutex_);
            if (!carried_out && trouble_ != carried_out.error().message() && !is_stopping_) {
                log::error("retention.waits", {{"why", carried_out.error().message()}});
            }
            trouble_ = carried_out ? "" : carried_out.error().message();
            const int pause_ms = carried_out ? kRetentionLookMs : kRetentionRetryMs;
            wakes_.wait_for(lock, std::chrono::milliseconds(pause_ms),
                            [&] { return is_stopping_.load(); });
        }
        if (!decides || is_stopping_ || Steady::now() < next_pass) continue;
        next_pass = Steady::now() + period;
        const bool is_patient =
            Steady::now() - begin < std::chrono::milliseconds(kClockLeapPatienceMs);
        if (is_patient && has_clock_leapt()) continue;
        if (const auto decided = run_now(); !decided) {
            log::warn("retention.no_pass", {{"why", decided.error().message()}});
        }
    }
}

bool Retention::has_clock_leapt() {
    auto state = store::StateReader::open(parts_.state_path);
    if (!state) return true;
    const auto newest = state->newest_arrival_day();
    if (!newest || !*newest) return false;
    const bool has_leapt = parts_.clock.now().day() - **newest > kClockLeapDays;
    if (has_leapt) {
        log::warn("retention.clock_has_leapt",
                  {{"days", parts_.clock.now().day() - **newest},
                   {"what_now",
                    "nothing is removed within the first hour; `vedette retention run` "
                    "removes at once"}});
    }
    return has_leapt;
}

/// A server or store that died in the middle of a purge is not remembered anywhere but in the
/// table.
Result<void> Retention::end_killed_purge() {
    if (is_purge_ended_ || !parts_.store) return {};
    VD_TRY(const bool was_killed, removal().end_purge());
    if (was_killed) log::warn("retention.ended_a_purge_that_was_killed", {});
    is_purge_ended_ = true;
    return {};
}

Result<bool> Retention::carry_out_due() {
    VD_TRY_DO(end_killed_purge());
    if (parts_.pipeline.last_decision() <= carried_out_to_) return true;
    VD_TRY(auto state, store::StateReader::open(parts_.state_path));
    VD_TRY(const std::uint64_t done_to, state.applied(kRemovalsView));
    carried_out_to_ = std::max(done_to, carried_out_to_.load());
    VD_TRY(const auto all, read_decisions(state));
    for (const DecisionAt& decision : all) {
        if (decision.offset <= carried_out_to_) continue;
        VD_TRY(const bool is_done, carry_out(state, all, decision));
        if (!is_done) return false;
        const journal::Offset offset = decision.offset;
        VD_TRY_DO(parts_.pipeline.on_state([offset](store::StateStore& store) -> Result<void> {
            VD_TRY(auto transaction, store.begin());
            VD_TRY_DO(transaction.set_applied(kRemovalsView, offset));
            return transaction.commit();
        }));
        carried_out_to_ = offset;
    }
    return true;
}

Result<bool> Retention::carry_out(store::StateReader& state, const std::vector<DecisionAt>& all,
                                  const DecisionAt& decision) {
    // The writer's mark is past the record, and written down: it will not look for these rows.
    if (parts_.store) {
        VD_TRY(const std::uint64_t stored, state.applied(kStoreView));
        if (stored < decision.offset) return false;
    }
    if (std::holds_alternative<ForgetDecision>(decision.decision)) return parts_.forget(decision);
    if (!parts_.store) return true;
    const auto holds = holds_at(all, decision.offset);
    if (std::holds_alternative<RetentionDecision>(decision.decision)) {
        std::vector<DecidedCut> cuts;
        for (const Cut& cut : std::get<RetentionDecision>(decision.decision).cuts) {
            cuts.push_back({cut, decision.offset});
        }
        VD_TRY_DO(remove_cuts(cuts, holds));
    } else if (std::holds_alternative<ReleaseDecision>(decision.decision)) {
        VD_TRY_DO(remove_cuts(cuts_up_to(all, decision.offset), holds));
    }
    return true;
}

Result<void> Retention::remove_cuts(const std::vector<DecidedCut>& cuts,
                                    const std::vector<Hold>& holds) {
    if (cuts.empty()) return {};
    rule::search::SqlWriter writer;
    store::RowCondition kept;
    VD_TRY(kept.sql, held_condition(writer, parts_.holds, holds));
    kept.values = writer.take_params();
    store::EventRemoval events = removal();
    const store::RowCondition which = cut_condition(cuts);
    VD_TRY(const auto days, events.days(which));
    for (const auto& [day, count] : days) {
        VD_TRY(const auto removed, events.remove(day, which, kept.sql.empty() ? nullptr : &kept));
        removed_rows_ += removed.rows;
        log::info("retention.removed",
                  {{"day", day}, {"rows", removed.rows}, {"held", removed.kept}});
    }
    return {};
}

/// Days whose rows are as many as before are not read again; the day that runs always has more.
Result<std::vector<StoredDay>> Retention::stored_days() {
    std::vector<StoredDay> out;
    if (!parts_.store) return out;
    const std::lock_guard lock(sizes_mutex_);
    store::EventRemoval events = removal();
    VD_TRY(const auto on_disk, events.on_disk());
    std::erase_if(sizes_, [&](const auto& entry) { return !on_disk.contains(entry.first); });
    for (const auto& [day, disk] : on_disk) {
        DayCache& cached = sizes_[day];
        if (cached.rows != disk.rows || cached.sets.empty()) {
            VD_TRY(cached.sets, events.rows_of_day(day));
            cached.rows = disk.rows;
        }
        std::uint64_t raw = 0;
        for (const store::DayRows& set : cached.sets) raw += set.raw_bytes;
        for (const store::DayRows& set : cached.sets) {
            const double share =
                raw == 0 ? 1.0 / static_cast<double>(cached.sets.size())
                         : static_cast<double>(set.raw_bytes) / static_cast<double>(raw);
            out.push_back({set.data_set, day, set.rows,
                           static_cast<std::uint64_t>(static_cast<double>(disk.bytes) * share),
                           set.last_offset});
        }
    }
    return out;
}

/// A cut by offset takes whole chunks, so what goes is counted once the offset is known.
Result<void> Retention::resolve_partial(const RetentionPlan& plan, std::vector<Cut>& cuts) {
    for (const PartialCut& partial : plan.partial) {
        store::EventRemoval events = removal();
        VD_TRY(const std::uint64_t before,
               events.offset_behind(partial.day, partial.data_sets, partial.rows));
        if (before == 0) continue;
        std::vector<DecidedCut> tried;
        for (const std::string& set : partial.data_sets) {
            tried.push_back({{set, 0, before, 0, 0}, before});
        }
        store::RowCondition which = cut_condition(tried);
        which.sql = fmt::format("arrival_day = toDate({}) AND ({})", partial.day, which.sql);
        VD_TRY(const auto rows, events.rows_by_data_set(which));
        for (const auto& [set, count] : rows) {
            auto cut = std::find_if(cuts.begin(), cuts.end(),
                                    [&](const Cut& one) { return one.data_set == set; });
            if (cut == cuts.end()) cut = cuts.insert(cuts.end(), Cut{set, 0, 0, 0, 0});
            cut->before_offset = std::max(cut->before_offset, before);
            cut->rows += count;
            cut->bytes += partial.rows == 0 ? 0 : partial.bytes * count / partial.rows;
        }
    }
    return {};
}

Result<std::pair<RetentionDecision, RetentionPreview>> Retention::draft() {
    VD_TRY(auto state, store::StateReader::open(parts_.state_path));
    VD_TRY(const auto decisions, read_decisions(state));
    VD_TRY(const auto stored, stored_days());
    std::pair<RetentionDecision, RetentionPreview> out;
    auto& [decision, preview] = out;
    decision.at = parts_.clock.now();
    const std::int32_t today = decision.at.day();
    preview.plan = plan_retention(parts_.config, stored, cuts_up_to(decisions, UINT64_MAX), today);
    decision.cuts = preview.plan.cuts;
    VD_TRY_DO(resolve_partial(preview.plan, decision.cuts));
    if (decision.cuts.size() > kCutsMax) decision.cuts.resize(kCutsMax);
    VD_TRY(const auto findings_before, offset_of_age(state, today, parts_.config.findings_days));
    VD_TRY(preview.findings, state.finding_count_before(findings_before));
    if (preview.findings > 0) decision.findings_before = findings_before;
    VD_TRY(const auto inbox_before, offset_of_age(state, today, parts_.config.inbox_days));
    VD_TRY(preview.inbox, state.inbox_count_before(inbox_before));
    if (preview.inbox > 0) decision.inbox_before = inbox_before;
    return out;
}

Result<RetentionPreview> Retention::preview() {
    VD_TRY(auto drafted, draft());
    return std::move(drafted.second);
}

Result<std::optional<journal::Offset>> Retention::run_now() {
    parts_.remove_unused();
    VD_TRY(const auto drafted, draft());
    const RetentionDecision& decision = drafted.first;
    if (decision.cuts.empty() && decision.findings_before == 0 && decision.inbox_before == 0) {
        return std::optional<journal::Offset>();
    }
    VD_TRY(const journal::Offset offset, parts_.decide(encode(decision)));
    for (const Cut& cut : decision.cuts) {
        log::info("retention.decided", {{"data_set", cut.data_set},
                                        {"before_day", cut.before_day},
                                        {"before_offset", cut.before_offset},
                                        {"rows", cut.rows},
                                        {"bytes", cut.bytes},
                                        {"offset", offset}});
    }
    return std::optional<journal::Offset>(offset);
}

Result<RetentionStatus> Retention::status() {
    VD_TRY(auto state, store::StateReader::open(parts_.state_path));
    VD_TRY(const auto decisions, read_decisions(state));
    RetentionStatus status;
    for (const DecisionAt& at : decisions) {
        const auto* pass = std::get_if<RetentionDecision>(&at.decision);
        if (pass == nullptr) continue;
        status.decided += 1;
        status.last_at = pass->at;
        for (const Cut& cut : pass->cuts) {
            status.rows += cut.rows;
            status.bytes += cut.bytes;
        }
    }
    status.holds = holds_at(decisions, UINT64_MAX).size();
    status.decided_to = parts_.pipeline.last_decision();
    status.carried_out_to = carried_out_to_;
    {
        const std::lock_guard lock(mutex_);
        status.trouble = trouble_;
    }
    ForecastInput input;
    const base::Timestamp now = parts_.clock.now();
    input.today = now.day();
    input.hours_of_today = static_cast<double>(now.unix_ns - input.today * base::kNsPerDay) /
                           (3'600.0 * static_cast<double>(base::kNsPerSecond));
    VD_TRY(input.stored, stored_days());
    status.held_rows =
        plan_retention(parts_.config, input.stored, cuts_up_to(decisions, UINT64_MAX), input.today)
            .held_rows;
    struct statvfs disk {};
    if (::statvfs(parts_.data_folder.c_str(), &disk) == 0) {
        status.disk_free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
        status.disk_bytes = std::uint64_t{disk.f_blocks} * disk.f_frsize;
    }
    input.disk_free_bytes = status.disk_free_bytes;
    input.journal_bytes = parts_.journal.size_bytes();
    input.journal_quota_bytes = parts_.journal.quota_bytes();
    VD_TRY(const auto newest, state.newest_arrival_day());
    VD_TRY(const auto oldest_kept,
           state.day_of_offset(std::max<journal::Offset>(parts_.journal.first(), 1)));
    if (newest && oldest_kept) {
        const double days =
            std::max(1.0, static_cast<double>(*newest - *oldest_kept) + input.hours_of_today / 24);
        input.journal_bytes_per_day = static_cast<double>(input.journal_bytes) / days;
    }
    status.forecast = forecast_disk(parts_.config, input);
    return status;
}

}  // namespace vedette::engine
