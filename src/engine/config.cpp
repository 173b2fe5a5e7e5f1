// SPDX-License-Identifier: Apache-2.0
#include "engine/config.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "base/files.h"
#include "engine/config_setters.h"
#include "engine/masking/limits.h"
#include "parse/clock_hints.h"

namespace vedette::engine {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::uint64_t kConfigBytesMax = 1u << 20;  // nobody writes more by hand

Result<void> read_source_value(const YAML::Node& node, const std::string& key,
                               const std::string& at, SourceConfig& source) {
    if (node.IsScalar()) {
        source.settings.values.emplace(key, node.Scalar());
        return {};
    }
    if (node.IsSequence()) {
        for (const auto& item : node) {
            if (!item.IsScalar()) {
                return base::fail(ErrorCode::bad_input, "a list of texts belongs here", at);
            }
            source.settings.values.emplace(key, item.Scalar());
        }
        return {};
    }
    return base::fail(ErrorCode::bad_input, "a text or a list belongs here", at);
}

Setter silence(std::int64_t& target) {
    return [&target](const YAML::Node& node, const std::string& at) -> Result<void> {
        VD_TRY(target, read_silence(node, at));
        return {};
    };
}

Result<SourceConfig> read_source(const YAML::Node& node, const std::string& where) {
    SourceConfig source;
    source.settings.where = place(where, node);
    if (!node.IsMap() || !node["kind"] || !node["kind"].IsScalar()) {
        return base::fail(ErrorCode::bad_input, "a source needs a kind", source.settings.where,
                          "e.g. `- {kind: files, paths: [/var/log/auth.log]}`");
    }
    for (const auto& entry : node) {
        const auto key = entry.first.as<std::string>();
        if (key == "kind") {
            source.settings.kind = entry.second.Scalar();
        } else if (key == "name" && entry.second.IsScalar()) {
            source.name = entry.second.Scalar();
        } else if (key == "silence") {
            VD_TRY(source.silence, read_silence(entry.second, place(where, entry.second)));
        } else {
            VD_TRY_DO(read_source_value(entry.second, key, place(where, entry.second), source));
        }
    }
    if (source.name.empty()) source.name = source.settings.kind;
    return source;
}

Setter sources(std::vector<SourceConfig>& target, const std::string& where) {
    return [&target, where](const YAML::Node& node, const std::string& at) -> Result<void> {
        if (!node.IsSequence()) {
            return base::fail(ErrorCode::bad_input, "a list of sources belongs here", at);
        }
        target.clear();
        std::set<std::string> names;
        for (const auto& item : node) {
            VD_TRY(SourceConfig source, read_source(item, where));
            if (!names.insert(source.name).second) {
                return base::fail(ErrorCode::bad_input, "two sources are named " + source.name,
                                  source.settings.where, "give each a `name:` of its own");
            }
            target.push_back(std::move(source));
        }
        return {};
    };
}

Setter clocks(std::vector<ClockSettings>& target, const std::string& where) {
    return [&target, where](const YAML::Node& node, const std::string& at) -> Result<void> {
        if (!node.IsSequence()) {
            return base::fail(ErrorCode::bad_input, "a list of clocks belongs here", at,
                              "e.g. `- {source: asa, zone: Europe/Berlin}`");
        }
        target.clear();
        for (const auto& item : node) {
            ClockSettings clock;
            clock.where = place(where, item);
            int year = 0;
            double ahead_s = 0;
            constexpr double kAheadSecondsMax = parse::kAheadMsMax / 1'000.0;
            VD_TRY_DO(read_mapping(
                item, where,
                {{"source", text(clock.source)},
                 {"origin", text(clock.origin)},
                 {"zone", text(clock.zone)},
                 {"year", number(year, 1, 1970, 2200)},
                 {"ahead_s", number(ahead_s, 1, -kAheadSecondsMax, kAheadSecondsMax)}}));
            if (year != 0) clock.year = year;
            clock.ahead_ms = std::llround(ahead_s * 1'000);
            target.push_back(std::move(clock));
        }
        return {};
    };
}

Setter method(masking::Method& target) {
    return [&target](const YAML::Node& node, const std::string& at) -> Result<void> {
        static const std::map<std::string, masking::Method> kMethods = {
            {"hash", masking::Method::hash},
            {"redact", masking::Method::redact},
            {"partial", masking::Method::partial}};
        const auto found = node.IsScalar() ? kMethods.find(node.Scalar()) : kMethods.end();
        if (found == kMethods.end()) {
            return base::fail(ErrorCode::bad_input, "a method of masking belongs here", at,
                              "hash, redact or partial");
        }
        target = found->second;
        return {};
    };
}

Setter masking_entries(std::vector<masking::MaskSettings>& target, const std::string& where) {
    return [&target, where](const YAML::Node& node, const std::string& at) -> Result<void> {
        if (!node.IsSequence() || node.size() > masking::kEntriesMax) {
            return base::fail(ErrorCode::bad_input, "a list of what to mask belongs here", at,
                              "e.g. `- {source: shop, fields: [user.name], method: hash}`");
        }
        target.clear();
        for (const auto& item : node) {
            masking::MaskSettings entry;
            entry.where = place(where, item);
            VD_TRY_DO(read_mapping(item, where,
                                   {{"source", text(entry.source)},
                                    {"fields", texts(entry.fields)},
                                    {"patterns", texts(entry.patterns)},
                                    {"method", method(entry.method)}}));
            VD_TRY_DO(masking::check(entry));
            target.push_back(std::move(entry));
        }
        return {};
    };
}

constexpr double kGb = 1 << 30;
constexpr double kDaysMax = 36'500;
constexpr double kReplayDaysMax = 3'650;

Setter retention_rules(std::vector<RetentionRule>& target, const std::string& where) {
    return [&target, where](const YAML::Node& node, const std::string& at) -> Result<void> {
        if (!node.IsSequence()) {
            return base::fail(ErrorCode::bad_input, "a list of data sets belongs here", at,
                              "e.g. `- {data_set: \"linux.*\", days: 30, gb: 50}`");
        }
        target.clear();
        for (const auto& item : node) {
            RetentionRule rule;
            std::uint32_t days = 0;
            VD_TRY_DO(read_mapping(item, where,
                                   {{"data_set", text(rule.pattern)},
                                    {"days", number(days, 1, 0, kDaysMax)},
                                    {"gb", number(rule.bytes_max, kGb, 0, 1e6)}}));
            if (rule.pattern.empty()) {
                return base::fail(ErrorCode::bad_input, "a rule needs its data set",
                                  place(where, item), "e.g. `data_set: \"linux.*\"`");
            }
            if (item["days"]) rule.days = days;
            target.push_back(std::move(rule));
        }
        return {};
    };
}

/// `name: value` or `name: [values]`; a name as it stands between percent signs in a rule.
Setter placeholders(detect::Placeholders& target, const std::string& where) {
    return [&target, where](const YAML::Node& node, const std::string& at) -> Result<void> {
        if (!node.IsMap()) {
            return base::fail(ErrorCode::bad_input, "placeholders are a mapping of lists", at,
                              "e.g. `servers: [dc01, dc02]` for %servers%");
        }
        target.clear();
        for (const auto& entry : node) {
            const auto name = entry.first.as<std::string>();
            const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
                return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                       (c >= 'A' && c <= 'Z');
            });
            if (!is_name) {
                return base::fail(ErrorCode::bad_input, "'" + name + "' is no placeholder's name",
                                  place(where, entry.first),
                                  "letters, digits and underscores, without the percent signs");
            }
            VD_TRY_DO(texts(target[name])(entry.second, place(where, entry.second)));
            if (target[name].empty()) {
                return base::fail(ErrorCode::bad_input, "the placeholder has no values",
                                  place(where, entry.second));
            }
        }
        return {};
    };
}

