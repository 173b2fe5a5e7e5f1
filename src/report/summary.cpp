// SPDX-License-Identifier: Apache-2.0
#include "report/summary.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "base/json_text.h"
#include "report/words.h"

namespace vedette::report {

std::uint64_t Summary::finding_count() const {
    return std::accumulate(findings.begin(), findings.end(), std::uint64_t{0});
}

std::string read_text(const Summary& summary) {
    std::string out = count_text(summary.events, "event") + " (" + bytes_text(summary.bytes) + ")";
    if (summary.files > 0) out += " of " + count_text(summary.files, "file");
    out += " read in " + duration_text(summary.seconds);
    // A rate over less than a hundredth of a second measures the start of the program.
    if (summary.seconds >= 0.01) {
        const double rate = static_cast<double>(summary.events) / summary.seconds;
        out += ", " + count_text(static_cast<std::uint64_t>(std::llround(rate))) + " events/s";
    }
    return out;
}

std::string found_text(const Summary& summary) {
    if (summary.finding_count() == 0) return "Nothing found.";
    return count_text(summary.incidents, "incident") + ", " +
           count_text(summary.finding_count(), "finding") + ": " +
           levels_text({summary.findings.begin(), summary.findings.end()});
}

std::string to_json(const Summary& summary) {
    std::string out = "{\"subject\":";
    base::append_json_string(out, summary.subject);
    out += fmt::format(
        ",\"files\":{},\"events\":{},\"bytes\":{},\"seconds\":{:.3f},\"rules\":{},"
        "\"incidents\":{},\"findings\":{{",
        summary.files, summary.events, summary.bytes,
        std::isfinite(summary.seconds) ? summary.seconds : 0.0, summary.rules, summary.incidents);
    for (std::size_t level = 0; level < summary.findings.size(); ++level) {
        out += fmt::format("{}\"{}\":{}", level > 0 ? "," : "",
                           name(static_cast<cases::Severity>(level)), summary.findings[level]);
    }
    return out + "}}";
}

}  // namespace vedette::report
