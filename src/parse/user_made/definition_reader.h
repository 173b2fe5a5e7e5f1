// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/yaml.h"
#include "parse/user_made/definition.h"

namespace vedette::parse::user_made {

/// Reads single nodes of a definition, with messages that say where and what was meant.
/// Lives: `where` outlives it.
class NodeReader {
  public:
    explicit NodeReader(std::string_view where) : where_(where) {}

    tl::unexpected<base::Error> wrong(const event::YamlNode& node, std::string text,
                                      std::string hint = {}) const;
    /// Errors: bad_input if `node` is no mapping, or has a key that is not among `known`.
    base::Result<void> keys(const event::YamlNode& node,
                            const std::vector<std::string>& known) const;
    base::Result<const event::YamlNode*> need(const event::YamlNode& node, std::string_view key,
                                              std::string_view example) const;
    base::Result<Placed> text(const event::YamlNode& node) const;
    /// A text that can be a field's name.
    base::Result<Placed> field(const event::YamlNode& node) const;
    /// One text or a list of them.
    base::Result<std::vector<Placed>> texts(const event::YamlNode& node) const;
    base::Result<std::vector<Placed>> fields(const event::YamlNode& node) const;
    base::Result<int> number(const event::YamlNode& node, int lowest, int highest) const;
    base::Result<bool> flag(const event::YamlNode& node) const;
    /// Leaves `out` as it is if the key is not there.
    base::Result<void> optional_text(const event::YamlNode& node, std::string_view key,
                                     std::string& out) const;

  private:
    std::string_view where_;
};

}  // namespace vedette::parse::user_made
