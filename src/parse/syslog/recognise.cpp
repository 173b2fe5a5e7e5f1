// SPDX-License-Identifier: Apache-2.0
#include "parse/syslog/recognise.h"

#include "parse/syslog/header.h"

namespace vedette::parse::syslog {

namespace {

int score(std::string_view line) {
    // Any moment will do: only whether a time can be read counts here.
    const TimeHints hints{base::Timestamp{1'700'000'000 * base::kNsPerSecond}, std::nullopt,
                          nullptr};
    const Header header = read_header(line, hints);
    if (header.is_rfc5424) return 95;
    if (header.priority) return header.time ? 90 : 60;
    if (!header.time) return 0;
    if (!header.process_id.empty() || header.program == "kernel") return 80;
    return header.program.empty() ? 10 : 50;
}

}  // namespace

int recognise(const std::vector<std::string_view>& records) {
    int sum = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        sum += score(record);
        ++count;
    }
    return count == 0 ? 0 : sum / count;
}

}  // namespace vedette::parse::syslog
