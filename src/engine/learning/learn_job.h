// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/learning/history_learner.h"

namespace vedette::engine::learning {

struct LearnRequest {
    rule::search::TimeRange range;
    std::string analytic;  ///< text of one file; empty: all that are in force
    /// Whether what was learned comes into force; else it is only told. Not of a single analytic:
    /// what the others know would be gone.
    bool is_adopted = false;
};

/// What a job needs, handed in by the engine.
struct LearnJobParts {
    const detect::Registry& registry;
    std::function<base::Result<store::ClientOptions>()> store;
    std::function<base::Result<detect::DetectorInputs>()> inputs_in_force;
    std::function<std::uint64_t()> stored_to;  ///< offset up to which the store is complete
    /// Keeps a state, journals that it is in force and waits until the record is durable.
    std::function<base::Result<void>(const std::string& state)> adopt;
};

/// Learns from the history beside the stream, one request at a time, in a thread of its own behind
/// everything that answers senders.
///
/// What comes into force replaces all that was learned live: the history has that too, up to the
/// record that is stored when the job begins; what comes while it runs is judged and not learned
/// from. Does not survive a restart: it is asked for again.
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

  private:
    void run(const LearnRequest& request);
    base::Result<LearnedHistory> learn(const LearnRequest& request);

    const LearnJobParts parts_;
    mutable std::mutex mutex_;
    LearnRequest request_;
    LearnProgress progress_;
    std::optional<LearnedHistory> learned_;
    std::optional<base::Error> error_;
    double seconds_ = 0;
    bool is_running_ = false;
    std::atomic<bool> is_stopping_{false};
    std::thread thread_;
};

}  // namespace vedette::engine::learning
