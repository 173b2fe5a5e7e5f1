// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cases/finding.h"
#include "detect/standing.h"
#include "event/batch.h"

namespace vedette::rule::intel {
class IndicatorIndex;
}

namespace vedette::detect {

class FileJudge;   // file_judge.h
class PeerKeeper;  // peers.h

using FindingSink = std::function<void(cases::Finding)>;

/// Judges events. Deterministic and free of boundaries: any cut of the same rows and ticks into
/// calls gives the same findings in the same order and the same checksum. Threads: one at a time.
class Detector {
  public:
    virtual ~Detector() = default;

    /// Looks at every row, in order.
    void observe(const event::Batch& batch, const FindingSink& sink) { do_observe(batch, sink); }

    /// A journalled clock tick: event time has reached `time`.
    void tick(base::Timestamp time, const FindingSink& sink) { do_tick(time, sink); }

    /// No more rows will come, nor ticks: what waited for them is concluded. Where files are read
    /// once; a server never says so.
    void finish(const FindingSink& sink) { do_finish(sink); }

    /// The whole state as bytes, and back. A detector without state gives an empty text.
    virtual std::string save() const { return {}; }
    virtual base::Result<void> restore(std::string_view state) {
        if (state.empty()) return {};
        return base::fail(base::ErrorCode::corrupt, "this detector keeps no state");
    }
    /// Puts what was learned elsewhere, of a history, in the place of what it has learned: bytes of
    /// save() of a detector made of the same.
    virtual base::Result<void> adopt(std::string_view state) { return restore(state); }
    /// Whether its state is about the rules it was made of. What is not (habits of sources) lives
    /// on when another rule set comes into force.
    virtual bool is_about_rules() const { return true; }
    /// The feeds that are in force from here on; nullptr: none. They change more often than rules,
    /// and detectors that do not look at them go on undisturbed.
    virtual void use_indicators(std::shared_ptr<const rule::intel::IndicatorIndex> index) {
        static_cast<void>(index);
    }
    /// What judges files by this detector's rules; nullptr: nothing.
    virtual std::shared_ptr<const FileJudge> file_judge() const { return nullptr; }
    /// Who learns which entities behave alike; nullptr: it does not.
    virtual PeerKeeper* peers() { return nullptr; }
    virtual std::size_t memory_bytes() const = 0;
    /// How many rules it applies; 0 where it is not made of rules.
    virtual std::size_t rule_count() const { return 0; }
    virtual std::uint64_t checksum() const = 0;
    /// Values it could not judge within its bounds since it was made; they count as not matching.
    virtual std::uint64_t gave_up_count() const { return 0; }
    /// What it forgot before its time, because memory ran short; part of its state.
    virtual std::uint64_t forgotten_count() const { return 0; }
    /// How what it learned keeps its promises, for people; empty where it promises nothing.
    virtual std::vector<Standing> standings() const { return {}; }

  private:
    virtual void do_observe(const event::Batch& batch, const FindingSink& sink) = 0;
    virtual void do_tick(base::Timestamp time, const FindingSink& sink) {
        static_cast<void>(time), static_cast<void>(sink);
    }
    virtual void do_finish(const FindingSink& sink) { static_cast<void>(sink); }
};

}  // namespace vedette::detect
