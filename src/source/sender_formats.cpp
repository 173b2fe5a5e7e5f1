// SPDX-License-Identifier: Apache-2.0
#include "source/sender_formats.h"

#include <algorithm>

#include "base/check.h"
#include "source/limits.h"
#include "source/text_probe.h"

namespace vedette::source {

namespace {

using event::FormatDeclaration;

/// A priority as RFC 3164 and RFC 5424 have it: "<" one to three digits ">".
bool has_priority(std::string_view record) {
    if (record.empty() || record.front() != '<') return false;
    const std::size_t end = record.find('>');
    return end >= 2 && end <= 4 &&
           record.find_first_not_of("0123456789", 1) == end;  // npos is not <= 4
}

}  // namespace

SenderFormats::SenderFormats(const event::FormatDeclarations& formats, const std::string& format)
    : formats_(formats), chosen_(format.empty() ? nullptr : find_format(formats, format)) {
    VD_CHECK(format.empty() || chosen_ != nullptr);
}

SenderFormats::Sender& SenderFormats::sender_of(const std::string& origin) {
    const auto found = by_origin_.find(origin);
    if (found != by_origin_.end()) {
        senders_.splice(senders_.begin(), senders_, found->second);
        return senders_.front();
    }
    if (senders_.size() >= kSendersMax) {
        by_origin_.erase(senders_.back().origin);
        senders_.pop_back();
    }
    senders_.push_front({origin, chosen_, {}, 0});
    by_origin_.emplace(origin, senders_.begin());
    return senders_.front();
}

const FormatDeclaration& SenderFormats::first_format(const event::Chunk& chunk) const {
    std::vector<std::string_view> records;
    const std::size_t count = std::min(chunk.record_count(), kRecogniseRecordsMax);
    for (std::size_t i = 0; i < count; ++i) records.push_back(chunk.record(i));
    const FormatDeclaration& best = event::recognise(formats_, records);
    if (is_plain(best.framing) && best.recognise(records) >= kSureEnough) return best;
    const FormatDeclaration* const syslog = find_format(formats_, "syslog");
    if (syslog != nullptr && has_priority(records.front())) return *syslog;
    const FormatDeclaration* const text = find_format(formats_, "text");
    return is_plain(best.framing) || text == nullptr ? best : *text;
}

void SenderFormats::watch(Sender& sender, event::Chunk& chunk) {
    // Small chunks are gathered, for every sender: large records of many senders would add up.
    const bool is_small = chunk.record_count() < kRecogniseRecordsMax;
    if (is_small && chunk.bytes.size() > kGatheredChunkBytesMax) return;
    const FormatWatch::Change change = sender.watch.look(formats_, *sender.format, chunk);
    if (change.begins_in_chunk) chunk.envelope.format = change.format->name;
    if (change.begins_in_chunk) chunk.envelope.format_version = change.format->version;
    if (change.format != nullptr) sender.format = change.format;
}

void SenderFormats::stamp(event::Chunk& chunk) {
    VD_CHECK(chunk.record_count() > 0);
    const std::lock_guard lock(mutex_);
    Sender& sender = sender_of(chunk.envelope.origin);
    if (sender.format == nullptr) sender.format = &first_format(chunk);
    chunk.envelope.format = sender.format->name;
    chunk.envelope.format_version = sender.format->version;
    chunk.envelope.first_line = sender.record_count;
    sender.record_count += chunk.record_count();
    if (chosen_ == nullptr) watch(sender, chunk);
}

}  // namespace vedette::source
