// SPDX-License-Identifier: Apache-2.0
#include "engine/intel/feed_state.h"

#include <algorithm>

#include "base/bytes.h"
#include "engine/intel/intel_config.h"
#include "event/table_text.h"

namespace vedette::engine::intel {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kMark = "vedette feed state 1\n";
constexpr std::size_t kHashDigits = 32;
constexpr std::uint64_t kHeadersBytesMax = 64u << 10;

bool is_hash_or_none(std::string_view text) {
    return text.empty() || (text.size() == kHashDigits &&
                            text.find_first_not_of("0123456789abcdef") == std::string_view::npos);
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    });
}

}  // namespace

bool is_feed_name(std::string_view name) {
    constexpr std::size_t kNameBytesMax = 64;
    return is_token(name) && name.size() <= kNameBytesMax && name[0] != '.';
}

std::string encode(const FeedState& state) {
    std::string out(kMark);
    for (const std::string* const text :
         {&state.version, &state.settings, &state.etag, &state.last_modified, &state.left_out}) {
        base::put_text(out, *text);
    }
    base::put(out, state.good_s);
    for (const std::uint64_t count : {state.indicators, state.refused, state.kept_out}) {
        base::put(out, count);
    }
    return out;
}

Result<FeedState> decode_feed_state(std::string_view bytes) {
    const auto corrupt = [] {
        return base::fail(ErrorCode::corrupt, "the state of a feed is not whole");
    };
    if (!bytes.starts_with(kMark)) return corrupt();
    base::ByteReader in(bytes.substr(kMark.size()));
    FeedState state;
    for (std::string* const text :
         {&state.version, &state.settings, &state.etag, &state.last_modified, &state.left_out}) {
        *text = in.text();
    }
    state.good_s = in.get<std::int64_t>();
    for (std::uint64_t* const count : {&state.indicators, &state.refused, &state.kept_out}) {
        *count = in.get<std::uint64_t>();
    }
    if (!in.is_good() || !in.is_at_end() || !is_hash_or_none(state.version) ||
        !is_hash_or_none(state.settings)) {
        return corrupt();
    }
    return state;
}

Result<void> check_change(std::uint64_t before, std::uint64_t now) {
    constexpr std::uint64_t kFew = 20, kShrinks = 10, kGrows = 100;
    if (now == 0) {
        return base::fail(ErrorCode::bad_input, "there is no indicator in it", {},
                          "`vedette intel pull NAME --accept` takes it all the same");
    }
    const bool is_shrunk = before >= kFew && now < before / kShrinks;
    const bool is_grown = before >= kFew && now > before * kGrows;
    if (!is_shrunk && !is_grown) return {};
    return base::fail(ErrorCode::limit,
                      "it has " + std::to_string(now) + " indicators and had " +
                          std::to_string(before) + ": the old ones stay",
                      {}, "`vedette intel pull NAME --accept` takes it all the same");
}

Result<std::vector<std::pair<std::string, std::string>>> read_headers(const std::string& path) {
    std::vector<std::pair<std::string, std::string>> out;
    VD_TRY(const std::string text, base::read_file(path, kHeadersBytesMax));
    for (event::LineList lines(text); lines.next();) {
        const std::string_view line = lines.value();
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = colon == std::string_view::npos
                                           ? std::string_view()
                                           : event::trimmed(line.substr(colon + 1));
        const bool is_clean = std::all_of(value.begin(), value.end(), [](char c) {
            return static_cast<unsigned char>(c) >= ' ' && c != 0x7F;
        });
        if (!is_token(name) || value.empty() || !is_clean) {
            return base::fail(ErrorCode::bad_input, "a line `Name: value` belongs here",
                              path + ":" + std::to_string(lines.line()));
        }
        out.emplace_back(name, value);
    }
    return out;
}

}  // namespace vedette::engine::intel
