// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cases/finding.h"

namespace vedette::engine::files {

/// What holding a file against the rules came to. The file may be gone or another when the journal
/// is replayed, so the findings are in the record. Files without any are not journalled.
struct FileFindings {
    std::string path, sha256;
    std::string rules;  ///< name of the compiled set
    std::vector<cases::Finding> findings;
};

std::string file_findings_control(const FileFindings& found);
/// Nothing if the record is about something else, or damaged.
std::optional<FileFindings> file_findings_of_control(std::string_view payload);

}  // namespace vedette::engine::files
