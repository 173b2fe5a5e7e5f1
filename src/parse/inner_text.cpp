// SPDX-License-Identifier: Apache-2.0
#include "parse/inner_text.h"

#include <algorithm>
#include <array>

#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

/// "<134>", or the month and day that lines of RFC 3164 without a priority begin with.
bool is_like_syslog(std::string_view text) {
    if (text.starts_with('<')) {
        const std::size_t close = text.substr(0, 5).find('>');
        return close != text.npos && is_digits(text.substr(1, close - 1), 3);
    }
    static constexpr std::array<std::string_view, 12> kMonths = {"Jan ", "Feb ", "Mar ", "Apr ",
                                                                 "May ", "Jun ", "Jul ", "Aug ",
                                                                 "Sep ", "Oct ", "Nov ", "Dec "};
    return text.size() > 15 && text[9] == ':' && text[12] == ':' &&
           std::find(kMonths.begin(), kMonths.end(), text.substr(0, 4)) != kMonths.end();
}

/// `... [22/Nov/2026:03:12:09 +0000] "GET ...`
bool is_like_access_log(std::string_view text) {
    constexpr std::size_t kHeadBytes = 512, kTimeBytes = 28;
    const std::size_t bracket = text.substr(0, kHeadBytes).find(" [");
    if (bracket == text.npos || bracket + kTimeBytes >= text.size()) return false;
    return text.substr(bracket + kTimeBytes).starts_with("] \"");
}

}  // namespace

bool hand_on_text(std::string_view hint, std::string_view text, RowSink& sink) {
    if (text.empty()) return false;
    if (!hint.empty() && sink.inner(hint, text)) return true;
    if (sink.inner({}, text)) return true;
    if (is_like_syslog(text)) return sink.inner("syslog", text);
    return is_like_access_log(text) && sink.inner("access_log", text);
}

}  // namespace vedette::parse
