// SPDX-License-Identifier: Apache-2.0
#include "engine/saved_search.h"

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/json_text.h"
#include "base/time.h"
#include "engine/limits.h"
#include "event/yaml.h"
#include "event/yaml_reader.h"
#include "rule/search/pipe_plan.h"
#include "rule/search/pipe_words.h"

namespace vedette::engine {

namespace {

using base::ErrorCode;
using base::Result;
using event::NodeReader;
using event::YamlNode;

bool names_a_list(const rule::search::Node& node) {
    return node.test.kind == rule::search::Test::Kind::list ||
           std::any_of(node.children.begin(), node.children.end(), names_a_list);
}

bool names_a_list(const rule::search::Search& search) {
    return names_a_list(search.filter) ||
           std::any_of(search.stages.begin(), search.stages.end(),
                       [](const auto& stage) { return names_a_list(stage.condition); });
}

Result<void> check_query(const std::string& query) {
    const auto search = rule::search::parse_search(query);
    if (!search) return tl::unexpected(rule::search::to_error(query, search.error()));
    if (names_a_list(*search)) return {};
    // Over a time that is known, as each run has it.
    const base::Timestamp now{1'795'343'703ll * base::kNsPerSecond};
    const rule::search::TimeRange range{{now.unix_ns - base::kNsPerDay}, now};
    const auto plan = rule::search::plan_search(*search, now, range);
    if (!plan) return tl::unexpected(rule::search::to_error(query, plan.error()));
    return {};
}

class Reader {
  public:
    explicit Reader(std::string_view where) : read_(where) {}

    Result<SavedSearch> search(const YamlNode& root) {
        VD_TRY_DO(read_.keys(
            root, {"search", "title", "description", "query", "level", "attack", "every", "over"}));
        VD_TRY(const YamlNode* name, read_.need(root, "search", "search: many-failures"));
        VD_TRY(const event::Placed name_text, read_.text(*name));
        out_.name = name_text.text;
        if (!is_search_name(out_.name)) {
            return read_.wrong(
                *name, "'" + out_.name + "' is no name of a search",
                "letters, digits, '-' and '_', at most " + std::to_string(kSearchNameBytesMax));
        }
        VD_TRY_DO(read_.optional_text(root, "title", out_.title));
        VD_TRY_DO(read_.optional_text(root, "description", out_.description));
        VD_TRY_DO(query(root));
        VD_TRY_DO(level(root));
        if (const YamlNode* node = root.find("attack")) {
            VD_TRY(const auto ids, read_.texts(*node));
            for (const event::Placed& id : ids) out_.attack.push_back(id.text);
        }
        VD_TRY_DO(span(root, "every", out_.every_ns));
        VD_TRY_DO(span(root, "over", out_.over_ns));
        if (out_.over_ns != 0 && out_.every_ns == 0) {
            return read_.wrong(*root.find("over"), "`over` needs `every`",
                               "write `every: 5m` as well");
        }
        if (out_.over_ns == 0) out_.over_ns = out_.every_ns;
        if (out_.over_ns < out_.every_ns) {
            return read_.wrong(*root.find("over"), "events would be left out between two runs",
                               "`over` is at least as long as `every`");
        }
        return std::move(out_);
    }

  private:
    Result<void> query(const YamlNode& root) {
        VD_TRY(const YamlNode* node, read_.need(root, "query", "query: user.name:root"));
        VD_TRY(const event::Placed text, read_.text(*node));
        out_.query = text.text;
        if (auto good = check_query(out_.query); !good) {
            return read_.wrong(*node, "the query: " + good.error().where + ": " + good.error().text,
                               good.error().hint);
        }
        return {};
    }

    Result<void> level(const YamlNode& root) {
        const YamlNode* node = root.find("level");
        if (node == nullptr) return {};
        VD_TRY(const event::Placed text, read_.text(*node));
        const auto severity = cases::parse_severity(text.text);
        if (!severity) return read_.wrong(*node, severity.error().text, severity.error().hint);
        out_.severity = *severity;
        return {};
    }

    Result<void> span(const YamlNode& root, std::string_view key, std::int64_t& out) {
        const YamlNode* node = root.find(key);
        if (node == nullptr) return {};
        VD_TRY(const event::Placed text, read_.text(*node));
        const auto span = rule::search::read_span(text.text);
        if (!span || *span < kSearchEveryNsMin || *span > kSearchOverNsMax) {
            return read_.wrong(*node, "'" + text.text + "' cannot be used here",
                               "write 1m to " + span_text(kSearchOverNsMax) + ": 5m, 1h, 1d");
        }
        out = *span;
        return {};
    }

    NodeReader read_;
    SavedSearch out_;
};

std::string json_text(std::string_view text) {
    std::string out;
    base::append_json_string(out, text);  // a JSON string is a YAML one
    return out;
}

}  // namespace

std::string span_text(std::int64_t span_ns) { return rule::search::span_text(span_ns); }

bool is_search_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    };
    return !name.empty() && name.size() <= kSearchNameBytesMax && name[0] != '-' &&
           std::all_of(name.begin(), name.end(), fits);
}

