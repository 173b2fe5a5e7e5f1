// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/history_range.h"

#include "rule/search/pipe_words.h"

namespace vedette::apps {

using base::ErrorCode;
using base::Result;
using rule::search::TimeRange;

namespace {

constexpr std::int64_t kDefaultDays = 30;

}  // namespace

Result<TimeRange> history_range(const std::string& last, const std::string& from,
                                const std::string& to) {
    const base::Timestamp now = base::SystemClock().now();
    if (!last.empty()) {
        const auto span = rule::search::read_span(last);
        if (span) return TimeRange{{now.unix_ns - *span}, now};
        return base::fail(ErrorCode::bad_input, "'" + last + "' is no length of time", "--last",
                          "write e.g. 12h, 7d, 90d");
    }
    VD_TRY(TimeRange range, rule::search::parse_time_range(from, to, now));
    const TimeRange open;
    if (range.to == open.to) range.to = now;
    if (range.from == open.from) {
        range.from.unix_ns = range.to.unix_ns - kDefaultDays * base::kNsPerDay;
    }
    if (range.to.unix_ns - range.from.unix_ns > 10 * 366 * base::kNsPerDay) {
        return base::fail(ErrorCode::limit, "the history is looked at for ten years at most",
                          "--from");
    }
    return range;
}

}  // namespace vedette::apps
