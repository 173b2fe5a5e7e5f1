// SPDX-License-Identifier: Apache-2.0
#include "engine/learning/learn_job.h"

#include <fmt/format.h>

#include <chrono>

#include "base/json_text.h"
#include "base/log.h"
#include "base/thread_priority.h"
#include "engine/learning/limits.h"
#include "engine/standings.h"

namespace vedette::engine::learning {

using base::ErrorCode;
using base::Result;

Result<void> LearnJob::begin(LearnRequest request) {
    const std::int64_t span_ns = kDaysMax * base::kNsPerDay;
    if (request.range.from >= request.range.to ||
        request.range.to.unix_ns - span_ns > request.range.from.unix_ns) {
        return base::fail(ErrorCode::bad_input, "this is no time to learn from", {},
                          fmt::format("from before to, at most {} days", kDaysMax));
    }
    if (request.is_adopted && !request.analytic.empty()) {
        return base::fail(ErrorCode::bad_input, "one analytic alone cannot come into force", {},
                          "put it into a folder that `analytics` names, then learn");
    }
    const std::lock_guard lock(mutex_);
    if (is_running_) {
        return base::fail(ErrorCode::unavailable, "the history is being learned from already", {},
                          "wait for it: `vedette analytics learn --status`");
    }
    if (thread_.joinable()) thread_.join();
    request_ = request;
    progress_ = {};
    learned_.reset();
    error_.reset();
    is_running_ = true;
    thread_ = std::thread([this, request = std::move(request)] { run(request); });
    return {};
}

void LearnJob::stop() {
    is_stopping_ = true;
    std::thread ending;
    {
        const std::lock_guard lock(mutex_);
        ending = std::move(thread_);
    }
    if (ending.joinable()) ending.join();
}

Result<LearnedHistory> LearnJob::learn(const LearnRequest& request) {
    VD_TRY(const store::ClientOptions store, parts_.store());
    detect::DetectorInputs inputs;
    if (request.analytic.empty()) {
        VD_TRY(inputs, parts_.inputs_in_force());
    } else {
        inputs.analytic_files = {{"the analytic", request.analytic}};
    }
    const LearnOptions options{request.range, parts_.stored_to()};
    VD_TRY(auto learned, learn_history(store, parts_.registry, inputs, options,
                                       [this](const LearnProgress& so_far) {
                                           const std::lock_guard lock(mutex_);
                                           progress_ = so_far;
                                           return !is_stopping_;
                                       }));
    if (request.is_adopted) VD_TRY_DO(parts_.adopt(learned.state));
    return learned;
}

void LearnJob::run(const LearnRequest& request) {
    base::stand_behind_senders();
    const auto begin = std::chrono::steady_clock::now();
    auto learned = learn(request);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!learned) base::log::warn("analytics.not_learned", {{"why", learned.error().message()}});
    const std::lock_guard lock(mutex_);
    seconds_ = took.count();
    if (learned) {
        learned->state.clear();  // it may be large, and is kept where it is in force
        learned_ = std::move(*learned);
    } else {
        error_ = learned.error();
    }
    is_running_ = false;
}

std::string LearnJob::status_json() const {
    const std::lock_guard lock(mutex_);
    const bool is_done = learned_.has_value();
    const char* state = is_running_ ? "running" : is_done ? "done" : error_ ? "failed" : "none";
    std::string out = fmt::format("{{\"state\":\"{}\"", state);
    if (!is_running_ && !is_done && !error_) return out + "}\n";
    const LearnProgress now =
        is_done ? LearnProgress{learned_->events, learned_->findings, request_.range.to}
                : progress_;
    out += fmt::format(
        ",\"from\":\"{}\",\"to\":\"{}\",\"reached\":\"{}\",\"events\":{},\"findings\":{}",
        base::format_rfc3339(request_.range.from, 0), base::format_rfc3339(request_.range.to, 0),
        base::format_rfc3339(now.reached, 0), now.events, now.findings);
    out += fmt::format(",\"is_in_force\":{},\"seconds\":{:.3f}", is_done && request_.is_adopted,
                       seconds_);
    if (error_) {
        out += ",\"error\":";
        base::append_json_string(out, error_->message());
    }
    out += "}\n";
    if (!is_done) return out;
    out += standings_json(learned_->standings);
    for (const auto& [day, count] : learned_->findings_by_day) {
        out += fmt::format("{{\"day\":\"{}\",\"findings\":{}}}\n",
                           base::format_rfc3339({day * base::kNsPerDay}, 0).substr(0, 10), count);
    }
    for (const auto& [analytic, findings] : learned_->samples) {
        for (const cases::Finding& finding : findings) {
            out += "{\"finding\":" + cases::to_json(finding) + "}\n";
        }
    }
    return out;
}

}  // namespace vedette::engine::learning
