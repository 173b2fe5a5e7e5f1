// SPDX-License-Identifier: Apache-2.0
#include "source/kafka/client.h"

#include <array>

#include "base/log.h"
#include "source/kafka/limits.h"

namespace vedette::source::kafka {

namespace {

using base::ErrorCode;
using base::Result;

constexpr int kLogWarning = 4;  // of syslog's levels, which the library uses

struct ListDeleter {
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

List list_of(const std::vector<TopicPartition>& partitions) {
    List list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const TopicPartition& one : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.number)->offset =
            one.offset;
    }
    return list;
}

std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_t* list) {
    std::vector<TopicPartition> out;
    for (int i = 0; list != nullptr && i < list->cnt; ++i) {
        const rd_kafka_topic_partition_t& one = list->elems[i];
        out.push_back({one.topic, one.partition, one.offset});
    }
    return out;
}

/// The library's log and its errors, one place each.
void tell(std::string_view what, std::string_view text) {
    base::log::warn("kafka.client", {{"what", what}, {"says", text}});
}

void check(rd_kafka_resp_err_t result, std::string_view what) {
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) tell(what, rd_kafka_err2str(result));
}

}  // namespace

Result<std::unique_ptr<Client>> Client::make(const KafkaSettings& settings,
                                             const std::string& where, ClientEvents events) {
    std::unique_ptr<Client> client(new Client(std::move(events)));
    std::array<char, 512> text{};
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    for (const auto& [name, value] : settings.properties) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) ==
            RD_KAFKA_CONF_OK) {
            continue;
        }
        rd_kafka_conf_destroy(conf);
        return base::fail(ErrorCode::bad_input, text.data(), where, "check " + name);
    }
    rd_kafka_conf_set_opaque(conf, client.get());
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, on_commit);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    client->handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text.data(), text.size());
    if (client->handle_ == nullptr) {
        rd_kafka_conf_destroy(conf);
        return base::fail(ErrorCode::bad_input, text.data(), where,
                          "check certificates, keys and the SASL settings");
    }
    rd_kafka_poll_set_consumer(client->handle_);
    return client;
}

Client::~Client() {
    if (handle_ == nullptr) return;
    rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Result<void> Client::subscribe(const std::vector<std::string>& topics) {
    std::vector<TopicPartition> wanted;
    for (const std::string& topic : topics) wanted.push_back({topic, RD_KAFKA_PARTITION_UA});
    const rd_kafka_resp_err_t result = rd_kafka_subscribe(handle_, list_of(wanted).get());
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return base::fail(ErrorCode::bad_input, rd_kafka_err2str(result), {}, "check topics");
}

MessagePointer Client::poll(int wait_ms) {
    return MessagePointer(rd_kafka_consumer_poll(handle_, wait_ms));
}

void Client::assign(const std::vector<TopicPartition>& partitions) {
    check(rd_kafka_assign(handle_, partitions.empty() ? nullptr : list_of(partitions).get()),
          "assign");
}

void Client::pause(const std::vector<TopicPartition>& partitions) {
    check(rd_kafka_pause_partitions(handle_, list_of(partitions).get()), "pause");
}

void Client::resume(const std::vector<TopicPartition>& partitions) {
    check(rd_kafka_resume_partitions(handle_, list_of(partitions).get()), "resume");
}

void Client::commit(const std::vector<TopicPartition>& partitions, bool is_waiting) {
    if (partitions.empty()) return;
    const List list = list_of(partitions);
    const auto result = is_waiting ? commit_and_wait(*list)
                                   : rd_kafka_commit(handle_, list.get(), 1 /* do not wait */);
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    tell("commit", rd_kafka_err2str(result));
    events_.commit_failed();
}

/// The library's own waiting has no end while no broker answers.
rd_kafka_resp_err_t Client::commit_and_wait(const rd_kafka_topic_partition_list_t& list) {
    const std::unique_ptr<rd_kafka_queue_t, void (*)(rd_kafka_queue_t*)> answers(
        rd_kafka_queue_new(handle_), rd_kafka_queue_destroy);
    const auto asked = rd_kafka_commit_queue(handle_, &list, answers.get(), nullptr, nullptr);
    if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) return asked;
    const std::unique_ptr<rd_kafka_event_t, void (*)(rd_kafka_event_t*)> answer(
        rd_kafka_queue_poll(answers.get(), kQuestionMs), rd_kafka_event_destroy);
    return answer ? rd_kafka_event_error(answer.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
}

std::vector<TopicPartition> Client::committed(const std::vector<TopicPartition>& partitions) {
    const List list = list_of(partitions);
    const auto result = rd_kafka_committed(handle_, list.get(), kQuestionMs);
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR) return partitions_of(list.get());
    tell("committed", rd_kafka_err2str(result));
    return {};
}

std::optional<Client::Range> Client::query_range(const TopicPartition& partition) {
    Range range;
    const auto result = rd_kafka_query_watermark_offsets(
        handle_, partition.topic.c_str(), partition.number, &range.low, &range.high, kQuestionMs);
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR) return range;
    tell("query_range", rd_kafka_err2str(result));
    return std::nullopt;
}

std::optional<std::int64_t> Client::known_high(const TopicPartition& partition) {
    Range range;
    const auto result = rd_kafka_get_watermark_offsets(handle_, partition.topic.c_str(),
                                                       partition.number, &range.low, &range.high);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR || range.high < 0) return std::nullopt;
    return range.high;
}

void Client::close() {
    if (std::exchange(is_closed_, true)) return;
    check(rd_kafka_consumer_close(handle_), "close");
}

void Client::on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t what,
                          rd_kafka_topic_partition_list_t* partitions, void* opaque) {
    auto& client = *static_cast<Client*>(opaque);
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        client.events_.assigned(partitions_of(partitions));
        return;
    }
    client.events_.revoked(partitions_of(partitions), rd_kafka_assignment_lost(handle) != 0);
    client.assign({});
}

void Client::on_commit(rd_kafka_t*, rd_kafka_resp_err_t result, rd_kafka_topic_partition_list_t*,
                       void* opaque) {
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR || result == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
    tell("commit", rd_kafka_err2str(result));
    static_cast<Client*>(opaque)->events_.commit_failed();
}

void Client::on_error(rd_kafka_t*, int code, const char* text, void* opaque) {
    static_cast<Client*>(opaque)->events_.trouble(static_cast<rd_kafka_resp_err_t>(code), text);
}

void Client::on_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
    if (level <= kLogWarning) tell(facility, text);
}

}  // namespace vedette::source::kafka
