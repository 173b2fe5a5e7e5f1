// SPDX-License-Identifier: Apache-2.0
#include "engine/learning/lesson.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "engine/learning/kept_learned.h"

namespace vedette::engine::learning {

namespace {

constexpr std::string_view kLessonPrefix = "{\"type\":\"analytics_learned\",";

}  // namespace

std::string lesson_control(const Lesson& lesson) {
    return fmt::format(
        "{}\"state\":\"{}\",\"from\":{},\"to\":{},\"stored_to\":{},\"subtracted\":\"{}\"}}",
        kLessonPrefix, lesson.state, lesson.from.unix_ns, lesson.to.unix_ns, lesson.stored_to,
        lesson.subtracted);
}

std::optional<Lesson> lesson_of_control(std::string_view payload) {
    if (!payload.starts_with(kLessonPrefix)) return std::nullopt;
    simdjson::dom::parser parser;
    simdjson::dom::object from;
    const simdjson::padded_string padded(payload);
    std::string_view state, subtracted;
    if (parser.parse(padded).get(from) != simdjson::SUCCESS ||
        from["state"].get(state) != simdjson::SUCCESS || !is_kept_name(state)) {
        return std::nullopt;
    }
    Lesson lesson;
    lesson.state = state;
    if (from["subtracted"].error() == simdjson::NO_SUCH_FIELD) return lesson;
    if (from["from"].get(lesson.from.unix_ns) != simdjson::SUCCESS ||
        from["to"].get(lesson.to.unix_ns) != simdjson::SUCCESS ||
        from["stored_to"].get(lesson.stored_to) != simdjson::SUCCESS ||
        from["subtracted"].get(subtracted) != simdjson::SUCCESS ||
        !(subtracted.empty() || is_kept_name(subtracted))) {
        return std::nullopt;
    }
    lesson.subtracted = subtracted;
    return lesson;
}

}  // namespace vedette::engine::learning
