// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/logsource.h"

#include <algorithm>
#include <array>

#include "event/yaml.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/modifiers.h"

namespace vedette::rule::sigma {

namespace {

using event::read_yaml;
using event::YamlNode;

using base::ErrorCode;
using Entries = std::map<LogSource, std::vector<LogSourceWay>>;

/// Reads one file of either shape.
class FileReader {
  public:
    FileReader(std::string_view path, const YamlNode& root) : path_(path), root_(root) {}

    bool is_channel_map() const {
        return root_.find("logsources") == nullptr &&
               (root_.find("category") != nullptr || root_.find("service") != nullptr);
    }

    base::Result<Entries> read() const {
        if (!root_.is_map()) return wrong(root_, "a log-source file should be a map of keys");
        if (is_channel_map()) return read_channel_map();
        VD_TRY_DO(check_keys(root_, {"product", "logsources", "version", "description"}));
        const YamlNode* list = root_.find("logsources");
        if (list == nullptr || !list->is_list()) {
            return wrong(root_, "'logsources' should be a list of entries");
        }
        Entries entries;
        for (const YamlNode& node : list->items) VD_TRY_DO(read_entry(node, entries));
        return entries;
    }

  private:
    tl::unexpected<base::Error> wrong(const YamlNode& node, std::string text,
                                      std::string hint = {}) const {
        return base::fail(ErrorCode::bad_input, std::move(text), node.where(path_),
                          std::move(hint));
    }

    base::Result<void> check_keys(const YamlNode& map,
                                  const std::vector<std::string>& known) const {
        if (!map.is_map()) return wrong(map, "this should be a map of keys");
        for (const YamlNode& key : map.keys) {
            if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
            const std::string meant = nearest(key.text, known);
            return wrong(key, "unknown key '" + key.text + "'",
                         meant.empty() ? "" : "did you mean '" + meant + "'?");
        }
        return {};
    }

    base::Result<void> read_entry(const YamlNode& node, Entries& entries) const {
        VD_TRY_DO(check_keys(
            node, {"category", "product", "service", "match", "fields", "any", "description"}));
        LogSource source{node.text_of("category"), node.text_of("product"),
                         node.text_of("service")};
        if (source.product.empty()) source.product = root_.text_of("product");
        if (source == LogSource{}) {
            return wrong(node, "an entry names some of category, product and service");
        }
        std::vector<LogSourceWay> ways;
        if (const YamlNode* any = node.find("any")) {
            if (!any->is_list()) return wrong(*any, "'any' should be a list of ways");
            for (const YamlNode& way : any->items) {
                VD_TRY_DO(check_keys(way, {"match", "fields"}));
                VD_TRY(LogSourceWay read, read_way(way));
                ways.push_back(std::move(read));
            }
        } else {
            VD_TRY(LogSourceWay read, read_way(node));
            ways.push_back(std::move(read));
        }
        if (!entries.emplace(source, std::move(ways)).second) {
            return wrong(node, "the entry for " + source.text() + " is there twice",
                         "write its ways under 'any'");
        }
        return {};
    }

    base::Result<LogSourceWay> read_way(const YamlNode& node) const {
        LogSourceWay way;
        const YamlNode* match = node.find("match");
        if (match == nullptr || !match->is_map()) {
            return wrong(node, "'match' should be a map of fields to values",
                         "write 'match: {}' for every event");
        }
        for (std::size_t i = 0; i < match->items.size(); ++i) {
            std::vector<Wildcard> values;
            for (const std::string& value : match->items[i].texts()) {
                values.push_back(Wildcard::parse(fold(value)));
            }
            if (values.empty()) return wrong(match->keys[i], "a value or a list should follow");
            way.needs.push_back({match->keys[i].text, std::move(values)});
        }
        const YamlNode* fields = node.find("fields");
        if (fields == nullptr) return way;
        if (!fields->is_map()) return wrong(*fields, "'fields' should map names to names");
        for (std::size_t i = 0; i < fields->items.size(); ++i) {
            if (!fields->items[i].is_scalar())
                return wrong(fields->keys[i], "a name should follow");
            way.aliases[fields->keys[i].text] = fields->items[i].text;
        }
        return way;
    }

