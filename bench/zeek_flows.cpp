// SPDX-License-Identifier: Apache-2.0
#include "bench/zeek_flows.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_set>

namespace vedette::bench {

namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(separator, at), text.size());
        out.push_back(text.substr(at, end - at));
        at = end + separator.size();
    }
    return out;
}

double number_of(std::string_view text) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() ? value : kNoValue;
}

RowLabel label_of(std::string_view text) {
    const auto starts = [&](std::string_view word) {
        return text.size() >= word.size() &&
               std::equal(word.begin(), word.end(), text.begin(),
                          [](char a, char b) { return a == (b | 0x20); });
    };
    if (starts("benign") || starts("normal")) return RowLabel::benign;
    return starts("malicious") ? RowLabel::malicious : RowLabel::none;
}

/// Zeek says it where its networks are configured; else private addresses are local.
std::string_view locality(std::string_view told, std::string_view address) {
    if (told == "T" || told == "F") return told;
    const bool is_private = address.starts_with("10.") || address.starts_with("192.168.") ||
                            address.starts_with("fe80:") || address.starts_with("169.254.") ||
                            (address.starts_with("172.") && address.size() > 6 &&
                             address.substr(4, 3) >= "16." && address.substr(4, 3) <= "31.");
    return is_private ? "T" : "F";
}

bool is_answered(const Flow& flow) {
    return flow.state != "S0" && flow.state != "REJ" && flow.state != "OTH" &&
           flow.state != "RSTOS0" && flow.state != "SH";
}

/// Each letter once, in the order of their first coming: retransmissions tell little.
std::string kinds_of(std::string_view history) {
    std::string kinds;
    for (const char c : history) {
        if (kinds.find(c) == std::string::npos) kinds += c;
    }
    return kinds;
}

/// A conn.log's columns by name.
class ConnLog {
  public:
    /// Nothing if it is none.
    static bool read(std::string_view text, std::vector<Flow>& flows, bool& has_labels) {
        ConnLog log;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            const std::string_view line = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            if (line.starts_with("#fields\t")) {
                if (!log.name(line.substr(8))) return false;
            } else if (!line.empty() && line[0] != '#') {
                if (log.columns_.empty()) return false;
                log.add(line, flows);
            }
        }
        has_labels = log.label_ != kNone;
        return !log.columns_.empty();
    }

  private:
    static constexpr std::size_t kNone = ~std::size_t{0};

    /// IoT-23 writes three spaces between its last names and values.
    static std::vector<std::string_view> values(std::string_view line) {
        auto all = split(line, "\t");
        const auto last = split(all.back(), "   ");
        all.pop_back();
        for (const std::string_view value : last) {
            const std::size_t from = std::min(value.find_first_not_of(' '), value.size());
            all.push_back(value.substr(from));
        }
        return all;
    }
    bool name(std::string_view line) {
        columns_ = values(line);
        label_ = at("label");
        return at("id.orig_h") != kNone && at("conn_state") != kNone && at("history") != kNone;
    }
    std::size_t at(std::string_view column) const {
        const auto found = std::find(columns_.begin(), columns_.end(), column);
        return found == columns_.end() ? kNone : static_cast<std::size_t>(found - columns_.begin());
    }
    void add(std::string_view line, std::vector<Flow>& flows) const {
        const auto cells = values(line);
        const auto text = [&](std::string_view column) {
            const std::size_t i = at(column);
            return i < cells.size() ? cells[i] : std::string_view();
        };
        const auto number = [&](std::string_view column) { return number_of(text(column)); };
        Flow flow;
        flow.time_s = number("ts");
        if (std::isnan(flow.time_s)) return;
        flow.source = text("id.orig_h");
        flow.target = text("id.resp_h");
        flow.target_port = text("id.resp_p");
        flow.protocol = text("proto");
        flow.service = text("service");
        flow.state = text("conn_state");
        flow.history = text("history");
        flow.is_source_local = text("local_orig");
        flow.is_target_local = text("local_resp");
        flow.duration_s = number("duration");
        flow.source_bytes = number("orig_bytes");
        flow.target_bytes = number("resp_bytes");
        flow.missed_bytes = number("missed_bytes");
        flow.source_packets = number("orig_pkts");
        flow.source_ip_bytes = number("orig_ip_bytes");
        flow.target_packets = number("resp_pkts");
        flow.target_ip_bytes = number("resp_ip_bytes");
        flow.label = label_ < cells.size() ? label_of(cells[label_]) : RowLabel::none;
        flows.push_back(flow);
    }

    std::vector<std::string_view> columns_;
    std::size_t label_ = kNone;
};

}  // namespace

