// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::event {

/// One node of a YAML document with the place where it stands, for messages: how rules, mappings
/// and definitions of formats are read.
///
/// Built from the parser's events and not from its own tree, so that nodes, depth and anchors are
/// bounded while reading, and a key given twice is seen.
struct YamlNode {
    enum class Kind : std::uint8_t { null, scalar, list, map };
    Kind kind = Kind::null;
    bool is_plain = false;        ///< a scalar without quotes: may be a number or boolean
    int line = 0, column = 0;     ///< 1-based
    std::string text;             ///< of a scalar
    std::vector<YamlNode> keys;   ///< of a map, beside items
    std::vector<YamlNode> items;  ///< of a list, or a map's values

    bool is_null() const { return kind == Kind::null; }
    bool is_scalar() const { return kind == Kind::scalar; }
    bool is_list() const { return kind == Kind::list; }
    bool is_map() const { return kind == Kind::map; }
    /// The value of a key of a map, or nullptr.
    const YamlNode* find(std::string_view key) const;
    /// The text of a scalar under a key, or nothing.
    std::string text_of(std::string_view key) const;
    /// All scalars of a list, or the one scalar.
    std::vector<std::string> texts() const;
    /// "file:line:column"
    std::string where(std::string_view path) const;
};

/// Whether an unquoted scalar is true or false, as the core schema of YAML 1.2 reads it.
std::optional<bool> yaml_boolean(const YamlNode& node);

/// The decimal text of an unquoted number: hexadecimal and octal (0x, 0o) become decimal, a plus
/// sign and leading zeros go, decimals stay as written. Nothing for other scalars.
std::optional<std::string> yaml_number(const YamlNode& node);

/// All documents of a text; an empty one is a null node.
/// Errors: bad_input where it is not YAML or repeats a key; limit past the bounds of limits.h.
base::Result<std::vector<YamlNode>> read_yaml(std::string_view path, std::string_view text);

}  // namespace vedette::event
