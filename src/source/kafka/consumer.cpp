// SPDX-License-Identifier: Apache-2.0
#include "source/kafka/consumer.h"

#include <algorithm>

#include "base/log.h"
#include "source/kafka/limits.h"

namespace vedette::source::kafka {

namespace {

using base::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// As Kafka itself has it: other names stand in labels and paths for something they are not.
bool is_topic_name(std::string_view name) {
    constexpr std::size_t kNameBytesMax = 249;
    return !name.empty() && name.size() <= kNameBytesMax &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

std::string_view text_of(const void* bytes, std::size_t size) {
    return bytes == nullptr ? std::string_view()
                            : std::string_view(static_cast<const char*>(bytes), size);
}

/// Lives: borrows from the message.
Message message_of(const rd_kafka_message_t& raw) {
    Message message;
    message.offset = raw.offset;
    message.value = text_of(raw.payload, raw.len);
    if (raw.key != nullptr) message.key = text_of(raw.key, raw.key_len);
    rd_kafka_timestamp_type_t kind{};
    const std::int64_t time_ms = rd_kafka_message_timestamp(&raw, &kind);
    if (kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) message.time_ms = time_ms;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&raw, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return message;
    for (std::size_t i = 0;; ++i) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        if (rd_kafka_header_get_all(headers, i, &name, &value, &size) !=
            RD_KAFKA_RESP_ERR_NO_ERROR) {
            return message;
        }
        message.headers.emplace_back(name, text_of(value, size));
    }
}

}  // namespace

void Fates::put(Fate fate) {
    const std::lock_guard lock(mutex_);
    fates_.push_back(std::move(fate));
    changed_.notify_all();
}

std::vector<Fates::Fate> Fates::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(fates_, {});
}

void Fates::wait(milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [&] { return !fates_.empty(); });
}

Consumer::Consumer(SourceContext context, KafkaSettings settings)
    : context_(std::move(context)),
      settings_(std::move(settings)),
      stage_(context_.counters.stage("source " + context_.name)),
      empty_total_(context_.counters.number("vedette_kafka_empty_total",
                                            "source=\"" + context_.name + "\"")),
      repeated_total_(context_.counters.number("vedette_kafka_repeated_total",
                                               "source=\"" + context_.name + "\"")),
      places_lost_total_(context_.counters.number("vedette_kafka_places_lost_total",
                                                  "source=\"" + context_.name + "\"")),
      messages_gone_total_(context_.counters.number("vedette_kafka_messages_gone_total",
                                                    "source=\"" + context_.name + "\"")),
      headers_left_out_total_(context_.counters.number("vedette_kafka_headers_left_out_total",
                                                       "source=\"" + context_.name + "\"")),
      partitions_(context_.counters.number("vedette_kafka_partitions",
                                           "source=\"" + context_.name + "\"")) {
    load_positions();
}

void Consumer::load_positions() {
    for (const auto& [origin, bytes] : context_.positions) {
        const std::size_t slash = origin.rfind('/');
        auto position = decode_position(bytes);
        const auto number = slash == std::string::npos ? -1 : std::atoi(origin.c_str() + slash + 1);
        Reading* const reading =
            position && number >= 0 ? reading_of(origin.substr(0, slash), number) : nullptr;
        if (reading == nullptr) {
            base::log::warn("kafka.position_unreadable",
                            {{"source", context_.name}, {"origin", origin}});
            continue;
        }
        reading->partition->restore(std::move(*position));
    }
    context_.positions.clear();
}

