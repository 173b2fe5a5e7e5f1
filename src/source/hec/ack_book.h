// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace vedette::source::hec {

/// Which requests of which channel are durable: Splunk's indexer acknowledgement.
///
/// Lives in memory only, as Splunk's does: after a restart nothing is known, and a client whose ids
/// stay false sends again. For that an id must not mean another request after a restart, or when a
/// channel was forgotten: ids go on through all channels from a number that the caller draws anew
/// for each start. Unlike Splunk's, an id that was answered true stays so until it is forgotten, so
/// that a lost answer costs no repeat.
///
/// What is too old for the limits is forgotten, oldest first: it is false from then on.
/// Threads: any.   Limits: kAcksMax, kAckChannelsMax, kAckIdleSeconds
class AckBook {
  public:
    explicit AckBook(std::uint64_t first_id) : next_id_(first_id) {}

    /// A new id, for a request of that channel that is not durable yet.
    std::uint64_t open(const std::string& channel, base::Timestamp now);
    void set_durable(const std::string& channel, std::uint64_t id);
    /// Of each id whether its request is durable.
    std::vector<bool> are_durable(const std::string& channel, const std::vector<std::uint64_t>& ids,
                                  base::Timestamp now);

    std::size_t channel_count() const;
    /// Ids that were forgotten before anybody had been told that they are durable.
    std::uint64_t forgotten_count() const;

  private:
    enum class State : std::uint8_t { open, durable, told };
    struct Channel {
        std::map<std::uint64_t, State> ids;
        base::Timestamp used;
    };
    using Channels = std::map<std::string, Channel, std::less<>>;

    void forget_idle(base::Timestamp now);
    void forget(Channels::iterator channel);
    void forget_oldest_id();

    mutable std::mutex mutex_;
    Channels channels_;
    std::deque<std::pair<std::uint64_t, std::string>> order_;  // as they were opened
    std::uint64_t next_id_;
    std::uint64_t forgotten_count_ = 0;
    base::Timestamp looked_for_idle_;
};

}  // namespace vedette::source::hec