void ZeekFlowColumns::name_columns(LabelledRows& rows) {
    rows.numbers = {"duration",
                    "source_bytes",
                    "target_bytes",
                    "missed_bytes",
                    "source_packets",
                    "target_packets",
                    "source_ip_bytes",
                    "target_ip_bytes",
                    "source_packet_bytes",
                    "target_packet_bytes",
                    "history_length",
                    "port",
                    "pair_gap"};
    for (const std::string who : {"source", "target"}) {
        for (const char* const what : {"_others", "_ports", "_answered_share", "_known_other_share",
                                       "_known_port_share", "_gap", "_mean_gap"}) {
            rows.numbers.push_back(who + what);
        }
    }
    rows.categories = {"protocol", "service", "state", "history", "locality", "port"};
}

void ZeekFlowColumns::add_latest(const Flow& flow, const std::string& key, std::string_view other,
                                 LabelledRows& rows) {
    Latest& latest = (key[0] == 's' ? sources_ : targets_)[key];
    const std::uint32_t other_hash = category_hash(other), port = category_hash(flow.target_port);
    std::unordered_set<std::uint32_t> others, ports;
    double answered = 0, known_other = 0, known_port = 0;
    for (const Latest::Seen& seen : latest.seen) {
        others.insert(seen.other);
        ports.insert(seen.port);
        answered += seen.is_answered ? 1 : 0;
        known_other += seen.other == other_hash ? 1 : 0;
        known_port += seen.port == port ? 1 : 0;
    }
    const auto count = static_cast<double>(latest.seen.size());
    const bool is_first = latest.seen.empty();
    const double gap = is_first ? kNoValue : std::max(0.0, flow.time_s - latest.last_s);
    for (const double value :
         {static_cast<double>(others.size()), static_cast<double>(ports.size()),
          is_first ? kNoValue : answered / count, is_first ? kNoValue : known_other / count,
          is_first ? kNoValue : known_port / count, gap, is_first ? kNoValue : latest.mean_gap_s}) {
        rows.number_cells.push_back(value);
    }
    if (!is_first) latest.mean_gap_s += (gap - latest.mean_gap_s) / std::min(count + 1, 16.0);
    latest.last_s = flow.time_s;
    latest.seen.push_back({other_hash, port, is_answered(flow)});
    if (latest.seen.size() > kLatest) latest.seen.pop_front();
}

void ZeekFlowColumns::add(const Flow& flow, LabelledRows& rows) {
    const auto each = [](double bytes, double packets) {
        return packets > 0 ? bytes / packets : kNoValue;
    };
    double& last_of_pair =
        last_of_pair_s_[std::string(flow.source) + ' ' + std::string(flow.target) + ' ' +
                        std::string(flow.target_port)];
    const double pair_gap =
        last_of_pair == 0 ? kNoValue : std::max(0.0, flow.time_s - last_of_pair);
    last_of_pair = flow.time_s;
    for (const double value :
         {flow.duration_s, flow.source_bytes, flow.target_bytes, flow.missed_bytes,
          flow.source_packets, flow.target_packets, flow.source_ip_bytes, flow.target_ip_bytes,
          each(flow.source_ip_bytes, flow.source_packets),
          each(flow.target_ip_bytes, flow.target_packets), static_cast<double>(flow.history.size()),
          number_of(flow.target_port), pair_gap}) {
        rows.number_cells.push_back(value);
    }
    add_latest(flow, "s" + std::string(flow.source), flow.target, rows);
    add_latest(flow, "t" + std::string(flow.target), flow.source, rows);
    const std::string where = std::string(locality(flow.is_source_local, flow.source)) +
                              std::string(locality(flow.is_target_local, flow.target));
    for (const std::string& text :
         {std::string(flow.protocol), std::string(flow.service), std::string(flow.state),
          kinds_of(flow.history), where, std::string(flow.target_port)}) {
        rows.category_cells.push_back(category_hash(text));
    }
    rows.labels.push_back(flow.label);
}

base::Result<LabelledRows> read_zeek_flows(const std::vector<DataFile>& files) {
    LabelledRows labelled, unlabelled;
    ZeekFlowColumns::name_columns(labelled);
    ZeekFlowColumns::name_columns(unlabelled);
    for (const DataFile& file : files) {
        std::vector<Flow> flows;
        bool has_labels = false;
        if (!ConnLog::read(file.text, flows, has_labels)) continue;
        // A log is written when flows end; what was known at a flow's time came before it.
        std::stable_sort(flows.begin(), flows.end(),
                         [](const Flow& a, const Flow& b) { return a.time_s < b.time_s; });
        ZeekFlowColumns columns;  // each file is a network of its own
        for (Flow& flow : flows) {
            if (!has_labels) flow.label = RowLabel::benign;
            columns.add(flow, has_labels ? labelled : unlabelled);
        }
    }
    LabelledRows& rows = labelled.size() > 0 ? labelled : unlabelled;
    if (rows.size() == 0) {
        return base::fail(base::ErrorCode::bad_input, "there is no conn.log of Zeek", {},
                          "a tab-separated log with a line #fields is needed");
    }
    return std::move(rows);
}

}  // namespace vedette::bench
