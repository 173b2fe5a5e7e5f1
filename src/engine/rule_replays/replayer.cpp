// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_replays/replayer.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/thread_priority.h"
#include "engine/rule_replays/limits.h"

namespace vedette::engine::rule_replays {

namespace {

namespace log = base::log;
using base::ErrorCode;
using base::Result;

/// Asking again can help; all others are what the rule is.
bool may_pass(const base::Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::io ||
           error.code == ErrorCode::cancelled;
}

}  // namespace

Replayer::Replayer(ReplayerParts parts)
    : parts_(std::move(parts)),
      replays_total_(parts_.counters.number("vedette_rule_replays_total")),
      failed_total_(parts_.counters.number("vedette_rule_replays_failed_total")) {}

Replayer::~Replayer() { stop(); }

void Replayer::start() {
    {
        const std::lock_guard lock(mutex_);
        is_started_ = true;
    }
    thread_ = std::thread([this] {
        base::stand_behind_senders();
        run();
    });
}

void Replayer::ask_to_stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    has_news_.notify_all();
}

void Replayer::stop() {
    ask_to_stop();
    if (thread_.joinable()) thread_.join();
}

void Replayer::offer(const ReplayBook& book, journal::Offset offset) {
    {
        const std::lock_guard lock(mutex_);
        book_ = book;
        offered_ = offset;
    }
    has_news_.notify_all();
}

ReplaysStatus Replayer::status() const {
    const std::lock_guard lock(mutex_);
    return {book_, running_, running_.empty() ? 0 : candidates_.load(), error_};
}

bool Replayer::is_busy() const {
    const std::lock_guard lock(mutex_);
    return is_started_ && (offered_ == 0 || offered_ < journalled_ || has_work());
}

bool Replayer::is_asked_to_stop() const {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
}

/// Under the mutex.
bool Replayer::has_work() const {
    return offered_ >= journalled_ && (book_.next_set() || book_.next() != nullptr);
}

void Replayer::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (!has_work()) rules_.reset();
            has_news_.wait(lock, [this] { return is_stopping_ || has_work(); });
            if (is_stopping_) return;
        }
        const auto done = do_next();
        std::unique_lock lock(mutex_);
        running_.clear();
        error_ = done ? std::string() : done.error().message();
        if (done || is_stopping_) continue;
        log::warn("rules.replay_tried_again", {{"reason", error_}});
        has_news_.wait_for(lock, std::chrono::milliseconds(kRetryMs),
                           [this] { return is_stopping_; });
    }
}

Result<bool> Replayer::do_next() {
    std::optional<ReplayBook::Set> set;
    ReplayBook::Entry entry;
    {
        const std::lock_guard lock(mutex_);
        if (!has_work()) return false;
        set = book_.next_set();
        if (!set) {
            entry = *book_.next();
            running_ = entry.rule.content;
            candidates_ = 0;
        }
    }
    if (set) {
        VD_TRY_DO(look_at_set(*set));
    } else {
        VD_TRY_DO(replay(entry));
    }
    return true;
}

Result<const ReplayableRules*> Replayer::rules_of(const std::string& set) {
    if (rules_ && rules_->set() == set) return rules_.get();
    VD_TRY(const RuleSet read, parts_.rule_set(set));
    rules_ = std::make_unique<ReplayableRules>(read);
    return rules_.get();
}

Result<void> Replayer::look_at_set(const ReplayBook::Set& set) {
    ReplayBook book;
    {
        const std::lock_guard lock(mutex_);
        book = book_;
    }
    RulesSeen seen;
    seen.set = set.name;
    seen.offset = set.offset;
    seen.from_ns = parts_.clock.now().unix_ns - std::int64_t{parts_.days} * base::kNsPerDay;
    const auto rules = rules_of(set.name);
    if (!rules) {
        log::error("rules.set_not_replayed",
                   {{"set", set.name}, {"reason", rules.error().message()}});
        return put_in_journal(rules_seen_control(seen));
    }
    const bool is_first = book.seen().name.empty();
    for (const DueRule& rule : (*rules)->rules()) {
        if (book.is_known(rule.content)) continue;
        if (is_first || parts_.days == 0) {
            seen.known.push_back(rule.content);
        } else {
            seen.due.push_back(rule);
        }
    }
    VD_TRY_DO(put_in_journal(rules_seen_control(seen)));
    if (!seen.due.empty()) {
        log::info("rules.to_be_replayed",
                  {{"set", set.name}, {"rules", seen.due.size()}, {"days", parts_.days}});
    }
    return {};
}

