// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/labelled_rows.h"

namespace vedette::bench {

/// One line of Zeek's conn.log, as far as it is used.
struct Flow {
    double time_s = 0;
    std::string_view source, target, target_port, protocol, service, state, history;
    std::string_view is_source_local, is_target_local;
    double duration_s = 0, source_bytes = 0, target_bytes = 0, missed_bytes = 0;
    double source_packets = 0, source_ip_bytes = 0, target_packets = 0, target_ip_bytes = 0;
    RowLabel label = RowLabel::none;
};

/// Makes columns of flows in the order of their time: what the flow is, and how it stands to the
/// latest flows of its source and its target (fan-out, gaps, unanswered share). No address and no
/// time is a column: each capture has its own.
class ZeekFlowColumns {
  public:
    static void name_columns(LabelledRows& rows);
    void add(const Flow& flow, LabelledRows& rows);

  private:
    static constexpr std::size_t kLatest = 64;
    struct Latest {
        struct Seen {
            std::uint32_t other, port;
            bool is_answered;
        };
        std::deque<Seen> seen;
        double last_s = 0;
        double mean_gap_s = 0;
    };
    void add_latest(const Flow& flow, const std::string& key, std::string_view other,
                    LabelledRows& rows);

    std::unordered_map<std::string, Latest> sources_, targets_;
    std::unordered_map<std::string, double> last_of_pair_s_;
};

}  // namespace vedette::bench
