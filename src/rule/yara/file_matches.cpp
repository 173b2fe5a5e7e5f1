// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/file_matches.h"

#include <algorithm>

#include "base/bytes.h"
#include "rule/yara/limits.h"

namespace vedette::rule::yara {

namespace {

using base::ErrorCode;

constexpr std::size_t kSha256Bytes = 64, kStringNameBytesMax = 256;

void put_string(std::string& out, const MatchedString& string) {
    base::put_text(out, string.name);
    base::put_varint(out, string.count);
    base::put_varint(out, string.places.size());
    for (const MatchPlace& place : string.places) {
        base::put_varint(out, place.offset);
        base::put_varint(out, place.size_bytes);
        base::put_text(out, place.excerpt);
    }
}

MatchedString get_matched_string(base::ByteReader& in) {
    MatchedString string;
    string.name = in.text().substr(0, kStringNameBytesMax);
    string.count = in.varint();
    const std::uint64_t places = in.varint();
    for (std::uint64_t i = 0; i < places && i < kPlacesToldMax && in.is_good(); ++i) {
        MatchPlace place;
        place.offset = in.varint();
        place.size_bytes = in.varint();
        place.excerpt = in.text().substr(0, kExcerptBytesMax);
        string.places.push_back(std::move(place));
    }
    return string;
}

RuleMatch get_match(base::ByteReader& in) {
    RuleMatch match;
    match.rule = static_cast<std::uint32_t>(in.varint());
    match.strings_left_out = static_cast<std::uint32_t>(in.varint());
    const std::uint64_t strings = in.varint();
    for (std::uint64_t i = 0; i < strings && i < kStringsToldMax && in.is_good(); ++i) {
        match.strings.push_back(get_matched_string(in));
    }
    return match;
}

bool is_sha256(std::string_view text) {
    return text.size() == kSha256Bytes &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string encode(const FileMatches& matches) {
    std::string out;
    base::put_text(out, matches.sha256);
    base::put_varint(out, matches.size_bytes);
    base::put_varint(out, matches.matches.size());
    for (const RuleMatch& match : matches.matches) {
        base::put_varint(out, match.rule);
        base::put_varint(out, match.strings_left_out);
        base::put_varint(out, match.strings.size());
        for (const MatchedString& string : match.strings) put_string(out, string);
    }
    base::put_varint(out, matches.matches_left_out);
    base::put_varint(out, matches.gave_up.size());
    for (const std::uint32_t rule : matches.gave_up) base::put_varint(out, rule);
    return out;
}

base::Result<FileMatches> decode_file_matches(std::string_view bytes, std::size_t rule_count) {
    base::ByteReader in(bytes);
    FileMatches out;
    out.sha256 = in.text().substr(0, kSha256Bytes);
    out.size_bytes = in.varint();
    const std::uint64_t matches = in.varint();
    for (std::uint64_t i = 0; i < matches && i < kMatchesMax && in.is_good(); ++i) {
        out.matches.push_back(get_match(in));
    }
    out.matches_left_out = static_cast<std::uint32_t>(in.varint());
    const std::uint64_t gave_up = in.varint();
    for (std::uint64_t i = 0; i < gave_up && i <= kGaveUpRulesMax && in.is_good(); ++i) {
        out.gave_up.push_back(static_cast<std::uint32_t>(in.varint()));
    }
    const auto is_known = [&](std::uint32_t rule) { return rule < rule_count; };
    const bool is_whole =
        in.is_good() && in.is_at_end() && is_sha256(out.sha256) &&
        std::all_of(out.matches.begin(), out.matches.end(),
                    [&](const RuleMatch& match) { return is_known(match.rule); }) &&
        std::all_of(out.gave_up.begin(), out.gave_up.end(), is_known);
    if (is_whole) return out;
    return base::fail(ErrorCode::corrupt, "the worker's words about the file make no sense");
}

}  // namespace vedette::rule::yara
