// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "parse/table_map.h"

namespace vedette::parse {

/// A service on the internet whose audit records are JSON with names of its own: how its records
/// are told, and who called, from where, what, and how it ended.
struct CloudService {
    std::string_view name;
    /// Sets of names; a record that has every name of one is the service's.
    std::span<const std::span<const std::string_view>> marks;
    /// Whose value tells the data set, or empty.
    std::string_view kind_field;
    std::span<const KindTable> kinds;  ///< by that value; the last one is for all others
    std::span<const FieldRule> fields;
    /// Addresses of the caller, the first that is one counts; a port behind it is left away.
    std::span<const std::string_view> addresses;
    /// Beginnings of the values of `outcome_field` that mean success.
    std::string_view outcome_field;
    std::span<const std::string_view> success;
    std::string_view time, other_time;  ///< the second where the first is absent
};

std::span<const CloudService> cloud_services();

}  // namespace vedette::parse
