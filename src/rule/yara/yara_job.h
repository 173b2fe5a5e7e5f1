// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "sandbox/jobs.h"

namespace vedette::rule::yara {

/// The jobs of a worker program that knows YARA.
///
/// `yara_compile`: input encode(NamedFiles); output a byte 0 for each file begun, as a sign of
/// life, then a byte 1 and encode(Compilation). `yara_scan`: arguments ScanArguments, the file to
/// look at as the job's file, as input the compiled rules or nothing; output encode(FileMatches).
/// Rules stay in the worker under the hash of their content until others come, so that they need
/// not be sent with each file; a worker that does not have them says `not_found`. Nothing else
/// stays.
inline constexpr std::string_view kCompileJob = "yara_compile";
inline constexpr std::string_view kScanJob = "yara_scan";

struct ScanArguments {
    std::string rules;  ///< hash of the compiled set
    int seconds_max = 0;
    std::string path;  ///< what the file is called
};
std::string encode(const ScanArguments& arguments);
/// Errors: corrupt.
base::Result<ScanArguments> decode_scan_arguments(std::string_view bytes);

void add_yara_jobs(sandbox::Jobs& jobs);

}  // namespace vedette::rule::yara
