// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::bench {

/// The lines of a file, opened if it is compressed. Units: at most `lines_max` lines.
base::Result<std::vector<std::string>> read_lines(const std::string& path, std::uint64_t lines_max);

/// Lines as sshd writes them through syslog, about 250 bytes each with its PAM detail, the same for
/// the same seed: logins of a few hundred users and addresses, of which `failed_share` were
/// refused.
std::vector<std::string> sshd_lines(std::uint64_t count, double failed_share, std::uint64_t seed);

}  // namespace vedette::bench
