// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace vedette::parse::syslog {

/// How sure it is that these lines are syslog, 0 to 100: the mean over the lines that are not
/// empty. A priority or a bracketed process id says more than a time and a word before a colon,
/// which applications' own logs have as well.
int recognise(const std::vector<std::string_view>& records);

}  // namespace vedette::parse::syslog
