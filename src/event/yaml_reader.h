// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/yaml.h"

namespace vedette::event {

/// Where something stands in a file. Counted from 1.
struct Place {
    int line = 0, column = 0;
};
/// "file:line:column"
std::string place_text(std::string_view where, Place place);

/// A text and where it stands.
struct Placed {
    std::string text;
    Place place;
};

/// The word of `known` that is nearest to `word`, or empty if none is near: for "did you mean".
/// Limits: words longer than kNearestBytesMax are near to none.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// Reads single nodes of a definition (a format, a list), with messages that say where and what was
/// meant.
/// Lives: `where` outlives it.
class NodeReader {
  public:
    explicit NodeReader(std::string_view where) : where_(where) {}

    tl::unexpected<base::Error> wrong(const YamlNode& node, std::string text,
                                      std::string hint = {}) const;
    /// Errors: bad_input if `node` is no mapping, or has a key that is not among `known`.
    base::Result<void> keys(const YamlNode& node, const std::vector<std::string>& known) const;
    base::Result<const YamlNode*> need(const YamlNode& node, std::string_view key,
                                       std::string_view example) const;
    base::Result<Placed> text(const YamlNode& node) const;
    /// A text that can be a field's name.
    base::Result<Placed> field(const YamlNode& node) const;
    /// One text or a list of them.
    base::Result<std::vector<Placed>> texts(const YamlNode& node) const;
    base::Result<std::vector<Placed>> fields(const YamlNode& node) const;
    base::Result<int> number(const YamlNode& node, int lowest, int highest) const;
    base::Result<bool> flag(const YamlNode& node) const;
    /// Leaves `out` as it is if the key is not there.
    base::Result<void> optional_text(const YamlNode& node, std::string_view key,
                                     std::string& out) const;

  private:
    std::string_view where_;
};

}  // namespace vedette::event
