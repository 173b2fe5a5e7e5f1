// SPDX-License-Identifier: Apache-2.0
#include "serve/live_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "base/time.h"
#include "rule/search/aggregate.h"
#include "rule/search/limits.h"
#include "rule/search/match.h"
#include "rule/search/pipe_plan.h"
#include "rule/search/row_hit.h"
#include "serve/json_question.h"
#include "serve/limits.h"

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::Result;
using rule::search::PipePlan;
using Steady = std::chrono::steady_clock;

Result<PipePlan> plan_of(engine::Engine& engine, const std::string& query) {
    return rule::search::make_plan(query, base::SystemClock().now(), {}, *engine.lists());
}

std::string end_of(const engine::LiveRead& read) {
    return fmt::format("{{\"next\":{},\"behind_records\":{},\"lost_records\":{}", read.next,
                       read.behind_records, read.lost_records);
}

Result<std::string> events(engine::Engine& engine, const PipePlan& plan, journal::Offset next) {
    const rule::search::Matcher matcher(plan.filter);
    std::string lines;
    const auto look = [&](const event::Batch& batch) {
        for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
            if (!matcher.matches(batch, row)) continue;
            rule::search::append_json(lines, rule::search::hit_of(batch, row));
            lines += '\n';
        }
    };
    VD_TRY(const engine::LiveRead read, engine.read_live(next, kLiveWaitMs, look));
    return lines + end_of(read) + "}\n";
}

}  // namespace

struct LiveSearches::Question {
    std::string query, table;
    journal::Offset next = 0;
};

/// A table that grows.
struct LiveSearches::Counting {
    explicit Counting(PipePlan planned, std::string asked)
        : query(std::move(asked)), plan(std::move(planned)), matcher(plan.filter), sums(plan) {}

    const std::string query;
    const PipePlan plan;
    const rule::search::Matcher matcher;
    std::mutex mutex;  // of what follows: one request at a time
    rule::search::Aggregator sums;
    journal::Offset next = 0;
    std::string name;
    Steady::time_point asked_at = Steady::now();  // of LiveSearches::mutex_
};

LiveSearches::LiveSearches() = default;
LiveSearches::~LiveSearches() = default;

Result<LiveSearches::Question> LiveSearches::read(std::string_view body) {
    Question question;
    VD_TRY_DO(JsonQuestion()
                  .text("query", question.query)
                  .number("next", question.next)
                  .text("table", question.table)
                  .read(body));
    return question;
}

Result<std::string> LiveSearches::answer(engine::Engine& engine, std::string_view body) {
    VD_TRY(const Question question, read(body));
    if (!question.table.empty()) return count(engine, question);
    VD_TRY(const PipePlan plan, plan_of(engine, question.query));
    if (plan.is_table) return count(engine, question);
    if (!plan.events.sort.empty()) {
        return base::fail(ErrorCode::unsupported,
                          "a live search shows events as they come, it does not sort them", {},
                          "take the stage sort away; tables (| count by ...) may be sorted");
    }
    return events(engine, plan, question.next);
}

Result<std::shared_ptr<LiveSearches::Counting>> LiveSearches::begin(engine::Engine& engine,
                                                                    const Question& question) {
    const std::lock_guard lock(mutex_);
    const auto now = Steady::now();
    if (!question.table.empty()) {
        const auto found = tables_.find(question.table);
        if (found == tables_.end() || found->second->query != question.query) {
            return base::fail(ErrorCode::not_found, "this live table is not kept any longer", {},
                              "begin it again");
        }
        found->second->asked_at = now;
        return found->second;
    }
    if (tables_.size() >= kLiveTablesMax) {
        const auto oldest = std::min_element(
            tables_.begin(), tables_.end(),
            [](const auto& a, const auto& b) { return a.second->asked_at < b.second->asked_at; });
        if (now - oldest->second->asked_at < std::chrono::milliseconds(kLiveTableIdleMs)) {
            return base::fail(ErrorCode::unavailable,
                              fmt::format("{} live tables run already", tables_.size()), {},
                              "end one of them");
        }
        tables_.erase(oldest);
    }
    VD_TRY(PipePlan plan, plan_of(engine, question.query));
    auto counting = std::make_shared<Counting>(std::move(plan), question.query);
    std::random_device random;
    counting->name = fmt::format("{:08x}{:08x}", random(), random());
    counting->next = question.next;
    tables_[counting->name] = counting;
    return counting;
}

Result<std::string> LiveSearches::count(engine::Engine& engine, const Question& question) {
    VD_TRY(const auto counting, begin(engine, question));
    const std::lock_guard lock(counting->mutex);
    const auto look = [&](const event::Batch& batch) {
        for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
            if (counting->matcher.matches(batch, row)) counting->sums.add(batch, row);
        }
    };
    // A place that the reader gives is taken only to begin: each event counts once.
    VD_TRY(const engine::LiveRead read, engine.read_live(counting->next, kLiveWaitMs, look));
    counting->next = read.next;
    return rule::search::to_json(counting->sums.table(rule::search::kTableRowsMax)) + end_of(read) +
           fmt::format(",\"table\":\"{}\",\"left_out\":{}}}\n", counting->name,
                       counting->sums.left_out_count());
}

}  // namespace vedette::serve