/// nullptr for what is no topic, or one partition too many.
Consumer::Reading* Consumer::reading_of(const std::string& topic, std::int32_t number) {
    const auto found = readings_.find({topic, number});
    if (found != readings_.end()) return &found->second;
    if (readings_.size() >= kPartitionsMax || !is_topic_name(topic)) {
        if (told_.insert(topic).second) {
            base::log::error("kafka.partition_not_read",
                             {{"source", context_.name}, {"partitions_max", kPartitionsMax}});
        }
        ++stage_.errors;
        return nullptr;
    }
    TopicFormat& format =
        formats_.try_emplace(topic, context_.formats, settings_.format).first->second;
    Reading& reading = readings_[{topic, number}];
    reading.partition = std::make_unique<Partition>(topic, number, format, settings_.by_lines);
    reading.lag = &context_.counters.number("vedette_kafka_lag",
                                            "source=\"" + context_.name + "\",topic=\"" + topic +
                                                "\",partition=\"" + std::to_string(number) + "\"");
    return &reading;
}

Result<void> Consumer::open(const std::string& where) {
    ClientEvents events;
    events.assigned = [this](std::vector<TopicPartition> all) { on_assigned(std::move(all)); };
    events.revoked = [this](const std::vector<TopicPartition>& all, bool is_lost) {
        on_revoked(all, is_lost);
    };
    events.commit_failed = [this] {
        ++stage_.errors;
        for (auto& [key, reading] : readings_) reading.committed = RD_KAFKA_OFFSET_INVALID;
    };
    events.trouble = [this](rd_kafka_resp_err_t error, std::string_view text) {
        ++stage_.errors;
        base::log::warn(
            "kafka.trouble",
            {{"source", context_.name}, {"what", rd_kafka_err2name(error)}, {"says", text}});
    };
    VD_TRY(client_, Client::make(settings_, where, std::move(events)));
    return client_->subscribe(settings_.topics);
}

/// Where the group committed more than we know of: another member has read on.
std::map<Consumer::Key, std::int64_t> Consumer::further_places(
    const std::vector<TopicPartition>& known) {
    std::map<Key, std::int64_t> further;
    if (known.empty()) return further;
    for (const TopicPartition& one : client_->committed(known)) {
        const Reading& reading = readings_.at({one.topic, one.number});
        if (one.offset <= reading.partition->place().value_or(0)) continue;
        further[{one.topic, one.number}] = one.offset;
        base::log::info("kafka.read_on_by_another",
                        {{"source", context_.name},
                         {"partition", reading.partition->origin()},
                         {"from", reading.partition->place().value_or(0)},
                         {"to", one.offset}});
    }
    return further;
}

void Consumer::on_assigned(std::vector<TopicPartition> partitions) {
    take_fates();
    std::erase_if(partitions, [this](const TopicPartition& one) {
        return reading_of(one.topic, one.number) == nullptr;
    });
    std::vector<TopicPartition> known;
    for (const TopicPartition& one : partitions) {
        if (readings_.at({one.topic, one.number}).partition->place()) known.push_back(one);
    }
    const auto further = further_places(known);
    for (TopicPartition& one : partitions) {
        Reading& reading = readings_.at({one.topic, one.number});
        std::optional<std::int64_t> place = reading.partition->place();
        if (const auto found = further.find({one.topic, one.number}); found != further.end()) {
            place = found->second;
        }
        reading.partition->begin(place);
        reading.is_ours = true;
        reading.is_paused = false;
        reading.committed = RD_KAFKA_OFFSET_INVALID;
        one.offset = place.value_or(RD_KAFKA_OFFSET_STORED);
    }
    partitions_ = partitions.size();
    client_->assign(partitions);
}

void Consumer::on_revoked(const std::vector<TopicPartition>& partitions, bool is_lost) {
    for (const TopicPartition& one : partitions) {
        const auto found = readings_.find({one.topic, one.number});
        if (found == readings_.end()) continue;
        found->second.is_ours = false;
        found->second.lag->store(0);
        placeless_.erase(found->first);
        found->second.partition->begin(std::nullopt);
    }
    const auto until = steady_clock::now() + milliseconds(kRevokeWaitMs);
    take_fates();
    while (!is_lost && on_their_way() > 0 && steady_clock::now() < until) {
        fates_->wait(milliseconds(kRetryMs));
        take_fates();
    }
    if (!is_lost) client_->commit(to_commit(&partitions), true);
    partitions_ = 0;
}