Result<SavedSearch> read_saved_search(std::string_view where, std::string_view yaml) {
    if (yaml.size() > kSavedSearchBytesMax) {
        return base::fail(
            ErrorCode::limit,
            "the definition is longer than " + std::to_string(kSavedSearchBytesMax) + " bytes",
            std::string(where));
    }
    VD_TRY(const auto documents, event::read_yaml(where, yaml));
    if (documents.size() != 1) {
        return base::fail(ErrorCode::bad_input, "a file holds one search", std::string(where));
    }
    return Reader(where).search(documents.front());
}

std::string to_yaml(const SavedSearch& search) {
    std::string out = "search: " + json_text(search.name) + '\n';
    if (!search.title.empty()) out += "title: " + json_text(search.title) + '\n';
    if (!search.description.empty()) out += "description: " + json_text(search.description) + '\n';
    out += "query: " + json_text(search.query) + '\n';
    out += "level: " + std::string(cases::name(search.severity)) + '\n';
    if (!search.attack.empty()) {
        out += "attack: [";
        for (const std::string& id : search.attack) {
            out += (out.back() == '[' ? "" : ", ") + json_text(id);
        }
        out += "]\n";
    }
    if (search.is_scheduled()) {
        out += "every: " + span_text(search.every_ns) + '\n';
        out += "over: " + span_text(search.over_ns) + '\n';
    }
    return out;
}

Result<SavedSearches> read_saved_searches(const std::string& folder) {
    SavedSearches out;
    std::error_code error;
    if (folder.empty() || !std::filesystem::is_directory(folder, error)) return out;
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const auto extension = entry.path().extension();
        if (extension == ".yml" || extension == ".yaml") paths.push_back(entry.path().string());
    }
    if (error) return base::fail(ErrorCode::io, error.message(), folder);
    if (paths.size() > kSavedSearchesMax) {
        return base::fail(ErrorCode::limit,
                          "more than " + std::to_string(kSavedSearchesMax) + " searches", folder);
    }
    std::sort(paths.begin(), paths.end());
    base::SystemFiles files;
    for (std::string& path : paths) {
        const auto text = files.read(path, 0, kSavedSearchBytesMax + 1);
        auto search = text ? read_saved_search(path, *text)
                           : Result<SavedSearch>(tl::unexpected(text.error()));
        if (!search) {
            out.problems.push_back(search.error());
            continue;
        }
        const auto same = [&](const auto& entry) { return entry.search.name == search->name; };
        const auto first = std::find_if(out.entries.begin(), out.entries.end(), same);
        if (first != out.entries.end()) {
            out.problems.push_back({ErrorCode::bad_input,
                                    "there is another search '" + search->name + "'", path,
                                    "the one in " + first->path + " counts", false});
            continue;
        }
        out.entries.push_back({std::move(*search), std::move(path)});
    }
    return out;
}

}  // namespace vedette::engine
