// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::rule::yara {

/// One place at which a string of a rule was found.
struct MatchPlace {
    std::uint64_t offset = 0, size_bytes = 0;
    std::string excerpt;  ///< its first bytes as they are, at most kExcerptBytesMax
    bool operator==(const MatchPlace&) const = default;
};

/// A string of a rule that was found.
struct MatchedString {
    std::string name;                ///< "$a"
    std::uint64_t count = 0;         ///< of its places
    std::vector<MatchPlace> places;  ///< the first of them
    bool operator==(const MatchedString&) const = default;
};

/// A rule that is true of a file.
struct RuleMatch {
    std::uint32_t rule = 0;  ///< index in Compilation::rules
    std::vector<MatchedString> strings;
    std::uint32_t strings_left_out = 0;
    bool operator==(const RuleMatch&) const = default;
};

/// What the rules say of a file.
struct FileMatches {
    std::string sha256;  ///< of exactly the bytes that were looked at
    std::uint64_t size_bytes = 0;
    std::vector<RuleMatch> matches;  ///< in the order of the rules
    std::uint32_t matches_left_out = 0;
    std::vector<std::uint32_t> gave_up;  ///< rules that reached a bound on this file
    bool operator==(const FileMatches&) const = default;
};

std::string encode(const FileMatches& matches);
/// Errors: corrupt; it comes from a worker. `rule_count`: of the set that was asked.
base::Result<FileMatches> decode_file_matches(std::string_view bytes, std::size_t rule_count);

}  // namespace vedette::rule::yara
