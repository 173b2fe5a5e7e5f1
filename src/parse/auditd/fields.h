// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace vedette::parse::auditd {

/// How a key's value goes into its ECS field.
enum class Use {
    none,  ///< under its own name only
    text,
    number,
    address,  ///< if it is one
    user,     ///< text, unless it is "unset" or 4294967295
    outcome,  ///< yes, success, 1 and no, failed, 0
};

/// What is known of a key.
struct Key {
    std::string_view name;
    bool is_encoded = false;  ///< without quotes it is hexadecimal
    std::string_view ecs = {};
    Use use = Use::none;
};

/// Nothing for a key that has no entry.
const Key* find_key(std::string_view name);

/// What a type of record says without a system call.
struct Meaning {
    std::string_view type, action, category;
};
const Meaning* find_meaning(std::string_view type);

/// The name of a system call by the record's arch (c000003e: x86-64, c00000b7: arm64), of those
/// that rules ask for. Empty if it is none of them.
std::string_view syscall_name(std::string_view arch, std::string_view number);

}  // namespace vedette::parse::auditd