std::size_t Consumer::on_their_way() const {
    return static_cast<std::size_t>(
        std::count_if(readings_.begin(), readings_.end(),
                      [](const auto& each) { return each.second.partition->is_on_its_way(); }));
}

void Consumer::turn() {
    const auto now = steady_clock::now();
    take_fates();
    MessagePointer message = client_->poll(held_bytes_ > 0 ? kBusyWaitMs : kIdleWaitMs);
    for (int count = 1; message; ++count, message = client_->poll(0)) {
        message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? take_message(*message) : take_error(*message);
        if (count == kTurnMessagesMax || is_over_) break;
    }
    place_again();
    offer_all(now);
    regulate();
    if (now < next_tell_) return;
    next_tell_ = now + milliseconds(kCommitMs);
    tell_broker();
    count_lag();
}

void Consumer::take_message(const rd_kafka_message_t& message) {
    const auto found = readings_.find({rd_kafka_topic_name(message.rkt), message.partition});
    if (found == readings_.end() || !found->second.is_ours) return;
    Partition& partition = *found->second.partition;
    const std::size_t before = partition.held_bytes();
    const std::uint64_t left_out_before = partition.headers_left_out();
    switch (partition.take(message_of(message))) {
        case Partition::Taken::taken: break;
        case Partition::Taken::empty: ++empty_total_; break;
        case Partition::Taken::repeated: ++repeated_total_; break;
    }
    headers_left_out_total_ += partition.headers_left_out() - left_out_before;
    held_bytes_ += partition.held_bytes() - before;
    is_over_ |= held_bytes_ >= kHeldBytesMax || partition.held_bytes() >= kPartitionHeldBytes;
}

void Consumer::take_error(const rd_kafka_message_t& message) {
    const std::string topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        placeless_.insert({topic, message.partition});
        return;
    }
    ++stage_.errors;
    if (!told_.insert(topic + " " + rd_kafka_err2name(message.err)).second) return;
    base::log::warn(
        "kafka.cannot_read",
        {{"source", context_.name}, {"topic", topic}, {"why", rd_kafka_message_errstr(&message)}});
}

/// Partitions whose place the broker does not have: never told, removed by its retention, or of a
/// topic that was made anew.
void Consumer::place_again() {
    const auto now = steady_clock::now();
    if (placeless_.empty() || now < next_place_) return;
    next_place_ = now + milliseconds(kRetryMs);
    bool is_changed = false;
    for (auto key = placeless_.begin(); key != placeless_.end();) {
        const auto found = readings_.find(*key);
        const bool is_done =
            found == readings_.end() || !found->second.is_ours || find_place(*key, found->second);
        is_changed |= is_done;
        key = is_done ? placeless_.erase(key) : std::next(key);
    }
    if (!is_changed) return;
    std::vector<TopicPartition> all;
    for (auto& [key, reading] : readings_) {
        if (!reading.is_ours) continue;
        reading.is_paused = false;
        all.push_back({key.first, key.second,
                       reading.partition->read_offset().value_or(RD_KAFKA_OFFSET_STORED)});
    }
    client_->assign(all);
}

bool Consumer::find_place(const Key& key, Reading& reading) {
    const auto range = client_->query_range({key.first, key.second});
    if (!range) return false;
    Partition& partition = *reading.partition;
    const auto wanted = partition.read_offset();
    const std::int64_t place = !wanted && settings_.from_end ? range->high : range->low;
    if (wanted) {
        ++places_lost_total_;
        if (range->low > *wanted) {
            messages_gone_total_ += static_cast<std::uint64_t>(range->low - *wanted);
        }
        base::log::error(
            "kafka.place_is_gone",
            {{"source", context_.name},
             {"partition", partition.origin()},
             {"wanted", *wanted},
             {"first", range->low},
             {"end", range->high},
             {"hint", range->low > *wanted
                          ? "the broker's retention was faster than we: keep more"
                          : "the topic was made anew: it is read from its beginning"}});
    }
    partition.go_on_at(place);
    if (!wanted && settings_.from_end) partition.announce(place);
    return true;
}

