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
    /// Of the generated lines. Each is a finding with the rules we ship: a fiftieth is an open port
    /// on the internet, a quarter an attack.
    double failed_share = 0.02;
    std::string rules_folder;  ///< empty: the rules we ship
    std::string data_folder;   ///< empty: a temporary one
    std::uint64_t insert_rows = 32'768;
    int writers = 2;
    /// Searches that read every record, back to back: what acknowledging suffers beside them.
    int hunters = 0;
    /// With hunters the load is sent twice more, cut into so many turns alone and so many beside
    /// them, in turn: a disk's tail drifts more from minute to minute than a hunt moves it.
    int rounds = 4;
};

/// Sends events to a whole server in this process over HTTP on loopback (`_bulk` for JSON lines,
/// /ingest for syslog), from senders in a process of their own, and measures: how long an
/// acknowledgement takes, how fast events are durable, and how fast everything is judged and
/// searchable; CPU per event and stage; peak memory and open files of this process and of the
/// store's child. Gives one JSON object. The peer (a bare insert of as many of the same rows, in
/// inserts of the same size) is measured in the same run. Hunters: hunt.h. Call it while there is
/// one thread.
base::Result<std::string> run_ingest(const IngestOptions& options);

}  // namespace vedette::bench
