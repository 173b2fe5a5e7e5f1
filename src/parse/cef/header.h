// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace vedette::parse::cef {

/// The fields before a record's extension, as written (escapes stand).
struct Header {
    std::string_view version, vendor, product, device_version, event_id;
    std::string_view name, severity;  ///< CEF only
    char delimiter = '\t';            ///< LEEF only: between its pairs
    std::string_view extension;
};

/// "CEF:0|vendor|product|version|id|name|severity|extension". Blanks behind the colon are forgiven.
bool read_cef(std::string_view text, Header& out);
/// "LEEF:1.0|vendor|product|version|id|extension", LEEF 2.0 with a delimiter before the extension:
/// the character itself or its code ("x5E", "0x09").
bool read_leef(std::string_view text, Header& out);

struct Pair {
    std::string_view key, value;
};

/// Takes the next pair of a CEF extension: a value goes on, blanks included, until " key=" with a
/// key of letters, digits and `_.-[]`. An '=' of the value is escaped.   Cost: linear over all
/// pairs.
std::optional<Pair> next_cef_pair(std::string_view& rest);
/// Takes the next pair of a LEEF extension.
std::optional<Pair> next_leef_pair(std::string_view& rest, char delimiter);

}  // namespace vedette::parse::cef