Setters all_settings(Config& config, const std::string& where) {
    constexpr double kMb = 1 << 20;
    return {
        {"data", text(config.data_folder)},
        {"node", number(config.node, 1, 1, 65'535)},
        {"journal", mapping({{"quota_mb", number(config.journal_quota_bytes, kMb, 16, 1e8)},
                             {"segment_mb", number(config.journal_segment_bytes, kMb, 1, 1'024)}},
                            where)},
        {"store", mapping({{"enabled", flag(config.has_store)},
                           {"writers", number(config.store_writers, 1, 1, 8)},
                           {"insert_rows", number(config.store_insert_rows, 1, 1, 1'000'000)},
                           {"insert_age_ms", number(config.store_insert_age_ms, 1, 10, 60'000)},
                           {"promote_asked", number(config.promotion.asked_min, 1, 0, 1e9)},
                           {"promote_fields",
                            number(config.promotion.fields_max, 1, 0, store::kPromotedMax)}},
                          where)},
        {"remembered_keys", number(config.remembered_keys, 1, 0, 1e8)},
        {"rules", texts(config.rule_paths)},
        {"logsources", texts(config.logsource_paths)},
        {"analytics", texts(config.analytic_paths)},
        {"detect",
         mapping(
             {{"sigma", mapping({{"placeholders", placeholders(config.placeholders, where)},
                                 {"replay_days", number(config.replay_days, 1, 0, kReplayDaysMax)}},
                                where)},
              {"silence", silence(config.silence["*"])}},
             where)},
        {"yara",
         mapping({{"rules", texts(config.yara_paths)},
                  {"files",
                   mapping({{"enabled", flag(config.files.is_enabled)},
                            {"hosts", texts(config.files.hosts)},
                            {"sources", texts(config.files.sources)},
                            {"files_per_s", number(config.files.files_per_s, 1, 1, 1'000)},
                            {"waiting_max", number(config.files.waiting_max, 1, 1, 1'000'000)}},
                           where)}},
                 where)},
        {"formats", mapping({{"folder", text(config.formats_folder)}}, where)},
        {"lists", mapping({{"folder", text(config.lists_folder)}}, where)},
        {"metrics", mapping({{"listen", text(config.metrics_listen)}}, where)},
        {"batch_rows", number(config.batch_rows, 1, 1, 4'096)},
        {"clocks", clocks(config.clocks, where)},
        {"masking", masking_entries(config.masking, where)},
        {"retention",
         mapping({{"days", number(config.retention.days, 1, 0, kDaysMax)},
                  {"gb", number(config.retention.bytes_max, kGb, 0, 1e6)},
                  {"data_sets", retention_rules(config.retention.rules, where)},
                  {"findings_days", number(config.retention.findings_days, 1, 0, kDaysMax)},
                  {"inbox_days", number(config.retention.inbox_days, 1, 0, kDaysMax)},
                  {"check_minutes", number(config.retention.check_minutes, 1, 1, 1'440)}},
                 where)},
        {"intel", mapping(intel_settings(config.intel, where), where)},
        {"sources", sources(config.sources, where)},
    };
}

/// Gives a document that is not empty to `read`.
Result<void> read_yaml(const std::string& text_of_file, const std::string& where,
                       const std::function<Result<void>(const YAML::Node&)>& read) {
    try {
        const YAML::Node root = YAML::Load(text_of_file);
        return root.IsNull() ? Result<void>() : read(root);
    } catch (const YAML::Exception& error) {
        return base::fail(ErrorCode::bad_input, error.msg,
                          where + ":" + std::to_string(error.mark.line + 1) + ":" +
                              std::to_string(error.mark.column + 1));
    }
}

SourceConfig source_of(std::string kind, std::multimap<std::string, std::string> values) {
    SourceConfig source;
    source.name = kind;
    source.settings.kind = std::move(kind);
    source.settings.where = "the defaults";
    source.settings.values = std::move(values);
    return source;
}

/// Whether systemd's journal is kept here, we may read it, and nobody writes its messages into a
/// file of /var/log as well: two copies of an event would be two events.
bool is_journal_to_be_read() {
    std::error_code error;
    for (const char* const copy : {"/var/log/syslog", "/var/log/messages"}) {
        if (std::filesystem::exists(copy, error)) return false;
    }
    for (const char* const folder : {"/var/log/journal", "/run/log/journal"}) {
        for (std::filesystem::directory_iterator machine(folder, error), end;
             !error && machine != end; machine.increment(error)) {
            const std::string newest = machine->path().string() + "/system.journal";
            if (::access(newest.c_str(), R_OK) == 0) return true;
        }
        error.clear();
    }
    return false;
}

}  // namespace

std::string content_folder() {
    if (const char* set = std::getenv("VEDETTE_CONTENT")) return set;
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    for (auto folder = program.parent_path(); !error && folder != folder.root_path();
         folder = folder.parent_path()) {
        if (std::filesystem::is_directory(folder / "content" / "rules", error)) {
            return (folder / "content").string();
        }
        error.clear();
    }
    return "/usr/share/vedette/content";
}

Config default_config(const std::string& data_folder) {
    Config config;
    config.data_folder = std::filesystem::absolute(data_folder).lexically_normal().string();
    config.rule_paths = {content_folder() + "/rules"};
    config.logsource_paths = {content_folder() + "/logsources"};
    if (std::error_code error; std::filesystem::is_directory(content_folder() + "/yara", error)) {
        config.yara_paths = {content_folder() + "/yara"};
    }
    config.sources.push_back(source_of("files", {{"paths", "/var/log/*.log"},
                                                 {"paths", "/var/log/syslog"},
                                                 {"paths", "/var/log/messages"},
                                                 {"paths", "/var/log/secure"},
                                                 {"paths", "/var/log/**/*.log"}}));
    if (is_journal_to_be_read()) config.sources.push_back(source_of("journald", {}));
    config.sources.push_back(source_of("http", {{"listen", "127.0.0.1:9200"}}));
    return config;
}

Result<Config> parse_config(const std::string& text_of_file, const std::string& where,
                            const std::string& data_folder) {
    Config config = default_config(data_folder);
    VD_TRY_DO(read_yaml(text_of_file, where, [&](const YAML::Node& root) {
        return read_mapping(root, where, all_settings(config, where));
    }));
    if (config.silence["*"] == detect::kSilenceLearned) config.silence.erase("*");
    for (const SourceConfig& source : config.sources) {
        if (source.silence) config.silence[source.name] = *source.silence;
    }
    config.data_folder = std::filesystem::absolute(config.data_folder).lexically_normal().string();
    return config;
}

Result<Config> load_config(const std::string& path, const std::string& data_folder) {
    VD_TRY(const std::string text_of_file, base::read_file(path, kConfigBytesMax));
    VD_TRY(Config config, parse_config(text_of_file, path, data_folder));
    config.path = std::filesystem::absolute(path).lexically_normal().string();
    return config;
}

Result<detect::Placeholders> load_placeholders(const std::string& path) {
    VD_TRY(const std::string text_of_file, base::read_file(path, kConfigBytesMax));
    detect::Placeholders read;
    VD_TRY_DO(read_yaml(text_of_file, path, [&](const YAML::Node& root) {
        return placeholders(read, path)(root, place(path, root));
    }));
    return read;
}

}  // namespace vedette::engine
