// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "source/kafka/client.h"
#include "source/kafka/partition.h"
#include "source/kafka/settings.h"
#include "source/source.h"

namespace vedette::source::kafka {

/// What the sink says later, from its threads. Shared with the callbacks, which may outlive the
/// source.
class Fates {
  public:
    using Fate = std::pair<std::pair<std::string, std::int32_t>, Acceptance>;
    void put(Fate fate);
    std::vector<Fate> take();
    /// Waits for something to come.
    void wait(std::chrono::milliseconds timeout);

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Fate> fates_;
};

/// Reads the partitions that the group gives us, offers their records and tells the broker what is
/// durable.
///
/// A partition is read from the place that was journalled, or from the one the group committed if
/// that is further on: then another member of the group read it meanwhile. Where neither is known
/// `start` says where. Revoked partitions are given back when what is on its way is durable and
/// committed, or after kRevokeWaitMs.   Threads: one.
class Consumer {
  public:
    Consumer(SourceContext context, KafkaSettings settings);

    /// Errors: bad_input for settings that the library refuses.
    base::Result<void> open(const std::string& where);
    /// A little of everything there is to do; waits for a message if there is nothing.
    void turn();
    /// Waits a while for what is on its way, commits, leaves the group.
    void close();

  private:
    using Key = std::pair<std::string, std::int32_t>;
    using SteadyTime = std::chrono::steady_clock::time_point;
    struct Reading {
        std::unique_ptr<Partition> partition;
        bool is_ours = false, is_paused = false;
        std::int64_t committed = RD_KAFKA_OFFSET_INVALID;  // as we told the broker
        std::atomic<std::uint64_t>* lag = nullptr;
    };

    void load_positions();
    Reading* reading_of(const std::string& topic, std::int32_t number);
    void on_assigned(std::vector<TopicPartition> partitions);
    void on_revoked(const std::vector<TopicPartition>& partitions, bool is_lost);
    std::map<Key, std::int64_t> further_places(const std::vector<TopicPartition>& known);
    void take_message(const rd_kafka_message_t& message);
    void take_error(const rd_kafka_message_t& message);
    void place_again();
    bool find_place(const Key& key, Reading& reading);
    void take_fates();
    void offer_all(SteadyTime now);
    bool offer(const Key& key, Reading& reading);
    void regulate();
    void tell_broker();
    std::vector<TopicPartition> to_commit(const std::vector<TopicPartition>* only);
    void count_lag();
    std::size_t on_their_way() const;

    SourceContext context_;
    const KafkaSettings settings_;
    base::StageCounters& stage_;
    std::atomic<std::uint64_t>&empty_total_, &repeated_total_, &places_lost_total_,
        &messages_gone_total_, &headers_left_out_total_, &partitions_;
    std::shared_ptr<Fates> fates_ = std::make_shared<Fates>();
    std::map<std::string, TopicFormat> formats_;  // by topic
    std::map<Key, Reading> readings_;
    std::set<Key> placeless_;     // the broker does not know the place from which we want to read
    std::set<std::string> told_;  // troubles of topics, each said once
    std::size_t held_bytes_ = 0;
    bool is_over_ = false;  // something is to be paused before the next message
    SteadyTime retry_at_{}, next_tell_{}, next_place_{};
    std::unique_ptr<Client> client_;  // last: its events need the rest
};

}  // namespace vedette::source::kafka
