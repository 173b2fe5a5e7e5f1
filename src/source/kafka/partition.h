// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/record.h"
#include "event/told.h"
#include "source/format_watch.h"
#include "source/kafka/position.h"

namespace vedette::source::kafka {

/// A message as the client library gives it. Borrows.
struct Message {
    std::int64_t offset = 0;
    std::string_view value;
    std::optional<std::string_view> key = {};
    std::optional<std::int64_t> time_ms = {};  ///< unix milliseconds
    std::vector<std::pair<std::string_view, std::string_view>> headers = {};
};

/// The format of the messages of a topic: chosen, or recognised by the first ones and given up when
/// messages stop fitting it.
class TopicFormat {
  public:
    /// Lives: `formats` outlives it.
    TopicFormat(const event::FormatDeclarations& formats, const std::string& chosen);
    /// Goes on with what an earlier life recognised.
    void restore(const std::string& name);
    /// Writes the format into the envelope of the topic's next chunk.
    void decide(event::Chunk& chunk);

  private:
    const event::FormatDeclarations& formats_;
    const event::FormatDeclaration* format_ = nullptr;
    const bool is_chosen_;
    FormatWatch watch_;
};

/// One partition on its way into the journal: messages become records, records chunks, and of these
/// one at a time is on its way, so that no position overtakes a chunk that the journal refused. A
/// refused chunk is kept and offered again: messages are not asked for twice.
/// Knows nothing of the client library.   Threads: one at a time.
class Partition {
  public:
    /// Lives: `format` outlives it, and is shared by the partitions of a topic.
    Partition(std::string topic, std::int32_t number, TopicFormat& format, bool by_lines);

    /// As an earlier life journalled it.
    void restore(Position position);
    /// The place behind all that is journalled or on its way; nothing if it is not known.
    std::optional<std::int64_t> place() const {
        return sent_ ? std::optional(sent_->next_offset) : std::nullopt;
    }

    /// Reading begins at `offset` (not known: where the broker says). What was read and is not on
    /// its way is forgotten: the broker has it.
    void begin(std::optional<std::int64_t> offset);
    /// Reading goes on at `offset`, because the broker does not have the place where it was to;
    /// what was read stays.
    void go_on_at(std::int64_t offset);
    /// The place to begin at is to be journalled before the first message comes.
    void announce(std::int64_t offset);

    enum class Taken { taken, empty, repeated };
    Taken take(const Message& message);
    /// Headers that had no room, so far.
    std::uint64_t headers_left_out() const { return headers_left_out_; }

    /// The next chunk to offer, if none is on its way. It stays until on_offered().
    std::shared_ptr<const event::Chunk> next_chunk();
    void on_offered();
    void on_durable();
    /// It is to be offered again, unless the partition is no longer ours.
    void on_refused(bool is_ours);

    bool is_on_its_way() const { return is_on_its_way_; }
    /// About what is held in memory and not durable.
    std::size_t held_bytes() const { return held_bytes_; }
    /// Up to here everything is in the journal; nothing if not known.
    std::optional<std::int64_t> durable_offset() const {
        return durable_ ? std::optional(durable_->next_offset) : std::nullopt;
    }
    /// Where the next message is expected.
    std::optional<std::int64_t> read_offset() const { return read_; }
    const std::string& topic() const { return topic_; }
    std::int32_t number() const { return number_; }
    std::string origin() const { return topic_ + "/" + std::to_string(number_); }

  private:
    struct Pending {
        event::Chunk chunk;
        event::Told told;
        Position after;
        std::size_t cost_bytes = 0;  // about what it takes in memory
    };
    void add_record(const Message& message, std::string_view bytes, std::uint16_t flags,
                    Position after);
    void add_told(const Message& message);
    void end_building();
    bool has_room_for(const Message& message, std::size_t record_bytes) const;
    void drop_unsent();

    const std::string topic_;
    const std::int32_t number_;
    TopicFormat& format_;
    const bool by_lines_;
    std::optional<std::int64_t> read_;
    std::uint64_t skip_parts_ = 0;  // of the message at read_: given out already
    std::optional<Position> durable_;
    std::optional<Position> sent_;  // behind the chunk that is on its way, else durable_
    std::optional<Pending> building_;
    std::size_t building_headers_ = 0, building_told_bytes_ = 0;
    std::size_t header_columns_ = 0;  // that the next chunk begins with
    std::deque<Pending> ready_;
    std::shared_ptr<const event::Chunk> front_;  // offered, or to be offered
    Position front_after_;
    std::size_t front_cost_bytes_ = 0;
    bool is_on_its_way_ = false;
    std::size_t held_bytes_ = 0;
    std::uint64_t headers_left_out_ = 0;
};

}  // namespace vedette::source::kafka
