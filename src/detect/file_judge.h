// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cases/finding.h"

namespace vedette::detect {

/// A file that is to be judged, and what led to it.
struct FileToJudge {
    int file = -1;     ///< open for reading; read from its beginning
    std::string path;  ///< what it is called; of a member of an archive "archive!member"
    // What a finding says of where it comes from.
    std::string source, origin;
    std::uint64_t record = 0;
    base::Timestamp time;                 ///< of the event that named it, or of its last change
    std::vector<event::EventId> events;   ///< that named it; may be empty
    std::vector<event::Entity> entities;  ///< of those events
};

struct FileJudgement {
    std::vector<cases::Finding> findings;
    std::string sha256;  ///< of exactly the bytes that were judged
    std::uint64_t size_bytes = 0;
    std::vector<std::string> gave_up;  ///< rules that reached a bound on this file
};

/// Judges files. What it says depends on the file, its path and the rules alone; the files of a
/// disk are not in the journal, so whoever must be able to replay journals the answer. Threads:
/// any. It may outlive the detector that gave it.
class FileJudge {
  public:
    virtual ~FileJudge() = default;
    /// Errors: limit (too large), timeout, unavailable (it killed its worker), io.
    virtual base::Result<FileJudgement> judge(const FileToJudge& file) const = 0;
    /// Names the rules by their content.
    virtual const std::string& rules_name() const = 0;
};

}  // namespace vedette::detect
