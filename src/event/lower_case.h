// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vedette::event {

/// Lower case as the store's lowerUTF8() gives it, in every script; bytes that are not UTF-8 stay.
/// So a search in memory, a look-up list and the store's SQL agree.
/// Cost: less than a nanosecond a byte for ASCII.   Source: Unicode through ICU's root locale
std::string lower_case(std::string_view text);

/// The same in `room`, whose memory is used again.   Lives: until `room` changes.
std::string_view lower_case(std::string_view text, std::string& room);

}  // namespace vedette::event
