// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/pair_scan.h"

namespace vedette::parse::user_made {

PairScanner::PairScanner(const std::string& between, const std::string& assign,
                         const std::string& quotes) {
    for (const char c : between) kinds_[static_cast<unsigned char>(c)] |= kBetween;
    for (const char c : assign) kinds_[static_cast<unsigned char>(c)] |= kAssign;
    for (const char c : quotes) kinds_[static_cast<unsigned char>(c)] |= kQuote;
}

/// Eats a value in quotes; false, and eats nothing, if the quote is not closed.
bool PairScanner::read_quoted(KeyValue& out) {
    const char quote = rest_.front();
    for (std::size_t at = 1; at < rest_.size(); ++at) {
        if (rest_[at] == '\\') {
            out.has_escapes = true;
            ++at;
        } else if (rest_[at] == quote) {
            out.value = rest_.substr(1, at - 1);
            out.was_quoted = true;
            rest_.remove_prefix(at + 1);
            return true;
        }
    }
    out.has_escapes = false;
    return false;
}

std::optional<KeyValue> PairScanner::next() {
    for (;;) {
        while (!rest_.empty() && kind(rest_.front()) == kBetween) rest_.remove_prefix(1);
        if (rest_.empty()) return std::nullopt;
        std::size_t size = 0;
        while (size < rest_.size() && (kind(rest_[size]) & (kBetween | kAssign)) == 0) ++size;
        const bool is_pair = size > 0 && size < rest_.size() && kind(rest_[size]) == kAssign;
        if (!is_pair) {
            while (size < rest_.size() && kind(rest_[size]) != kBetween) ++size;
            rest_.remove_prefix(size);
            ++skipped_count_;
            continue;
        }
        KeyValue out{rest_.substr(0, size), {}, false, false};
        rest_.remove_prefix(size + 1);
        const bool may_be_quoted = !rest_.empty() && (kind(rest_.front()) & kQuote) != 0;
        if (may_be_quoted && read_quoted(out)) return out;
        std::size_t end = 0;
        while (end < rest_.size() && kind(rest_[end]) != kBetween) ++end;
        out.value = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return out;
    }
}

}  // namespace vedette::parse::user_made
