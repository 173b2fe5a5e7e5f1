// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vedette::bench {

struct IngestOptions {
    std::string data_path;  ///< JSON lines (compressed or not); empty: generated sshd lines
    std::uint64_t events = 500'000;  ///< the lines are repeated until there are so many
    int connections = 2;
    std::size_t events_per_request = 500;
    double events_per_second = 0;  ///< 0: as fast as answers come
    std::string rules_folder;      ///< empty: the rules we ship
    std::string data_folder;       ///< empty: a temporary one
    std::uint64_t insert_rows = 32'768;
    int writers = 2;
};

/// Sends events to a whole server in this process over HTTP on loopback (`_bulk` for JSON lines,
/// /ingest for syslog) and measures: how long an acknowledgement takes, how fast events are
/// durable, and how fast everything is judged and searchable; CPU per event and stage; peak memory
/// and open files of this process (senders included) and of the store's child. Gives one JSON
/// object. The peer (a bare insert of the same rows) is measured in the same run.
base::Result<std::string> run_ingest(const IngestOptions& options);

}  // namespace vedette::bench
