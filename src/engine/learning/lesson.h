// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "journal/journal.h"

namespace vedette::engine::learning {

/// What the record says that puts a learned state in force, and so all that must be known to learn
/// the same once more with fewer events: of which history it is, and which events it leaves out.
/// What came since is learned live, on top of it.
struct Lesson {
    std::string state;  ///< the name of what was learned (KeptLearned); empty: nothing ever
    base::Timestamp from{INT64_MIN}, to{INT64_MAX};  ///< of the events' own time
    journal::Offset stored_to = 0;                   ///< the last record that was looked at
    std::string subtracted;  ///< the name of the list of events; empty: there is none
    bool operator==(const Lesson&) const = default;
};

/// The name under which it is kept in the state.
inline constexpr std::string_view kLessonSnapshot = "lesson";

/// The control record, and what it says. A record of before events could be subtracted names the
/// state alone.
std::string lesson_control(const Lesson& lesson);
/// Nothing if the record is about something else, or damaged.
std::optional<Lesson> lesson_of_control(std::string_view payload);

}  // namespace vedette::engine::learning
