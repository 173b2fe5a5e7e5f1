// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "sandbox/jobs.h"

namespace vedette::parse {

/// The name of the job that decodes the records of a chunk: its input is the journal's form of the
/// chunk, its output the rows as RowWriter sends them.
inline constexpr std::string_view kDecodeJob = "decode";

/// Adds the job to a worker program. It knows every format of the build.
void add_decode_job(sandbox::Jobs& jobs);

}  // namespace vedette::parse
