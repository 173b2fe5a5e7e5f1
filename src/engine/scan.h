// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cases/finding.h"
#include "cases/incident.h"
#include "engine/clocks.h"
#include "engine/ruleset.h"

namespace vedette::engine {

struct ScanOptions {
    std::vector<std::string> paths;  ///< files and folders
    std::vector<std::string> rule_paths;
    std::vector<std::string> logsource_paths;
    std::vector<std::string> yara_paths;      ///< of YARA rules that files are held against
    std::vector<std::string> analytic_paths;  ///< what is learned; empty: nothing
    detect::Placeholders placeholders;
    std::vector<std::string> format_folders;   ///< of user-made formats
    std::vector<std::string> list_folders;     ///< of look-up lists
    std::vector<std::string> indicator_paths;  ///< feeds of indicators: files, folders
    std::vector<std::string> warning_paths;    ///< what must be no indicator
    ClockSettings clock;                       ///< of all files
    std::string format;                        ///< empty: recognised by content, file by file
    cases::Severity severity_min = cases::Severity::informational;
    std::uint32_t batch_rows = 4'096;
};

/// How far a scan has come; told about ten times a second.
struct ScanProgress {
    std::string path;
    std::uint64_t files = 0, files_total = 0;
    std::uint64_t bytes = 0, bytes_total = 0;  ///< as they lie on the disk
    std::uint64_t events = 0, findings = 0;
};

/// A file that was not read, or not to its end.
struct UnreadFile {
    std::string path, reason;
};

struct ScanSummary {
    std::uint64_t files = 0, bytes = 0, events = 0, not_decoded = 0;
    std::uint64_t findings = 0;  ///< of the wanted severity
    std::uint64_t rules = 0;     ///< in force
    std::uint64_t indicators = 0;
    std::uint64_t yara_files = 0;  ///< and members of archives that were held against YARA rules
    std::vector<UnreadFile> unread;
    std::vector<UnreadFile> unjudged;             ///< by YARA rules, though there are some
    std::vector<detect::DetectorNotice> notices;  ///< rules that were not used, and why
    std::vector<std::pair<std::string, std::uint64_t>> formats;  ///< name -> files
    /// Values on which an expression of a rule reached its bounds; they count as not matching.
    std::uint64_t gave_up = 0;
    /// What correlations forgot before its time, because memory ran short.
    std::uint64_t forgotten = 0;
};

/// Judges files once, without server, journal or store: their events, and, where there are YARA
/// rules, the files themselves and the members of archives. Archives are opened in a confined
/// worker; their members count as files in what was not read and in the formats. Files are read one
/// after the other in the order of their paths, whatever the time of their events: correlations put
/// events into the order of time themselves, within the memory they have. Findings are given in the
/// order of files and records, those that may grow (of correlations) when all is read; an event's
/// id is (file, record, row), so scanning again gives the same finding ids. Memory does not grow
/// with the size of the files. Stops early when `progress` returns false. Errors: rules or paths
/// that cannot be read; a file that cannot be is in the summary instead.
base::Result<ScanSummary> scan(const ScanOptions& options,
                               const std::function<void(cases::Finding)>& found,
                               const std::function<bool(const ScanProgress&)>& progress);

}  // namespace vedette::engine