void Consumer::take_fates() {
    for (const auto& [key, acceptance] : fates_->take()) {
        Reading& reading = readings_.at(key);
        if (acceptance == Acceptance::durable) {
            reading.partition->on_durable();
        } else {
            ++stage_.errors;
            reading.partition->on_refused(reading.is_ours);
        }
    }
    held_bytes_ = 0;
    for (const auto& [key, reading] : readings_) held_bytes_ += reading.partition->held_bytes();
}

void Consumer::offer_all(SteadyTime now) {
    if (now < retry_at_) return;
    for (auto& [key, reading] : readings_) {
        if (reading.is_ours && !offer(key, reading)) {
            retry_at_ = now + milliseconds(kRetryMs);
            return;
        }
    }
}

/// False if there was no room.
bool Consumer::offer(const Key& key, Reading& reading) {
    const auto chunk = reading.partition->next_chunk();
    if (!chunk) return true;
    event::Chunk offered = *chunk;
    offered.envelope.source = context_.name;
    offered.envelope.arrival = context_.clock.now();
    const auto on_fate = [box = fates_, key](Acceptance acceptance) {
        box->put({key, acceptance});
    };
    if (!context_.sink.offer(std::move(offered), on_fate)) return false;
    stage_.received += chunk->record_count();
    stage_.sent += chunk->record_count();
    stage_.bytes += chunk->bytes.size();
    reading.partition->on_offered();
    return true;
}

/// Memory is bounded by not asking: a paused partition's messages stay at the broker, and we stay
/// in the group.
void Consumer::regulate() {
    std::vector<TopicPartition> pause, resume;
    for (auto& [key, reading] : readings_) {
        if (!reading.is_ours) continue;
        const std::size_t held = reading.partition->held_bytes();
        const bool is_over = held_bytes_ >= kHeldBytesMax || held >= kPartitionHeldBytes;
        const bool is_under = held_bytes_ < kHeldBytesMax / 2 && held < kPartitionHeldBytes / 2;
        if (!reading.is_paused && is_over) pause.push_back({key.first, key.second});
        if (reading.is_paused && is_under) resume.push_back({key.first, key.second});
        reading.is_paused = reading.is_paused ? !is_under : is_over;
    }
    is_over_ = false;
    if (!pause.empty()) client_->pause(pause);
    if (!resume.empty()) client_->resume(resume);
    stage_.queue_depth = held_bytes_;
}

void Consumer::tell_broker() { client_->commit(to_commit(nullptr), false); }

/// What is durable and was not told; of the partitions that are ours, or of `only` these.
std::vector<TopicPartition> Consumer::to_commit(const std::vector<TopicPartition>* only) {
    std::vector<TopicPartition> out;
    const auto add = [&](const Key& key, Reading& reading) {
        const auto durable = reading.partition->durable_offset();
        if (!durable || *durable <= reading.committed) return;
        reading.committed = *durable;
        out.push_back({key.first, key.second, *durable});
    };
    if (only == nullptr) {
        for (auto& [key, reading] : readings_) {
            if (reading.is_ours) add(key, reading);
        }
        return out;
    }
    for (const TopicPartition& one : *only) {
        const auto found = readings_.find({one.topic, one.number});
        if (found != readings_.end()) add(found->first, found->second);
    }
    return out;
}

void Consumer::count_lag() {
    for (auto& [key, reading] : readings_) {
        if (!reading.is_ours) continue;
        const auto high = client_->known_high({key.first, key.second});
        const auto durable = reading.partition->durable_offset();
        if (!high || !durable) continue;
        reading.lag->store(static_cast<std::uint64_t>(std::max<std::int64_t>(0, *high - *durable)));
    }
}

void Consumer::close() {
    if (client_) client_->close();
}

}  // namespace vedette::source::kafka
