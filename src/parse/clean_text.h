// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vedette::parse {

/// Makes a record safe to put into columns, which hold UTF-8 without the byte that separates
/// values. Nearly every record is so already and is returned as it is; of the others `scratch` gets
/// a copy in which each byte that belongs to no UTF-8 sequence has become U+FFFD and each NUL a
/// blank. Lives: as long as `record`, or until `scratch` changes.   Cost: 8 bytes a step while it
/// is ASCII.
struct CleanText {
    std::string_view text;
    bool was_valid = true;  ///< false: some bytes were not UTF-8
};
CleanText clean_text(std::string_view record, std::string& scratch);

}  // namespace vedette::parse
