// SPDX-License-Identifier: Apache-2.0
#include "source/relp/conversation.h"

#include <algorithm>

#include "event/batch.h"
#include "event/limits.h"
#include "source/message_part.h"
#include "source/relp/limits.h"

namespace vedette::source::relp {

namespace {

constexpr std::string_view kOk = "200 OK";

/// A value of the client's offers, which are lines `name=value`.
std::string_view offer(std::string_view offers, std::string_view name) {
    while (!offers.empty()) {
        const std::string_view line = offers.substr(0, offers.find('\n'));
        offers.remove_prefix(std::min(offers.size(), line.size() + 1));
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=') {
            return line.substr(name.size() + 1);
        }
    }
    return {};
}

/// librelp speaks version 0 to this day and calls it so; 1 is the same with its final name.
std::string welcome(std::string_view offers) {
    const std::string_view version = offer(offers, "relp_version") == "0" ? "0" : "1";
    return std::string(kOk) + "\nrelp_version=" + std::string(version) +
           "\nrelp_software=vedette," VEDETTE_VERSION "\ncommands=syslog";
}

std::string frame(std::uint32_t transaction, std::string_view command, std::string_view data) {
    std::string out = std::to_string(transaction) + ' ' + std::string(command) + ' ' +
                      std::to_string(data.size());
    if (!data.empty()) out.append(1, ' ').append(data);
    return out + '\n';
}

}  // namespace

bool Conversation::has_place(const event::Chunk& chunk) const {
    return chunk.record_count() < event::kChunkRecordsMax &&
           (chunk.record_count() == 0 ||
            chunk.bytes.size() + data_.size() <= event::kChunkBytesMax);
}

std::size_t Conversation::feed(std::string_view bytes, event::Chunk& chunk) {
    const std::size_t size = bytes.size();
    while (!bytes.empty() && !is_over_) {
        // What ends a message or a part of it is taken only when the record has a place.
        const bool is_full = is_message_ && data_.size() >= kMessageBytesMax;
        if ((is_full || reader_.is_before_end()) && !has_place(chunk)) break;
        if (answers_.size() >= kUnansweredMax) break;
        if (is_full && !reader_.is_before_end()) give(chunk, true);
        const std::size_t room = is_message_ ? kMessageBytesMax - data_.size() : kOfferBytesMax;
        switch (reader_.next(bytes, room)) {
            case FrameReader::Event::more: break;
            case FrameReader::Event::head: begin_frame(); break;
            case FrameReader::Event::data: take_data(reader_.data()); break;
            case FrameReader::Event::end: end_frame(chunk); break;
            case FrameReader::Event::broken: break_off(); break;
        }
    }
    return is_over_ ? size : size - bytes.size();
}

void Conversation::begin_frame() {
    is_message_ = reader_.head().command == "syslog" && is_open_;
    is_inside_longer_ = false;
    data_.clear();
    // Whoever does not open first does not speak RELP.
    if (!is_open_ && reader_.head().command != "open") break_off();
}

void Conversation::take_data(std::string_view data) {
    // Data of other commands is looked at as far as we understand it.
    if (!is_message_)
        data = data.substr(0, kOfferBytesMax - std::min(kOfferBytesMax, data_.size()));
    data_.append(data);
}

void Conversation::give(event::Chunk& chunk, bool is_part) {
    if (is_part && !is_inside_longer_) longer_.fetch_add(1, std::memory_order_relaxed);
    is_inside_longer_ |= is_part;
    const std::size_t size = is_part ? message_part_size(data_) : data_.size();
    if (is_inside_longer_ && chunk.flags.empty()) chunk.flags.resize(chunk.record_count(), 0);
    chunk.add_record(std::string_view(data_).substr(0, size));
    if (is_inside_longer_) {
        chunk.flags.push_back(event::kRowPartOfLonger);
    } else if (!chunk.flags.empty()) {
        chunk.flags.push_back(0);
    }
    has_records_ = true;
    data_.erase(0, size);
}

void Conversation::end_frame(event::Chunk& chunk) {
    const FrameHead& head = reader_.head();
    if (is_message_) {
        // rsyslog may leave the line end of a file's line.
        data_.erase(std::min(data_.size(), data_.find_last_not_of("\n\r") + 1));
        if (!data_.empty()) give(chunk, false);
        answer(std::string(kOk));
    } else if (head.transaction == 0) {
        // A hint that we do not know, of which nothing follows.
    } else if (head.command == "open" && !is_open_) {
        is_open_ = true;
        answer(welcome(data_));
    } else if (head.command == "close") {
        answer(std::string(kOk));
        is_over_ = must_say_goodbye_ = true;
    } else {
        answer("500 command not known here");
    }
    is_message_ = false;
    data_.clear();
}

void Conversation::answer(std::string text) {
    if (reader_.head().transaction == 0) return;
    answers_.push_back({reader_.head().transaction, std::move(text)});
}

void Conversation::break_off() {
    is_over_ = must_say_goodbye_ = true;
    broken_.fetch_add(1, std::memory_order_relaxed);
}

void Conversation::on_offered() {
    in_flight_ = answers_.size() - ready_;
    has_flight_ = true;
    has_records_ = false;
}

void Conversation::on_durable() {
    ready_ += std::exchange(in_flight_, 0);
    has_flight_ = false;
}

std::string Conversation::take_answers() {
    // Behind no message at all: nothing to wait for.
    if (!has_flight_ && !has_records_) ready_ = answers_.size();
    std::string out;
    for (; ready_ > 0; --ready_) {
        out += frame(answers_.front().transaction, "rsp", answers_.front().text);
        answers_.pop_front();
    }
    const bool is_last = answers_.empty() && !has_flight_ && !has_records_;
    if (must_say_goodbye_ && is_last) {
        out += frame(0, "serverclose", {});
        must_say_goodbye_ = false;
    }
    return out;
}

}  // namespace vedette::source::relp
