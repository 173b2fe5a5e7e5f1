// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/http_server.h"
#include "source/hec/ack_book.h"
#include "source/hec/answers.h"
#include "source/source.h"
#include "source/tokens.h"

namespace vedette::source::hec {

/// What the HEC source does with a request, apart from the connection it came by.
/// Lives: shared with the answers it promised, which may come after the source has stopped; the
/// context's sink, clock and counters must outlive those.   Threads: any, at once.
class Reception : public std::enable_shared_from_this<Reception> {
  public:
    /// With no tokens everybody who reaches us may do everything: for loopback only.
    /// `has_acks`: requests are answered when they are taken, with an id whose fate can be asked
    /// for; else when they are durable.
    Reception(SourceContext context, Tokens tokens, bool has_acks);

    /// Looks at a header before the body is read.
    std::optional<base::HttpResponse> refuse(const base::HttpRequest& head) const;
    /// Answers now or when the records are durable.
    void handle(base::HttpRequest request, base::HttpResponder respond);

  private:
    struct Asked;
    void events(const Asked& asked);
    void raw(const Asked& asked);
    void acks(const Asked& asked);
    bool is_index_denied(const Asked& asked, std::string_view written_index) const;
    void deliver(const Asked& asked, std::vector<event::Chunk> chunks, std::size_t count,
                 std::size_t bytes);
    base::HttpResponse health() const;

    SourceContext context_;
    Tokens tokens_;
    const bool has_acks_;
    base::StageCounters& counters_;
    std::atomic<std::uint64_t>& acks_forgotten_;
    AckBook acks_;
    std::atomic<std::int64_t> busy_until_ns_{0};
};

}  // namespace vedette::source::hec