Result<void> Replayer::wait_until_stored(journal::Offset offset) {
    std::unique_lock lock(mutex_);
    while (!is_stopping_ && parts_.stored_to() < offset) {
        has_news_.wait_for(lock, std::chrono::milliseconds(kLookMs));
    }
    if (is_stopping_) return base::fail(ErrorCode::cancelled, "asked to stop");
    return {};
}

Result<void> Replayer::replay(const ReplayBook::Entry& entry) {
    auto outcome = outcome_of(entry);
    if (!outcome && may_pass(outcome.error())) return tl::unexpected(outcome.error());
    if (!outcome) {
        failed_total_ += 1;
        log::error("rules.replay_failed", {{"rule", entry.rule.id},
                                           {"title", entry.rule.title},
                                           {"reason", outcome.error().message()}});
        ReplayOutcome failed;
        failed.state = ReplayState::failed;
        failed.reason = outcome.error().message();
        outcome = std::move(failed);
    }
    outcome->content = entry.rule.content;
    outcome->when_ns = parts_.clock.now().unix_ns;
    VD_TRY_DO(put_in_journal(replay_outcome_control(*outcome)));
    if (outcome->state == ReplayState::failed) return {};
    replays_total_ += 1;
    log::info("rules.replayed", {{"rule", entry.rule.id},
                                 {"title", entry.rule.title},
                                 {"state", std::string(name(outcome->state))},
                                 {"why", outcome->reason},
                                 {"events", outcome->events},
                                 {"hits", outcome->hits},
                                 {"findings", outcome->findings.size()},
                                 {"known_before", outcome->known},
                                 {"left_out", outcome->left_out}});
    return {};
}

Result<ReplayOutcome> Replayer::outcome_of(const ReplayBook::Entry& entry) {
    std::string set;
    {
        const std::lock_guard lock(mutex_);
        set = book_.seen().name;
    }
    ReplayOutcome out;
    out.state = ReplayState::skipped;
    if (parts_.days == 0) {
        out.reason = "replaying is turned off";
        return out;
    }
    VD_TRY(const ReplayableRules* rules, rules_of(set));
    const auto rule = rules->find(entry.rule.content);
    if (!rule) {
        out.reason = "the rule was taken away or changed before its turn";
        return out;
    }
    out.state = ReplayState::done;
    const bool is_tried =
        std::any_of(rule->loaded.rules.begin(), rule->loaded.rules.end(),
                    [&](const auto& one) { return rule->sources.find(one.logsource).has_value(); });
    if (!is_tried) {
        out.reason = "it is never tried: no log-source file says which events it means";
        return out;
    }
    VD_TRY_DO(wait_until_stored(entry.set.offset - 1));
    VD_TRY(HistoryFindings found,
           parts_.look(*rule, {entry.from_ns, entry.set.offset}, [this](std::uint64_t candidates) {
               candidates_ = candidates;
               return !is_asked_to_stop();
           }));
    out.events = found.events;
    out.hits = found.hits;
    out.left_out = found.left_out;
    out.is_cut = found.is_cut;
    out.findings = std::move(found.findings);
    VD_TRY_DO(leave_out_known(out));
    return out;
}

Result<void> Replayer::leave_out_known(ReplayOutcome& outcome) {
    if (outcome.findings.empty()) return {};
    VD_TRY(const std::set<std::string> known, parts_.known(outcome.findings));
    outcome.known = std::erase_if(outcome.findings, [&](const cases::Finding& finding) {
        return known.count(finding.id) > 0;
    });
    return {};
}

Result<void> Replayer::put_in_journal(std::string payload) {
    VD_TRY(const journal::Offset offset, parts_.journal(std::move(payload)));
    const std::lock_guard lock(mutex_);
    journalled_ = std::max(journalled_, offset);
    return {};
}

}  // namespace vedette::engine::rule_replays