    base::Result<Entries> read_channel_map() const {
        VD_TRY_DO(check_keys(root_, {"product", "category", "service"}));
        const std::string product = root_.text_of("product");
        if (product.empty()) return wrong(root_, "'product' is missing");
        Entries entries;
        entries[{"", product, ""}] = {LogSourceWay{}};
        for (const char* kind : {"category", "service"}) {
            const YamlNode* named = root_.find(kind);
            if (named == nullptr) continue;
            if (!named->is_map()) return wrong(*named, "this should map names to channels");
            for (std::size_t i = 0; i < named->items.size(); ++i) {
                const std::string& name = named->keys[i].text;
                const bool is_category = std::string_view(kind) == "category";
                const LogSource source{is_category ? name : "", product, is_category ? "" : name};
                VD_TRY(LogSourceWay way, read_channels(named->items[i]));
                entries[source] = {std::move(way)};
            }
        }
        return entries;
    }

    base::Result<LogSourceWay> read_channels(const YamlNode& node) const {
        VD_TRY_DO(check_keys(node, {"channel", "eventid"}));
        LogSourceWay way;
        for (const auto& [key, field] :
             {std::pair{"channel", "Channel"}, std::pair{"eventid", "EventID"}}) {
            const YamlNode* list = node.find(key);
            if (list == nullptr) continue;
            std::vector<Wildcard> values;
            for (const std::string& value : list->texts()) {
                values.push_back(Wildcard::literal(fold(value)));
            }
            way.needs.push_back({field, std::move(values)});
        }
        return way;
    }

    std::string path_;
    const YamlNode& root_;
};

/// Whether an entry speaks of events of the rule's source: it has all names the rule gives.
bool is_part_of(const LogSource& entry, const LogSource& rule) {
    const auto fits = [](const std::string& in_entry, const std::string& in_rule) {
        return in_rule.empty() || in_entry == in_rule;
    };
    return fits(entry.category, rule.category) && fits(entry.product, rule.product) &&
           fits(entry.service, rule.service);
}

/// Every pair of ways as one: both needs, both names.
std::vector<LogSourceWay> both(const std::vector<LogSourceWay>& left,
                               const std::vector<LogSourceWay>& right) {
    std::vector<LogSourceWay> out;
    for (const LogSourceWay& a : left) {
        for (const LogSourceWay& b : right) {
            LogSourceWay way = a;
            way.needs.insert(way.needs.end(), b.needs.begin(), b.needs.end());
            way.aliases.insert(b.aliases.begin(), b.aliases.end());
            out.push_back(std::move(way));
        }
    }
    return out;
}

}  // namespace

base::Result<void> LogSourceMap::add(std::string_view path, std::string_view text) {
    VD_TRY(const std::vector<YamlNode> documents, read_yaml(path, text));
    if (documents.size() != 1) {
        return base::fail(ErrorCode::bad_input, "a log-source file should hold one document",
                          std::string(path));
    }
    const FileReader reader(path, documents.front());
    VD_TRY(Entries entries, reader.read());
    if (reader.is_channel_map()) {
        const std::string product = documents.front().text_of("product");
        std::erase_if(entries_, [&](const auto& entry) { return entry.first.product == product; });
    }
    for (auto& [source, ways] : entries) entries_[source] = std::move(ways);
    return {};
}

std::optional<std::vector<LogSourceWay>> LogSourceMap::find(const LogSource& source) const {
    const auto exact = entries_.find(source);
    if (exact != entries_.end()) return exact->second;
    if (!source.category.empty() && !source.service.empty()) {
        const auto by_category = entries_.find({source.category, source.product, ""});
        const auto by_service = entries_.find({"", source.product, source.service});
        if (by_category == entries_.end() || by_service == entries_.end()) return std::nullopt;
        return both(by_category->second, by_service->second);
    }
    std::vector<LogSourceWay> all;
    for (const auto& [entry, ways] : entries_) {
        if (!is_part_of(entry, source)) continue;
        for (const LogSourceWay& way : ways) {
            if (std::find(all.begin(), all.end(), way) == all.end()) all.push_back(way);
        }
    }
    if (all.empty()) return std::nullopt;
    return all;
}

}  // namespace vedette::rule::sigma
