// SPDX-License-Identifier: Apache-2.0
#include "engine/learning/learn_job.h"

#include <fmt/format.h>

#include <algorithm>
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
    if (!request.is_adopted && !(request.subtract.empty() && request.restore.empty())) {
        return base::fail(ErrorCode::bad_input, "events are left out of what comes into force");
    }
    const std::lock_guard lock(mutex_);
    if (is_running_) {
        return base::fail(ErrorCode::unavailable, "the history is being learned from already", {},
                          "wait for it: `vedette analytics learn --status`");
    }
    if (thread_.joinable()) thread_.join();
    request_ = request;
    progress_ = {};
    counts_ = {};
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

Result<EventIds> LearnJob::subtracted_by(const Lesson& lesson) const {
    if (lesson.subtracted.empty()) return EventIds();
    VD_TRY(const std::string bytes, parts_.kept(lesson.subtracted));
    return decode_subtracted(bytes);
}

Result<EventIds> LearnJob::subtracted() const {
    VD_TRY(const Lesson lesson, parts_.in_force({}));
    return subtracted_by(lesson);
}

/// The list with what a request adds and takes from it.
Result<EventIds> LearnJob::change(EventIds subtracted, const LearnRequest& request,
                                  std::uint64_t stored_to) {
    SubtractedCounts counts;
    const std::size_t before = subtracted.size();
    EventIds wanted = request.subtract, restored = request.restore;
    counts.repeated = put_in_order(wanted) + put_in_order(restored);
    counts.not_taken = std::erase_if(
        wanted, [&](const event::EventId& id) { return id.offset == 0 || id.offset > stored_to; });
    subtracted.insert(subtracted.end(), wanted.begin(), wanted.end());
    counts.repeated += put_in_order(subtracted);
    const std::size_t taken_back =
        std::erase_if(subtracted, [&](const event::EventId& id) { return contains(restored, id); });
    counts.not_listed = restored.size() - taken_back;
    counts.in_all = subtracted.size();
    {
        const std::lock_guard lock(mutex_);
        counts_ = counts;
    }
    if (subtracted.size() > kSubtractedMax) {
        return base::fail(ErrorCode::limit, "these would be too many subtracted events", {},
                          fmt::format("at most {}; {} are already", kSubtractedMax, before));
    }
    if (!request.subtract.empty() && wanted.empty()) {
        return base::fail(ErrorCode::not_found, "no event has any of these ids", {},
                          "write them as findings show them, e.g. 4711:0");
    }
    if (!request.restore.empty() && taken_back == 0) {
        return base::fail(ErrorCode::not_found, "none of these events is subtracted", {},
                          "see `vedette analytics subtract --list`");
    }
    return subtracted;
}

/// What is read for a request that comes into force, and what its record will say.
Result<OrderedChoice> LearnJob::choose(const LearnRequest& request, Lesson& lesson) {
    VD_TRY(const Lesson before, parts_.in_force([this] { return is_stopping_.load(); }));
    OrderedChoice choice;
    choice.range = request.range;
    choice.offset_max = parts_.stored_to();
    VD_TRY(EventIds subtracted, subtracted_by(before));
    VD_TRY(choice.subtracted, change(std::move(subtracted), request, choice.offset_max));
    lesson.from = request.range.from;
    lesson.to = request.range.to;
    lesson.stored_to = choice.offset_max;
    if (!request.is_of_same_history || before.state.empty()) return choice;
    choice.range.from = std::max(request.range.from, before.from);
    choice.forgotten_from = before.to;
    choice.forgotten_to = before.stored_to;
    lesson.from = choice.range.from;
    lesson.to = before.to;
    lesson.stored_to = before.stored_to;
    return choice;
}

Result<LearnedHistory> LearnJob::learn(const LearnRequest& request) {
    VD_TRY(const store::ClientOptions store, parts_.store());
    detect::DetectorInputs inputs;
    if (request.analytic.empty()) {
        VD_TRY(inputs, parts_.inputs_in_force());
    } else {
        inputs.analytic_files = {{"the analytic", request.analytic}};
    }
    OrderedChoice choice;
    Lesson lesson;
    if (request.is_adopted) {
        VD_TRY(choice, choose(request, lesson));
    } else {
        choice.range = request.range;
        choice.offset_max = parts_.stored_to();
    }
    VD_TRY(auto learned, learn_history(store, parts_.registry, inputs, choice,
                                       [this](const LearnProgress& so_far) {
                                           const std::lock_guard lock(mutex_);
                                           progress_ = so_far;
                                           return !is_stopping_;
                                       }));
    {
        const std::lock_guard lock(mutex_);
        counts_.not_there = choice.subtracted.size() - learned.subtracted;
    }
    if (!request.is_adopted) return learned;
    const std::string list =
        choice.subtracted.empty() ? std::string() : encode_subtracted(choice.subtracted);
    VD_TRY_DO(parts_.adopt(std::move(lesson), learned.state, list,
                           [this] { return is_stopping_.load(); }));
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
        base::format_rfc3339(is_done ? learned_->begin : request_.range.from, 0),
        base::format_rfc3339(request_.range.to, 0), base::format_rfc3339(now.reached, 0),
        now.events, now.findings);
    out += fmt::format(",\"is_in_force\":{},\"seconds\":{:.3f}", is_done && request_.is_adopted,
                       seconds_);
    out += fmt::format(
        ",\"subtracted\":{},\"repeated\":{},\"not_taken\":{},\"not_there\":{},\"not_listed\":{}",
        counts_.in_all, counts_.repeated, counts_.not_taken, counts_.not_there, counts_.not_listed);
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
