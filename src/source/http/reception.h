// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/http_server.h"
#include "source/http/bulk_answer.h"
#include "source/record_chunks.h"
#include "source/source.h"
#include "source/tokens.h"

namespace vedette::source::http {

/// What the HTTP source does with a request, apart from the connection it came by: who may, what is
/// meant, into chunks, and an answer once they are durable.
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
    void bulk(const Asked& asked, std::string_view default_index);
    void document(const Asked& asked, std::string_view index, std::string id, BulkAction action);
    void ingest(const Asked& asked, const std::string& source_name);
    void take_items(const Asked& asked, BulkBody body, bool is_single);
    std::vector<ItemFate> judge(const BulkBody& body, const Token* token) const;
    const event::FormatDeclaration* format_named(std::string_view name) const;

    SourceContext context_;
    Tokens tokens_;
    base::StageCounters& counters_;
};

}  // namespace vedette::source::http
