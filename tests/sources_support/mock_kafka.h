// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette::tests {

/// librdkafka's own mock cluster, and a real producer of the same library for it. It keeps 5 MB and
/// 100,000 messages a partition.
class MockKafka {
  public:
    explicit MockKafka(int brokers = 1) {
        handle_ = make(rd_kafka_conf_new());
        cluster_ = rd_kafka_mock_cluster_new(handle_, brokers);
    }
    ~MockKafka() {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(handle_);
    }
    MockKafka(const MockKafka&) = delete;
    MockKafka& operator=(const MockKafka&) = delete;

    std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    void create(const std::string& topic, int partitions) {
        rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
    }
    void set_down(int broker) { rd_kafka_mock_broker_set_down(cluster_, broker); }
    void set_up(int broker) { rd_kafka_mock_broker_set_up(cluster_, broker); }

    struct Sent {
        std::string value, key = {};
        bool is_tombstone = false;
        std::vector<std::pair<std::string, std::string>> headers = {};
    };
    /// Returns when the cluster has acknowledged all of it.
    void send(const std::string& topic, int partition, const std::vector<Sent>& messages,
              const std::string& compression = "none") {
        rd_kafka_conf_t* const conf = rd_kafka_conf_new();
        set(conf, "bootstrap.servers", brokers());
        set(conf, "compression.codec", compression);
        set(conf, "message.max.bytes", "20000000");
        set(conf, "linger.ms", "5");
        rd_kafka_t* const producer = make(conf);
        for (const Sent& message : messages) send_one(producer, topic, partition, message);
        if (rd_kafka_flush(producer, 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw std::runtime_error("the mock cluster takes nothing");
        }
        rd_kafka_destroy(producer);
    }
    void send(const std::string& topic, int partition, const std::vector<std::string>& values) {
        std::vector<Sent> messages;
        for (const std::string& value : values) messages.push_back({value});
        send(topic, partition, messages);
    }

    /// What the group has committed; -1001 if nothing.
    std::int64_t committed(const std::string& group, const std::string& topic, int partition) {
        rd_kafka_conf_t* const conf = rd_kafka_conf_new();
        set(conf, "bootstrap.servers", brokers());
        set(conf, "group.id", group);
        rd_kafka_t* const asker = make(conf, RD_KAFKA_CONSUMER);
        rd_kafka_topic_partition_list_t* const list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, topic.c_str(), partition);
        const auto result = rd_kafka_committed(asker, list, 30'000);
        const std::int64_t offset = list->elems[0].offset;
        rd_kafka_topic_partition_list_destroy(list);
        rd_kafka_destroy(asker);
        if (result != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error("no answer");
        return offset;
    }

  private:
    static void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
        std::array<char, 256> text{};
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) !=
            RD_KAFKA_CONF_OK) {
            throw std::runtime_error(text.data());
        }
    }
    static rd_kafka_t* make(rd_kafka_conf_t* conf, rd_kafka_type_t type = RD_KAFKA_PRODUCER) {
        std::array<char, 256> text{};
        set(conf, "log_level", "2");
        rd_kafka_t* const made = rd_kafka_new(type, conf, text.data(), text.size());
        if (made == nullptr) throw std::runtime_error(text.data());
        return made;
    }
    static void send_one(rd_kafka_t* producer, const std::string& topic, int partition,
                         const Sent& message) {
        rd_kafka_headers_t* const headers = rd_kafka_headers_new(message.headers.size());
        for (const auto& [name, value] : message.headers) {
            rd_kafka_header_add(headers, name.c_str(), -1, value.data(),
                                static_cast<ssize_t>(value.size()));
        }
        std::array<rd_kafka_vu_t, 6> told{};
        told[0].vtype = RD_KAFKA_VTYPE_TOPIC;
        told[0].u.cstr = topic.c_str();
        told[1].vtype = RD_KAFKA_VTYPE_PARTITION;
        told[1].u.i32 = partition;
        told[2].vtype = RD_KAFKA_VTYPE_VALUE;
        told[2].u.mem = {message.is_tombstone ? nullptr : const_cast<char*>(message.value.data()),
                         message.value.size()};
        told[3].vtype = RD_KAFKA_VTYPE_KEY;
        told[3].u.mem = {message.key.empty() ? nullptr : const_cast<char*>(message.key.data()),
                         message.key.size()};
        told[4].vtype = RD_KAFKA_VTYPE_HEADERS;
        told[4].u.headers = headers;
        told[5].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
        told[5].u.i = RD_KAFKA_MSG_F_COPY;
        if (rd_kafka_error_t* const error =
                rd_kafka_produceva(producer, told.data(), told.size())) {
            const std::string text = rd_kafka_error_string(error);
            rd_kafka_error_destroy(error);
            throw std::runtime_error(text);
        }
    }

    rd_kafka_t* handle_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace vedette::tests
