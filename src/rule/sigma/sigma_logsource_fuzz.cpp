// SPDX-License-Identifier: Apache-2.0
// Any bytes as a log-source file, of either shape.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "rule/sigma/logsource.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::sigma;
    LogSourceMap sources;
    const auto added = sources.add("l.yml", {reinterpret_cast<const char*>(data), size});
    VD_CHECK(added || sources.size() == 0);
    for (const LogSource& source :
         {LogSource{"process_creation", "windows", ""}, LogSource{"", "windows", ""},
          LogSource{"a", "windows", "b"}, LogSource{"", "", "sshd"}}) {
        const auto ways = sources.find(source);
        VD_CHECK(!ways || !ways->empty());
    }
    return 0;
}
