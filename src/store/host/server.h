// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/host/service.h"

namespace vedette::store::host {

/// Serves a Service on a Unix socket of mode 0600, each connection by a thread of its own, because
/// the engine's interface blocks. base/http_server.h is for strangers: it streams no answers and
/// guards itself against slow peers; here the only peer is the process that started us. Threads:
/// run() in one, stop() from any.
class SocketServer {
  public:
    explicit SocketServer(const Service& service);
    ~SocketServer();
    SocketServer(const SocketServer&) = delete;
    SocketServer& operator=(const SocketServer&) = delete;

    /// Errors: io when the socket cannot be made; a left-over file of that name is removed first.
    base::Result<void> listen(const std::string& socket_path);
    /// Serves until stop(), then waits for statements that run, for kStopWaitMs at most.
    /// False if some were still running.
    bool run();
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::store::host
