// SPDX-License-Identifier: Apache-2.0
#include "bench/labelled_rows.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/hash.h"

namespace vedette::bench {

namespace {

constexpr std::string_view kNslColumns =
    "duration,protocol_type,service,flag,src_bytes,dst_bytes,land,wrong_fragment,urgent,hot,"
    "num_failed_logins,logged_in,num_compromised,root_shell,su_attempted,num_root,"
    "num_file_creations,num_shells,num_access_files,num_outbound_cmds,is_host_login,"
    "is_guest_login,count,srv_count,serror_rate,srv_serror_rate,rerror_rate,srv_rerror_rate,"
    "same_srv_rate,diff_srv_rate,srv_diff_host_rate,dst_host_count,dst_host_srv_count,"
    "dst_host_same_srv_rate,dst_host_diff_srv_rate,dst_host_same_src_port_rate,"
    "dst_host_srv_diff_host_rate,dst_host_serror_rate,dst_host_srv_serror_rate,"
    "dst_host_rerror_rate,dst_host_srv_rerror_rate";
constexpr std::string_view kUnswColumns =
    "dur,proto,service,state,spkts,dpkts,sbytes,dbytes,rate,sttl,dttl,sload,dload,sloss,dloss,"
    "sinpkt,dinpkt,sjit,djit,swin,stcpb,dtcpb,dwin,tcprtt,synack,ackdat,smean,dmean,trans_depth,"
    "response_body_len,ct_srv_src,ct_state_ttl,ct_dst_ltm,ct_src_dport_ltm,ct_dst_sport_ltm,"
    "ct_dst_src_ltm,is_ftp_login,ct_ftp_cmd,ct_flw_http_mthd,ct_src_ltm,ct_srv_dst,"
    "is_sm_ips_ports";
constexpr std::string_view kTextColumns[] = {"protocol_type", "service", "flag", "proto", "state"};

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(separator, at), text.size());
        out.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

double number_of(const std::string& text) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() ? value : std::numeric_limits<double>::quiet_NaN();
}

/// "normal" and "0" are benign; an attack's name, "attack" and "1" are not.
RowLabel label_of(const std::string& text) {
    if (text.empty()) return RowLabel::none;
    const bool is_benign = text == "0" || text == "normal" || text == "Normal" || text == "normal.";
    return is_benign ? RowLabel::benign : RowLabel::malicious;
}

struct TableShape {
    std::vector<std::string> columns;
    std::vector<bool> is_text;
};

TableShape shape_of(std::string_view names, LabelledRows& rows) {
    TableShape shape{split(names, ','), {}};
    for (const std::string& column : shape.columns) {
        const bool is_text = std::find(std::begin(kTextColumns), std::end(kTextColumns), column) !=
                             std::end(kTextColumns);
        shape.is_text.push_back(is_text);
        (is_text ? rows.categories : rows.numbers).push_back(column);
    }
    return shape;
}

/// False if the table lacks one of the columns.
bool add_table(const CsvTable& table, const TableShape& shape, LabelledRows& rows) {
    std::vector<std::size_t> at;
    for (const std::string& column : shape.columns) {
        const auto found = table.find(column);
        if (!found) return false;
        at.push_back(*found);
    }
    const auto label = table.find("label");
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < at.size(); ++i) {
            if (shape.is_text[i]) {
                rows.category_cells.push_back(category_hash(row[at[i]]));
            } else {
                rows.number_cells.push_back(number_of(row[at[i]]));
            }
        }
        rows.labels.push_back(label ? label_of(row[*label]) : RowLabel::benign);
    }
    return true;
}

base::Result<LabelledRows> nothing_found(std::string_view what) {
    return base::fail(base::ErrorCode::bad_input, "there is no " + std::string(what), {},
                      "the README of the data set tells which columns it has");
}

/// The original text has no header; the label is its 42nd value.
std::string with_header(std::string_view text) {
    const std::string_view first = text.substr(0, text.find('\n'));
    const auto commas = std::count(first.begin(), first.end(), ',');
    std::string out;
    if (!first.starts_with("duration") && (commas == 41 || commas == 42)) {
        const bool has_names = first.find("protocol_type") != std::string_view::npos;
        if (!has_names) {
            out = std::string(kNslColumns) + ",label" + (commas == 42 ? ",difficulty\n" : "\n");
        }
    }
    return out + std::string(text);
}

}  // namespace

std::size_t LabelledRows::count(RowLabel label) const {
    return static_cast<std::size_t>(std::count(labels.begin(), labels.end(), label));
}

void LabelledRows::append(const LabelledRows& other) {
    number_cells.insert(number_cells.end(), other.number_cells.begin(), other.number_cells.end());
    category_cells.insert(category_cells.end(), other.category_cells.begin(),
                          other.category_cells.end());
    labels.insert(labels.end(), other.labels.begin(), other.labels.end());
}

std::uint32_t category_hash(std::string_view text) {
    if (text.empty() || text == "-") return 0;
    return static_cast<std::uint32_t>(base::hash64(text)) | 1U;
}

base::Result<LabelledRows> read_nsl_kdd(const std::vector<DataFile>& files) {
    LabelledRows rows;
    const TableShape shape = shape_of(kNslColumns, rows);
    for (const DataFile& file : files) add_table(read_csv(with_header(file.text)), shape, rows);
    if (rows.size() == 0) return nothing_found("table of NSL-KDD");
    return rows;
}

base::Result<LabelledRows> read_unsw_nb15(const std::vector<DataFile>& files) {
    LabelledRows rows;
    const TableShape shape = shape_of(kUnswColumns, rows);
    for (const DataFile& file : files) add_table(read_csv(file.text), shape, rows);
    if (rows.size() == 0) return nothing_found("table of UNSW-NB15");
    return rows;
}

}  // namespace vedette::bench
