// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "engine/engine.h"

namespace vedette::serve {

/// The name of the admin socket in a data folder.
inline constexpr std::string_view kAdminSocketName = "admin.sock";

/// The local face of a running server: HTTP on a Unix socket that only its owner may open, and
/// /metrics alone on TCP where the configuration asks for it.
///
///   GET  /metrics                     Prometheus text
///   GET  /api/status                  how far everything has come
///   POST /api/search                  {"query" or "sql", "from", "to", "limit", "format"}: see
///                                     search_request.h
///   POST /api/live                    {"query", "next", "table"}: see live_request.h
///   GET  /api/incidents, /api/findings, /api/inbox?stage=   JSON lines, newest first; ?limit=
///   POST /api/inbox/parse             reads the inbox again; ?limit= and ?as=FORMAT
///   GET  /api/fields                  fields that searches ask for, and their columns
///   POST /api/fields/promote, /api/fields/demote   ?field=
///   POST /api/rules/replay            what a rule would have raised: see replay_request.h
///   GET  /api/rules/replays           new rules that are replayed over the history by themselves
///                                     (engine/rule_replays/replay_json.h)
///   /api/analytics/learn, /api/analytics/subtract   what is learned of the history, and what is
///                                     left out (learn_request.h)
///   POST /api/reload                  reads the rules again
///   GET  /api/intel, POST /api/intel/pull?feed=   feeds of indicators (intel_request.h)
///   /api/retention, /api/holds, /api/forget   what is kept and what goes (keeping.h)
///
/// Who can open the socket is the administrator: rights of the file are the only check.
class Admin {
  public:
    explicit Admin(engine::Engine& engine);
    ~Admin();
    /// Errors: those of listening.
    base::Result<void> start();
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::serve
