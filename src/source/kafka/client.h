// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "source/kafka/settings.h"

namespace vedette::source::kafka {

struct TopicPartition {
    std::string topic;
    std::int32_t number = 0;
    std::int64_t offset = RD_KAFKA_OFFSET_INVALID;
    auto operator<=>(const TopicPartition&) const = default;
};

/// What a client is told by its library; from poll() and close(), in the caller's thread.
struct ClientEvents {
    /// These are ours from now on: answer with Client::assign.
    std::function<void(std::vector<TopicPartition>)> assigned;
    /// These are ours no longer; `is_lost`: somebody else may read them already.
    std::function<void(std::vector<TopicPartition>, bool is_lost)> revoked;
    std::function<void()> commit_failed;
    /// The connection to brokers, the rights there: the library goes on trying.
    std::function<void(rd_kafka_resp_err_t, std::string_view text)> trouble;
};

struct MessageDeleter {
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using MessagePointer = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;

/// librdkafka's consumer, with its lists and errors as values of ours.
/// Source: librdkafka 2.0.2, rdkafka.h.   Threads: one; its log lines come from the library's own.
class Client {
  public:
    /// Errors: bad_input with the library's words for properties that cannot be used.
    static base::Result<std::unique_ptr<Client>> make(const KafkaSettings& settings,
                                                      const std::string& where,
                                                      ClientEvents events);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    base::Result<void> subscribe(const std::vector<std::string>& topics);
    /// nullptr: nothing came.
    MessagePointer poll(int wait_ms);

    void assign(const std::vector<TopicPartition>& partitions);
    void pause(const std::vector<TopicPartition>& partitions);
    void resume(const std::vector<TopicPartition>& partitions);
    /// Tells the broker; `is_waiting`: returns when it has answered, or after kQuestionMs.
    void commit(const std::vector<TopicPartition>& partitions, bool is_waiting);
    /// What the group has committed, with offset RD_KAFKA_OFFSET_INVALID where nothing is; empty if
    /// the broker does not answer in time.
    std::vector<TopicPartition> committed(const std::vector<TopicPartition>& partitions);

    struct Range {
        std::int64_t low = 0, high = 0;  ///< offsets of the first message and behind the last
    };
    /// Asks the broker. Nothing if it does not answer in time.
    std::optional<Range> query_range(const TopicPartition& partition);
    /// As the last fetch told it, without asking.
    std::optional<std::int64_t> known_high(const TopicPartition& partition);

    /// Leaves the group; revoked() is called for what is still ours.
    void close();

  private:
    rd_kafka_resp_err_t commit_and_wait(const rd_kafka_topic_partition_list_t& list);
    explicit Client(ClientEvents events) : events_(std::move(events)) {}
    static void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t what,
                             rd_kafka_topic_partition_list_t* partitions, void* opaque);
    static void on_commit(rd_kafka_t* handle, rd_kafka_resp_err_t result,
                          rd_kafka_topic_partition_list_t* partitions, void* opaque);
    static void on_error(rd_kafka_t* handle, int code, const char* text, void* opaque);
    static void on_log(const rd_kafka_t* handle, int level, const char* facility, const char* text);

    ClientEvents events_;
    rd_kafka_t* handle_ = nullptr;
    bool is_closed_ = false;
};

}  // namespace vedette::source::kafka
