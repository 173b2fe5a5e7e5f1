// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "base/http_server.h"
#include "source/source.h"
#include "source/tokens.h"

namespace vedette::source::remote_write {

/// What the remote-write source does with a request, apart from the connection it came by.
/// Lives: shared with the answers it promised, which may come after the source has stopped; the
/// context's sink, clock and counters must outlive those.   Threads: any, at once.
class Reception : public std::enable_shared_from_this<Reception> {
  public:
    /// With no tokens everybody who reaches us may do everything: for loopback only.
    Reception(SourceContext context, Tokens tokens);

    /// Looks at a header before the body is read: 401 and 403.
    std::optional<base::HttpResponse> refuse(const base::HttpRequest& head) const;
    /// Answers now or when the records are durable.
    void handle(base::HttpRequest request, base::HttpResponder respond);

  private:
    struct Asked;
    void write(const Asked& asked);

    SourceContext context_;
    Tokens tokens_;
    base::StageCounters& counters_;
    std::atomic<std::uint64_t>& rejected_;
};

}  // namespace vedette::source::remote_write
