// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "detect/silence/habit.h"
#include "event/batch.h"

namespace vedette::detect::silence {

/// Who may fall silent: a source; one of its origins; a data set of that. Ordered so that a source
/// comes before its origins and these before their data sets.
struct SpeakerName {
    std::string source, origin, dataset;  ///< empty origin, dataset: all of them
    auto operator<=>(const SpeakerName&) const = default;
    bool is_source() const { return origin.empty() && dataset.empty(); }
    /// The one it is a part of; a source is its own.
    SpeakerName whole() const {
        return {source, dataset.empty() ? std::string() : origin, std::string()};
    }
};

struct Speaker {
    Habit habit;
    event::EventId last_event;
    base::Timestamp last_time;    ///< event time of the last record
    base::Timestamp last_heard;   ///< the clock when it was heard last
    std::uint64_t last_line = 0;  ///< of the last record within its origin
    std::uint64_t heard = 0;      ///< rows since the last tick
    enum class State : std::uint8_t {
        speaking,
        silent,  ///< and that was told
        hushed,  ///< silent as a part of what is silent: not told by itself
    };
    State state = State::speaking;
    Gap told_at;                     ///< what it took to be told
    base::Timestamp speaking_since;  ///< when its last silence ended
    bool operator==(const Speaker&) const = default;
};

/// All speakers, bounded. When there are too many the one that was watched for the shortest time
/// goes, so that a flood of new names drives out its own.
class Speakers {
  public:
    /// Never nullptr. The reference is good until the next hear().
    Speaker& hear(SpeakerName name);
    std::map<SpeakerName, Speaker>& all() { return all_; }
    const std::map<SpeakerName, Speaker>& all() const { return all_; }
    /// nullptr if it is not there.
    const Speaker* find(const SpeakerName& name) const;
    std::uint64_t driven_out() const { return driven_out_; }

    std::size_t memory_bytes() const;
    void save(std::string& out) const;
    /// False if it cannot have been written by save().
    bool restore(base::ByteReader& in);

  private:
    std::map<SpeakerName, Speaker> all_;
    std::uint64_t driven_out_ = 0;
};

}  // namespace vedette::detect::silence
