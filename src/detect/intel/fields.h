// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "rule/intel/indicator.h"

namespace vedette::detect::intel {

/// A field whose values are looked up, and as what.
struct LookedUpField {
    std::string_view name;  ///< ECS, or as a log names it where ECS has no place
    rule::intel::IndicatorType type;
};

/// All of them, in the order in which reasons name them. Addresses of hosts themselves (host.ip)
/// are not among them: a machine of ours in a feed would be found in each of its events.
std::span<const LookedUpField> looked_up_fields();

/// Sysmon's `MD5=..,SHA1=..,IMPHASH=..`: fields with several hashes in one value. Gives the value
/// of one algorithm, or nothing.
std::optional<std::string_view> hash_in(std::string_view value, std::string_view algorithm);
std::span<const std::string_view> hash_list_fields();

}  // namespace vedette::detect::intel
