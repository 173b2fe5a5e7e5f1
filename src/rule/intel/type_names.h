// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "rule/intel/indicator.h"

namespace vedette::rule::intel {

/// A part of a value between `|`, and what it is: `domain|ip` has two.
struct TypedPart {
    IndicatorType type;
    std::size_t part = 0;
};

/// What a type is called by MISP (ip-dst, filename|sha256), by feeds in CSV (ipv4, FileHash-MD5,
/// ip:port) and by us. Case, `_` and `-` and blanks do not matter. Empty: none that is taken.
std::vector<TypedPart> types_of_name(std::string_view name);

}  // namespace vedette::rule::intel
