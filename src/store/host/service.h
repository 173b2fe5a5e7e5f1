// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/host/engine.h"

namespace vedette::store::host {

/// One HTTP request, as far as ClickHouse's protocol looks at it.
struct ServiceRequest {
    std::string method;
    std::string path;
    NamedValues parameters;  ///< of the query string, decoded
    std::string content_type = {};
    std::string_view body;
};

/// Where the answer goes. The head comes first, then pieces, then end().
class ServiceAnswer {
  public:
    virtual ~ServiceAnswer() = default;
    /// `size_bytes` is known for short answers; -1 for one that streams.
    virtual base::Result<void> head(int status, const NamedValues& headers,
                                    std::int64_t size_bytes) = 0;
    virtual base::Result<void> piece(std::string_view bytes) = 0;
    virtual base::Result<void> end() = 0;
    /// Breaks off an answer whose head has gone, so that nobody takes it for whole.
    virtual void abort() = 0;
};

/// Answers requests as a ClickHouse server does on its HTTP port: /ping, and statements on /.
/// Settings are parameters of the request and end with it; `param_x` binds {x:Type}; `readonly=1`
/// and GET forbid everything but reading what is in the store. A form's fields are parameters, too.
/// Differences: a statement that is not
/// SELECT or INSERT is answered from memory, and no sessions, users, compression or external data.
/// Source: ClickHouse documentation, "HTTP Interface"
/// Threads: any number at once.
class Service {
  public:
    Service(const Engine& engine, const EngineOptions& options)
        : engine_(engine), options_(options) {}

    /// Errors: only of the answer's own writing; everything else becomes an answer.
    base::Result<void> handle(const ServiceRequest& request, ServiceAnswer& answer) const;

  private:
    base::Result<void> run(const ServiceRequest& request, ServiceAnswer& answer) const;

    const Engine& engine_;
    const EngineOptions& options_;
};

}  // namespace vedette::store::host
