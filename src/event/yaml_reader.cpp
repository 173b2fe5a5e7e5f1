// SPDX-License-Identifier: Apache-2.0
#include "event/yaml_reader.h"

#include <algorithm>
#include <charconv>

#include "event/limits.h"
#include "event/yaml_limits.h"

namespace vedette::event {

using base::ErrorCode;
using base::Result;

std::string place_text(std::string_view where, Place place) {
    return std::string(where) + ":" + std::to_string(place.line) + ":" +
           std::to_string(place.column);
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
    std::string best;
    std::size_t best_distance = 3;  // further away is no misspelling
    for (const std::string& other : known) {
        if (word.size() > kNearestBytesMax || other.size() > kNearestBytesMax) continue;
        std::vector<std::size_t> row(other.size() + 1);
        for (std::size_t j = 0; j <= other.size(); ++j) row[j] = j;
        for (std::size_t i = 1; i <= word.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i;
            for (std::size_t j = 1; j <= other.size(); ++j) {
                const std::size_t above = row[j];
                const std::size_t change = word[i - 1] == other[j - 1] ? 0 : 1;
                row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + change});
                diagonal = above;
            }
        }
        if (row[other.size()] >= best_distance) continue;
        best = other;
        best_distance = row[other.size()];
    }
    return best;
}

tl::unexpected<base::Error> NodeReader::wrong(const YamlNode& node, std::string text,
                                              std::string hint) const {
    return base::fail(ErrorCode::bad_input, std::move(text), node.where(where_), std::move(hint));
}

Result<void> NodeReader::keys(const YamlNode& node, const std::vector<std::string>& known) const {
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    if (!node.is_map()) return wrong(node, "a mapping (key: value) belongs here", "with " + list);
    for (const YamlNode& key : node.keys) {
        if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
        const std::string guess = nearest(key.text, known);
        return wrong(key, "there is no '" + key.text + "' here",
                     guess.empty() ? "known are " + list : "did you mean '" + guess + "'?");
    }
    return {};
}

Result<const YamlNode*> NodeReader::need(const YamlNode& node, std::string_view key,
                                         std::string_view example) const {
    if (const YamlNode* found = node.find(key)) return found;
    return wrong(node, "`" + std::string(key) + "` is missing",
                 "e.g. `" + std::string(example) + "`");
}

Result<Placed> NodeReader::text(const YamlNode& node) const {
    if (!node.is_scalar()) return wrong(node, "a text belongs here");
    if (node.text.size() > kYamlTextBytesMax) {
        return wrong(node,
                     "the text has more than " + std::to_string(kYamlTextBytesMax) + " bytes");
    }
    return Placed{node.text, {node.line, node.column}};
}

Result<Placed> NodeReader::field(const YamlNode& node) const {
    VD_TRY(Placed out, text(node));
    const bool is_clean = std::none_of(out.text.begin(), out.text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (out.text.empty() || out.text.size() > kFieldNameBytesMax || !is_clean) {
        return wrong(node, "this is no name of a field",
                     "an ECS name like source.ip, or one of your own like shop.basket");
    }
    return out;
}

Result<std::vector<Placed>> NodeReader::texts(const YamlNode& node) const {
    std::vector<Placed> out;
    if (!node.is_list()) {
        VD_TRY(Placed one, text(node));
        out.push_back(std::move(one));
        return out;
    }
    for (const YamlNode& item : node.items) {
        VD_TRY(Placed one, text(item));
        out.push_back(std::move(one));
    }
    return out;
}

Result<std::vector<Placed>> NodeReader::fields(const YamlNode& node) const {
    std::vector<Placed> out;
    if (!node.is_list()) {
        VD_TRY(Placed one, field(node));
        out.push_back(std::move(one));
        return out;
    }
    for (const YamlNode& item : node.items) {
        VD_TRY(Placed one, field(item));
        out.push_back(std::move(one));
    }
    return out;
}

Result<int> NodeReader::number(const YamlNode& node, int lowest, int highest) const {
    int value = 0;
    const char* const end = node.text.data() + node.text.size();
    const auto [stop, error] = std::from_chars(node.text.data(), end, value);
    if (!node.is_scalar() || error != std::errc() || stop != end || value < lowest ||
        value > highest) {
        return wrong(node, "a number from " + std::to_string(lowest) + " to " +
                               std::to_string(highest) + " belongs here");
    }
    return value;
}

Result<bool> NodeReader::flag(const YamlNode& node) const {
    if (const auto value = event::yaml_boolean(node)) return *value;
    return wrong(node, "true or false belongs here");
}

Result<void> NodeReader::optional_text(const YamlNode& node, std::string_view key,
                                       std::string& out) const {
    if (const YamlNode* found = node.find(key)) {
        VD_TRY(Placed placed, text(*found));
        out = std::move(placed.text);
    }
    return {};
}

}  // namespace vedette::event
