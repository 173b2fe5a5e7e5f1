// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "event/framing.h"
#include "event/record.h"
#include "source/format_watch.h"

namespace vedette::source {

/// The format of every sender of a listening source, known by its address, so that a sender with a
/// connection for each message is recognised once and not each time.
///
/// A sender's format is recognised by the first records it sends, and again when records stop
/// fitting (format_watch.h). What no format is sure of but begins with a priority ("<13>") is
/// syslog. Only formats of single lines are chosen: records are cut by the protocol, not by the
/// format.
/// Owns: kSendersMax senders; the one unheard of for longest is forgotten.   Threads: any.
class SenderFormats {
  public:
    /// `format`: of all senders; empty: recognised. Lives: `formats` must outlive it.
    SenderFormats(const event::FormatDeclarations& formats, const std::string& format);

    /// Puts format, version and first_line into a chunk that has records and an origin.
    void stamp(event::Chunk& chunk);

  private:
    struct Sender {
        std::string origin;
        const event::FormatDeclaration* format = nullptr;
        FormatWatch watch;
        std::uint64_t record_count = 0;
    };

    Sender& sender_of(const std::string& origin);
    const event::FormatDeclaration& first_format(const event::Chunk& chunk) const;
    void watch(Sender& sender, event::Chunk& chunk);

    const event::FormatDeclarations& formats_;
    const event::FormatDeclaration* const chosen_;  // of everybody, if one was configured
    std::mutex mutex_;
    std::list<Sender> senders_;  // the last one heard of comes first
    std::unordered_map<std::string, std::list<Sender>::iterator> by_origin_;
};

}  // namespace vedette::source
