// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace vedette::engine::intel {

/// What is remembered of a feed between two starts: which version is in use, made of what, and when
/// it was got. A file beside the feed's text; without it the feed is got anew.
struct FeedState {
    std::string version;   ///< the set's name in kept_indicators; empty: none was ever good
    std::string settings;  ///< hash of the settings and warning lists it was made with
    std::string etag, last_modified;  ///< as the server gave them; of files: sizes and times
    std::int64_t good_s = 0;          ///< when it was got, or found unchanged; seconds since 1970
    std::uint64_t indicators = 0, refused = 0, kept_out = 0;
    std::string left_out;  ///< in words
};

std::string encode(const FeedState& state);
/// Errors: corrupt.
base::Result<FeedState> decode_feed_state(std::string_view bytes);

/// Whether a feed's new version is taken without being told to: it has something, and neither less
/// than a tenth nor more than a hundred times of what it had.
/// Errors: limit, with both numbers; bad_input where there is nothing at all.
base::Result<void> check_change(std::uint64_t before, std::uint64_t now);

/// The headers of a file of secrets.   Errors: bad_input with the line, without its value; io.
base::Result<std::vector<std::pair<std::string, std::string>>> read_headers(
    const std::string& path);

}  // namespace vedette::engine::intel
