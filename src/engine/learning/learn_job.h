// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/learning/history_learner.h"
#include "engine/learning/lesson.h"
#include "engine/learning/subtracted_events.h"

namespace vedette::engine::learning {

struct LearnRequest {
    rule::search::TimeRange range;
    std::string analytic;  ///< text of one file; empty: all that are in force
    /// Whether what was learned comes into force; else it is only told. Not of a single analytic:
    /// what the others know would be gone.
    bool is_adopted = false;
    /// Of the same history as what is in force, and what came since: of `range` only the end is
    /// used, which is now. Else what an earlier rollback forgot comes back.
    bool is_of_same_history = false;
    EventIds subtract;  ///< left out from now on, besides those that are already
    EventIds restore;   ///< no longer left out
};

/// What became of a request's lists.
struct SubtractedCounts {
    std::uint64_t in_all = 0;      ///< that are left out from now on
    std::uint64_t repeated = 0;    ///< asked for more than once, or left out already
    std::uint64_t not_taken = 0;   ///< of no record that is stored: an event to come may have it
    std::uint64_t not_there = 0;   ///< left out, but not in the history that was learned from
    std::uint64_t not_listed = 0;  ///< to be restored, but not left out
};

/// What a job needs, handed in by the engine.
struct LearnJobParts {
    const detect::Registry& registry;
    std::function<base::Result<store::ClientOptions>()> store;
    std::function<base::Result<detect::DetectorInputs>()> inputs_in_force;
    std::function<std::uint64_t()> stored_to;  ///< offset up to which the store is complete
    /// What was put in force last, once all that is journalled was judged; with an empty function
    /// that does not wait for it.
    std::function<base::Result<Lesson>(const std::function<bool()>& is_stopping)> in_force;
    /// Something kept, by its name.
    std::function<base::Result<std::string>(const std::string& name)> kept;
    /// Keeps a state and the list (empty: none) of what it leaves out, journals that they are in
    /// force and waits until they are.
    std::function<base::Result<void>(Lesson lesson, const std::string& state,
                                     const std::string& subtracted,
                                     const std::function<bool()>& is_stopping)>
        adopt;
};

/// Learns from the history beside the stream, one request at a time, in a thread of its own behind
/// everything that answers senders.
///
/// What comes into force replaces all that was learned live: the history has that too, up to the
/// record that is stored when the job begins; what comes while it runs is judged and not learned
/// from. Events that are subtracted are left out of it, as if they had never been there: those of
/// this request and of all before. State and list come into force by one record, so that there is
/// no moment in between. Does not survive a restart: it is asked for again.
/// Threads: any.
class LearnJob {
  public:
    explicit LearnJob(LearnJobParts parts) : parts_(std::move(parts)) {}
    ~LearnJob() { stop(); }
    LearnJob(const LearnJob&) = delete;
    LearnJob& operator=(const LearnJob&) = delete;

    /// Errors: unavailable while another one runs; bad_input.
    base::Result<void> begin(LearnRequest request);
    /// Asks it to end and waits.
    void stop();

    /// Lines of JSON: how far it is, or what came of it: {"state":...}, one {"analytic":...} each
    /// (standings.h), one {"day":...} each, and {"finding":...} for those with most bits.
    std::string status_json() const;

    /// The events that are left out, in order.   Errors: as of the parts; corrupt.
    base::Result<EventIds> subtracted() const;

  private:
    void run(const LearnRequest& request);
    base::Result<LearnedHistory> learn(const LearnRequest& request);
    base::Result<OrderedChoice> choose(const LearnRequest& request, Lesson& lesson);
    base::Result<EventIds> subtracted_by(const Lesson& lesson) const;
    base::Result<EventIds> change(EventIds subtracted, const LearnRequest& request,
                                  std::uint64_t stored_to);

    const LearnJobParts parts_;
    mutable std::mutex mutex_;
    LearnRequest request_;
    LearnProgress progress_;
    SubtractedCounts counts_;
    std::optional<LearnedHistory> learned_;
    std::optional<base::Error> error_;
    double seconds_ = 0;
    bool is_running_ = false;
    std::atomic<bool> is_stopping_{false};
    std::thread thread_;
};

}  // namespace vedette::engine::learning
