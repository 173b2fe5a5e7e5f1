// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace vedette::base {

void stop_on_bug(std::string_view condition, std::string_view file, int line) {
    std::fprintf(stderr, "vedette: bug: %.*s does not hold at %.*s:%d\n",
                 static_cast<int>(condition.size()), condition.data(),
                 static_cast<int>(file.size()), file.data(), line);
    std::abort();
}

}  // namespace vedette::base
