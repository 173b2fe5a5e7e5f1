// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/document_reader.h"

#include <algorithm>

namespace vedette::rule::sigma {

namespace {

using base::ErrorCode;

// Longer ids and titles are no names; the specification allows 256 characters for a title.
constexpr std::size_t kNameBytesMax = 1'024;

std::string meant(std::string_view word, const std::vector<std::string>& known) {
    const std::string near = nearest(word, known);
    return near.empty() ? "" : "did you mean '" + near + "'?";
}

}  // namespace

tl::unexpected<base::Error> DocumentReader::wrong(const YamlNode& node, std::string text,
                                                  std::string hint) const {
    return base::fail(ErrorCode::bad_input, std::move(text), node.where(path_), std::move(hint));
}

tl::unexpected<base::Error> DocumentReader::not_run(const YamlNode& node, std::string text,
                                                    std::string hint) const {
    return base::fail(ErrorCode::unsupported, std::move(text), node.where(path_), std::move(hint));
}

tl::unexpected<base::Error> DocumentReader::too_much(const YamlNode& node, std::string text) const {
    return base::fail(ErrorCode::limit, std::move(text), node.where(path_));
}

tl::unexpected<base::Error> DocumentReader::placed(base::Error error, const YamlNode& node) const {
    error.where = node.where(path_);
    return tl::unexpected<base::Error>(std::move(error));
}

base::Result<const YamlNode*> DocumentReader::need(const YamlNode& map,
                                                   std::string_view key) const {
    const YamlNode* node = map.find(key);
    if (node != nullptr && !node->is_null()) return node;
    std::vector<std::string> keys;
    for (const YamlNode& known : map.keys) keys.push_back(known.text);
    const std::string near = nearest(key, keys);
    return wrong(node != nullptr ? *node : map, "'" + std::string(key) + "' is missing",
                 near.empty() || near == key ? "" : "'" + near + "' is there instead");
}

base::Result<std::string> DocumentReader::text_of(const YamlNode& node,
                                                  std::string_view key) const {
    if (!node.is_scalar()) return wrong(node, "'" + std::string(key) + "' should be a text");
    if (node.text.size() > kNameBytesMax) {
        return wrong(node, "'" + std::string(key) + "' is longer than " +
                               std::to_string(kNameBytesMax) + " bytes");
    }
    return node.text;
}

base::Result<std::vector<std::string>> DocumentReader::texts_of(const YamlNode& node,
                                                                std::string_view key) const {
    std::vector<std::string> out;
    if (!node.is_list()) {
        VD_TRY(std::string text, text_of(node, key));
        out.push_back(std::move(text));
        return out;
    }
    for (const YamlNode& item : node.items) {
        VD_TRY(std::string text, text_of(item, key));
        out.push_back(std::move(text));
    }
    return out;
}

base::Result<void> DocumentReader::check_keys(const YamlNode& map,
                                              const std::vector<std::string>& known) const {
    for (const YamlNode& key : map.keys) {
        if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
        return wrong(key, "there is no key '" + key.text + "' here", meant(key.text, known));
    }
    return {};
}

base::Result<std::optional<Level>> DocumentReader::level() const {
    const YamlNode* node = document_.find("level");
    if (node == nullptr || node->is_null()) return std::optional<Level>();
    std::vector<std::string> names;
    for (const Level level :
         {Level::informational, Level::low, Level::medium, Level::high, Level::critical}) {
        if (node->text == name(level)) return std::optional(level);
        names.emplace_back(name(level));
    }
    const std::string hint = meant(node->text, names);
    return wrong(*node, "no such level: '" + node->text + "'",
                 hint.empty() ? "use informational, low, medium, high or critical" : hint);
}

base::Result<LogSource> DocumentReader::logsource() const {
    VD_TRY(const YamlNode* node, need(document_, "logsource"));
    if (!node->is_map()) {
        return wrong(*node, "'logsource' should be a map",
                     "with some of category, product and service");
    }
    LogSource out{node->text_of("category"), node->text_of("product"), node->text_of("service")};
    if (out != LogSource{}) return out;
    return wrong(*node, "'logsource' names none of category, product and service");
}

}  // namespace vedette::rule::sigma
