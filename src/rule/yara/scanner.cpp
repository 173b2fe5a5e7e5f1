// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/scanner.h"

#include <algorithm>
#include <cstring>

#include "base/sha256.h"
#include "rule/yara/limits.h"

namespace vedette::rule::yara {

namespace {

using base::ErrorCode;
using base::Result;

struct ReadState {
    std::string_view left;
};

std::size_t give(void* to, std::size_t size, std::size_t count, void* from) {
    auto& left = static_cast<ReadState*>(from)->left;
    if (size == 0) return 0;
    const std::size_t whole = std::min(count, left.size() / size);
    std::memcpy(to, left.data(), whole * size);
    left.remove_prefix(whole * size);
    return whole;
}

/// Gathers what libyara says of one file.
struct Gatherer {
    const YR_RULES* rules;
    FileMatches& out;
    std::vector<std::uint32_t> too_often = {};
};

MatchedString matched(YR_SCAN_CONTEXT* context, const YR_STRING* string) {
    MatchedString out;
    out.name = string->identifier;
    // Copied out one by one and not walked by libyara's macro: it lays matches out one behind the
    // other, whatever their alignment.
    YR_MATCH match;
    for (const void* at = context->matches[string->idx].head; at != nullptr; at = match.next) {
        std::memcpy(&match, at, sizeof match);
        if (match.is_private) continue;
        ++out.count;
        if (out.places.size() == kPlacesToldMax) continue;
        MatchPlace place;
        place.offset = static_cast<std::uint64_t>(match.base + match.offset);
        place.size_bytes = static_cast<std::uint64_t>(match.match_length);
        place.excerpt.assign(
            reinterpret_cast<const char*>(match.data),
            std::min(kExcerptBytesMax, static_cast<std::size_t>(match.data_length)));
        out.places.push_back(std::move(place));
    }
    return out;
}

void add_match(YR_SCAN_CONTEXT* context, const YR_RULE* rule, Gatherer& to) {
    if (to.out.matches.size() == kMatchesMax) {
        ++to.out.matches_left_out;
        return;
    }
    RuleMatch match;
    match.rule = static_cast<std::uint32_t>(rule - to.rules->rules_table);
    const YR_STRING* string = nullptr;
    yr_rule_strings_foreach(rule, string) {
        MatchedString found = matched(context, string);
        if (found.count == 0) continue;
        if (match.strings.size() == kStringsToldMax) {
            ++match.strings_left_out;
        } else {
            match.strings.push_back(std::move(found));
        }
    }
    to.out.matches.push_back(std::move(match));
}

int take_message(YR_SCAN_CONTEXT* context, int message, void* data, void* user) {
    auto& to = *static_cast<Gatherer*>(user);
    if (message == CALLBACK_MSG_RULE_MATCHING) {
        add_match(context, static_cast<const YR_RULE*>(data), to);
    } else if (message == CALLBACK_MSG_TOO_MANY_MATCHES) {
        to.too_often.push_back(static_cast<const YR_STRING*>(data)->rule_idx);
    }
    return CALLBACK_CONTINUE;
}

void define_names(YR_SCANNER* scanner, const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    const std::string extension = dot == std::string::npos ? std::string() : name.substr(dot);
    ::yr_scanner_define_string_variable(scanner, ExternalNames::kFileName, name.c_str());
    ::yr_scanner_define_string_variable(scanner, ExternalNames::kFilePath, path.c_str());
    ::yr_scanner_define_string_variable(scanner, ExternalNames::kExtension, extension.c_str());
}

/// Rules that are left out for as long as this lives. libyara's own way of disabling a rule keeps
/// its strings from being told and not from being looked for, and looking is what goes wrong: here
/// they may only stand where no file has a byte.
class LeftOut {
  public:
    LeftOut() = default;
    LeftOut(const LeftOut&) = delete;
    LeftOut& operator=(const LeftOut&) = delete;
    ~LeftOut() {
        for (YR_RULE* rule : rules_) ::yr_rule_enable(rule);
        for (const Kept& kept : strings_) {
            kept.string->flags = kept.flags;
            kept.string->fixed_offset = kept.fixed_offset;
        }
    }

    void add(YR_RULE* rule) {
        YR_STRING* string = nullptr;
        yr_rule_strings_foreach(rule, string) {
            strings_.push_back({string, string->flags, string->fixed_offset});
            string->flags |= STRING_FLAGS_FIXED_OFFSET;
            string->fixed_offset = INT64_MAX;
        }
        ::yr_rule_disable(rule);
        rules_.push_back(rule);
    }

  private:
    struct Kept {
        YR_STRING* string;
        std::uint32_t flags;
        std::int64_t fixed_offset;
    };
    std::vector<YR_RULE*> rules_;
    std::vector<Kept> strings_;
};

}  // namespace

Result<Scanner> Scanner::load(std::string_view compiled) {
    if (!has_libyara()) return base::fail(ErrorCode::unavailable, "libyara does not start");
    ReadState state{compiled};
    YR_STREAM stream{&state, give, nullptr};
    YR_RULES* rules = nullptr;
    const int error = ::yr_rules_load_stream(&stream, &rules);
    if (error != ERROR_SUCCESS) return base::fail(ErrorCode::corrupt, error_text(error));
    return Scanner(OwnedRules(rules));
}

Result<FileMatches> Scanner::scan(std::string_view bytes, const std::string& path,
                                  int seconds_max) {
    FileMatches out;
    out.sha256 = base::sha256_hex(bytes);
    out.size_bytes = bytes.size();
    YR_SCANNER* made = nullptr;
    if (const int error = ::yr_scanner_create(rules_.get(), &made); error != ERROR_SUCCESS) {
        return base::fail(ErrorCode::limit, error_text(error));
    }
    const OwnedScanner scanner(made);
    Gatherer gatherer{rules_.get(), out};
    ::yr_scanner_set_callback(made, take_message, &gatherer);
    // A defect shall be seen as one: it ends the worker and not in libyara's own handler.
    ::yr_scanner_set_flags(made, SCAN_FLAGS_REPORT_RULES_MATCHING | SCAN_FLAGS_NO_TRYCATCH);
    ::yr_scanner_set_timeout(made, seconds_max);
    define_names(made, path);
    LeftOut left_out;
    int error = ERROR_SUCCESS;
    for (;;) {
        out.matches.clear();
        out.matches_left_out = 0;
        error = ::yr_scanner_scan_mem(made, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                      bytes.size());
        YR_RULE* const culprit = error == ERROR_SUCCESS || error == ERROR_SCAN_TIMEOUT
                                     ? nullptr
                                     : ::yr_scanner_last_error_rule(made);
        if (culprit == nullptr || out.gave_up.size() == kGaveUpRulesMax) break;
        left_out.add(culprit);
        out.gave_up.push_back(static_cast<std::uint32_t>(culprit - rules_->rules_table));
    }
    if (error != ERROR_SUCCESS) {
        const bool is_slow = error == ERROR_SCAN_TIMEOUT;
        return base::fail(is_slow ? ErrorCode::timeout : ErrorCode::limit, error_text(error));
    }
    for (const std::uint32_t rule : gatherer.too_often) {
        const bool has_room = out.gave_up.size() <= kGaveUpRulesMax;
        if (has_room &&
            std::find(out.gave_up.begin(), out.gave_up.end(), rule) == out.gave_up.end())
            out.gave_up.push_back(rule);
    }
    return out;
}

}  // namespace vedette::rule::yara
