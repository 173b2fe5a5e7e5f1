// SPDX-License-Identifier: Apache-2.0
#include "source/kafka/partition.h"

#include <algorithm>

#include "base/check.h"
#include "base/time.h"
#include "event/limits.h"
#include "source/kafka/limits.h"
#include "source/kafka/record_cutter.h"
#include "source/limits.h"
#include "source/text_probe.h"

namespace vedette::source::kafka {

namespace {

/// Columns of what is told that every chunk has; those of headers follow.
constexpr std::size_t kFixedColumns = 5;

/// What the fixed columns take of a record.
constexpr std::size_t kToldOverheadBytes = 200;

std::string cut(std::string_view text, std::size_t bytes_max) {
    return std::string(text.substr(0, bytes_max));
}

/// A message's time as the row gets it; 0: none that can be one.
std::int64_t time_ns_of(const Message& message) {
    std::int64_t ns = 0;
    const bool is_time = message.time_ms && *message.time_ms > 0 &&
                         !__builtin_mul_overflow(*message.time_ms, base::kNsPerMs, &ns);
    return is_time ? ns : 0;
}

std::size_t told_bytes_of(const Message& message) {
    std::size_t bytes =
        kToldOverheadBytes + std::min(message.key ? message.key->size() : 0, kKeyBytesMax);
    const std::size_t headers = std::min(message.headers.size(), kHeadersMax);
    for (std::size_t i = 0; i < headers; ++i) {
        const auto& [name, value] = message.headers[i];
        bytes += std::min(name.size() + value.size() + 2, kHeaderBytesMax);
    }
    return bytes;
}

}  // namespace

TopicFormat::TopicFormat(const event::FormatDeclarations& formats, const std::string& chosen)
    : formats_(formats), is_chosen_(!chosen.empty()) {
    if (is_chosen_) format_ = find_format(formats_, chosen);
    VD_CHECK(!is_chosen_ || format_ != nullptr);
}

void TopicFormat::restore(const std::string& name) {
    if (format_ == nullptr && !name.empty()) format_ = find_format(formats_, name);
}

void TopicFormat::decide(event::Chunk& chunk) {
    if (chunk.record_count() > 0 && format_ == nullptr) {
        std::vector<std::string_view> first;
        for (std::size_t i = 0; i < std::min(chunk.record_count(), kRecogniseRecordsMax); ++i) {
            first.push_back(chunk.record(i));
        }
        format_ = &event::recognise(formats_, first);
    }
    if (format_ == nullptr) return;  // the chunk has a position alone
    FormatWatch::Change change;
    if (!is_chosen_ && chunk.record_count() > 0) change = watch_.look(formats_, *format_, chunk);
    if (change.begins_in_chunk) format_ = change.format;
    chunk.envelope.format = format_->name;
    chunk.envelope.format_version = format_->version;
    if (change.format != nullptr) format_ = change.format;
}

Partition::Partition(std::string topic, std::int32_t number, TopicFormat& format, bool by_lines)
    : topic_(std::move(topic)), number_(number), format_(format), by_lines_(by_lines) {}

void Partition::restore(Position position) {
    format_.restore(position.format);
    durable_ = sent_ = std::move(position);
}

void Partition::drop_unsent() {
    building_.reset();
    ready_.clear();
    if (!is_on_its_way_) front_.reset();
    held_bytes_ = is_on_its_way_ ? front_cost_bytes_ : 0;
}

void Partition::begin(std::optional<std::int64_t> offset) {
    drop_unsent();
    read_ = offset;
    skip_parts_ = sent_ && offset == sent_->next_offset ? sent_->parts_given : 0;
}

void Partition::go_on_at(std::int64_t offset) {
    read_ = offset;
    skip_parts_ = 0;
}

void Partition::announce(std::int64_t offset) {
    Pending pending;
    pending.after.next_offset = offset;
    ready_.push_back(std::move(pending));
}

Partition::Taken Partition::take(const Message& message) {
    if (read_ && message.offset < *read_) return Taken::repeated;
    const std::uint64_t skip = read_ == message.offset ? std::exchange(skip_parts_, 0) : 0;
    skip_parts_ = 0;
    read_ = message.offset + 1;
    RecordCutter records(message.value, by_lines_);
    if (!records.has_more()) {
        // Nothing to journal; the place moves on with the next record, or now if all else is safe.
        if (!building_ && ready_.empty() && !front_) {
            durable_ = sent_ = Position{*read_, 0, durable_ ? durable_->format : std::string()};
        }
        return Taken::empty;
    }
    if (message.headers.size() > kHeadersMax) {
        headers_left_out_ += message.headers.size() - kHeadersMax;
    }
    for (std::uint64_t given = 1; records.has_more(); ++given) {
        const RecordCutter::Record record = records.next();
        if (given <= skip) continue;
        add_record(message, record.bytes, record.flags,
                   records.has_more() ? Position{message.offset, given, {}}
                                      : Position{message.offset + 1, 0, {}});
    }
    return Taken::taken;
}

bool Partition::has_room_for(const Message& message, std::size_t record_bytes) const {
    const event::Chunk& chunk = building_->chunk;
    return chunk.record_count() < event::kChunkRecordsMax &&
           chunk.bytes.size() + record_bytes <= event::kChunkBytesMax &&
           building_told_bytes_ + told_bytes_of(message) <= kToldBytesOfChunk &&
           std::min(message.headers.size(), kHeadersMax) <= building_headers_;
}

void Partition::add_record(const Message& message, std::string_view bytes, std::uint16_t flags,
                           Position after) {
    header_columns_ = std::max(header_columns_, std::min(message.headers.size(), kHeadersMax));
    if (building_ && !has_room_for(message, bytes.size())) end_building();
    if (!building_) {
        building_.emplace();
        building_headers_ = header_columns_;
        building_told_bytes_ = 0;
        event::Chunk& chunk = building_->chunk;
        chunk.envelope.first_line = static_cast<std::uint64_t>(message.offset);
        building_->told.names = {"kafka.topic", "kafka.partition", "kafka.offset",
                                 "kafka.timestamp", "kafka.key"};
        building_->told.names.resize(kFixedColumns + building_headers_, "kafka.headers");
    }
    event::Chunk& chunk = building_->chunk;
    chunk.add_record(bytes);
    if (flags != 0 && chunk.flags.empty()) chunk.flags.resize(chunk.record_count() - 1);
    if (flags != 0 || !chunk.flags.empty()) chunk.flags.push_back(flags);
    add_told(message);
    building_->cost_bytes += bytes.size() + told_bytes_of(message);
    held_bytes_ += bytes.size() + told_bytes_of(message);
    building_->after = std::move(after);
}

void Partition::add_told(const Message& message) {
    event::Told& told = building_->told;
    const std::int64_t time_ns = time_ns_of(message);
    told.times_ns.push_back(time_ns);
    told.values.push_back(topic_);
    told.values.push_back(std::to_string(number_));
    told.values.push_back(std::to_string(message.offset));
    told.values.push_back(time_ns == 0 ? "" : base::format_rfc3339({time_ns}));
    told.values.push_back(cut(message.key.value_or(""), kKeyBytesMax));
    for (std::size_t i = 0; i < building_headers_; ++i) {
        std::string& text = told.values.emplace_back();
        if (i >= message.headers.size()) continue;
        text = cut(message.headers[i].first, kHeaderBytesMax) + ": ";
        text += message.headers[i].second.substr(0, kHeaderBytesMax);
        text.resize(std::min(text.size(), kHeaderBytesMax));
    }
    building_told_bytes_ += told_bytes_of(message);
}

void Partition::end_building() {
    ready_.push_back(std::move(*building_));
    building_.reset();
}

std::shared_ptr<const event::Chunk> Partition::next_chunk() {
    if (is_on_its_way_ || front_) return is_on_its_way_ ? nullptr : front_;
    if (ready_.empty() && building_) end_building();
    if (ready_.empty()) return nullptr;
    Pending next = std::move(ready_.front());
    ready_.pop_front();
    format_.decide(next.chunk);
    if (!next.told.is_empty()) next.chunk.envelope.context = event::with_told(next.told, "");
    front_after_ = std::move(next.after);
    front_cost_bytes_ = next.cost_bytes;
    front_after_.format = next.chunk.envelope.format;
    next.chunk.envelope.origin = origin();
    next.chunk.position = encode_position(front_after_);
    front_ = std::make_shared<const event::Chunk>(std::move(next.chunk));
    return front_;
}

void Partition::on_offered() {
    VD_CHECK(front_ && !is_on_its_way_);
    is_on_its_way_ = true;
    sent_ = front_after_;
}

void Partition::on_durable() {
    is_on_its_way_ = false;
    held_bytes_ -= front_cost_bytes_;
    durable_ = front_after_;
    front_.reset();
}

void Partition::on_refused(bool is_ours) {
    is_on_its_way_ = false;
    sent_ = durable_;
    if (is_ours) return;  // it is the front still
    held_bytes_ -= front_cost_bytes_;
    front_.reset();
}

}  // namespace vedette::source::kafka
