// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vedette::rule::intel {

/// A domain's name in the form in which it is compared; see make_key(). Labels of letters, digits,
/// `-` and `_`; the last one no number, so that no address is taken for a name.
/// Lives: until `room` changes.   Source: RFC 1035 section 2.3, RFC 5891 through ICU (UTS 46)
std::optional<std::string_view> domain_name(std::string_view text, std::string& room);

/// The name without its first label: "b.c" of "a.b.c". Empty where one label is left.
std::string_view parent_name(std::string_view name);

}  // namespace vedette::rule::intel
