// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/csv_table.h"

namespace vedette::bench {

enum class RowLabel : std::uint8_t { benign, malicious, none };

/// Rows of mixed columns with their labels, in the order of their files.
struct LabelledRows {
    std::vector<std::string> numbers, categories;  ///< names of the columns
    std::vector<double> number_cells;              ///< not finite: missing
    std::vector<std::uint32_t> category_cells;     ///< hashes; 0: missing
    std::vector<RowLabel> labels;

    std::size_t size() const { return labels.size(); }
    std::size_t count(RowLabel label) const;
    /// Appends another's rows; its columns are the same.
    void append(const LabelledRows& other);
};

/// A category's hash; "-" and nothing are missing.
std::uint32_t category_hash(std::string_view text);

/// What a suite reads from files; those that are something else are left out.
/// Errors: bad_input if there is none.
using ReadRows = base::Result<LabelledRows> (*)(const std::vector<DataFile>& files);

/// NSL-KDD: with a header, or the original text of 42 or 43 values a line.
base::Result<LabelledRows> read_nsl_kdd(const std::vector<DataFile>& files);
/// UNSW-NB15, the partition with a header.
base::Result<LabelledRows> read_unsw_nb15(const std::vector<DataFile>& files);
/// Zeek's labelled conn.log, tab-separated: `label` as a column (CTU) or inside the last one
/// (IoT-23). Columns are made in a stream, see zeek_flows.h. Where a file has labels, files without
/// are left out, since they tell nothing; where none has, all count as benign.
base::Result<LabelledRows> read_zeek_flows(const std::vector<DataFile>& files);

}  // namespace vedette::bench
