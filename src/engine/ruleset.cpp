// SPDX-License-Identifier: Apache-2.0
#include "engine/ruleset.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/bytes.h"
#include "engine/limits.h"
#include "engine/list_placeholders.h"

namespace vedette::engine {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;
using NamedFiles = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kControlPrefix = "{\"type\":\"ruleset\",\"hash\":\"";

using Extensions = std::array<std::string_view, 2>;
constexpr Extensions kYaml = {".yml", ".yaml"}, kYara = {".yar", ".yara"};

bool has_one_of(const fs::path& path, Extensions extensions) {
    return std::find(extensions.begin(), extensions.end(), path.extension().string()) !=
           extensions.end();
}

/// The files below `path` in the order of their names, or `path` itself.
Result<std::vector<fs::path>> files_below(const std::string& path, Extensions extensions) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) return std::vector<fs::path>{path};
    if (!fs::is_directory(path, error)) {
        return base::fail(ErrorCode::not_found, "there is no such file or folder", path,
                          "check the path of rules, logsources or yara");
    }
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator
             entry(path, fs::directory_options::skip_permission_denied, error),
         end;
         !error && entry != end; entry.increment(error)) {
        if (!entry->is_regular_file(error) || !has_one_of(entry->path(), extensions)) continue;
        found.push_back(entry->path());
        if (found.size() > kRuleFilesMax) {
            return base::fail(ErrorCode::limit,
                              "more than " + std::to_string(kRuleFilesMax) + " rule files", path);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

Result<NamedFiles> read_all(const std::vector<std::string>& paths, Extensions extensions = kYaml) {
    NamedFiles out;
    std::uint64_t total = 0;
    for (const std::string& path : paths) {
        VD_TRY(const auto found, files_below(path, extensions));
        for (const fs::path& file : found) {
            VD_TRY(std::string content, base::read_file(file.string(), kRuleFileBytesMax));
            total += content.size();
            if (total > kRuleSetBytesMax) {
                return base::fail(ErrorCode::limit, "the rule files are too large together", path);
            }
            const bool is_single = file == fs::path(path);
            const fs::path name = is_single ? file.filename() : file.lexically_relative(path);
            out.emplace_back(name.string(), std::move(content));
        }
    }
    return out;
}

void put_files(std::string& out, const NamedFiles& files) {
    base::put_varint(out, files.size());
    for (const auto& [name, content] : files) {
        base::put_text(out, name);
        base::put_text(out, content);
    }
}

NamedFiles get_files(base::ByteReader& in) {
    NamedFiles files;
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        std::string name(in.text());
        files.emplace_back(std::move(name), in.text());
    }
    return files;
}

void put_placeholders(std::string& out, const detect::Placeholders& placeholders) {
    base::put_varint(out, placeholders.size());
    for (const auto& [name, values] : placeholders) {
        base::put_text(out, name);
        base::put_varint(out, values.size());
        for (const std::string& value : values) base::put_text(out, value);
    }
}

detect::Placeholders get_placeholders(base::ByteReader& in) {
    detect::Placeholders placeholders;
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        std::vector<std::string>& values = placeholders[std::string(in.text())];
        const std::uint64_t value_count = in.varint();
        for (std::uint64_t j = 0; j < value_count && in.is_good(); ++j) {
            values.emplace_back(in.text());
        }
    }
    return placeholders;
}

void put_silence(std::string& out, const detect::SilenceSettings& silence) {
    base::put_varint(out, silence.size());
    for (const auto& [source, after_s] : silence) {
        base::put_text(out, source);
        base::put(out, after_s);
    }
}

detect::SilenceSettings get_silence(base::ByteReader& in) {
    detect::SilenceSettings silence;
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        std::string source(in.text());
        silence[std::move(source)] = in.get<std::int64_t>();
    }
    return silence;
}

// A set ends before what it does not have (placeholders, settings of silence, YARA rules,
// analytics): it has the name it always had.
std::string encode(const detect::DetectorInputs& inputs) {
    std::string out;
    put_files(out, inputs.rule_files);
    put_files(out, inputs.logsource_files);
    const bool has_analytics = !inputs.analytic_files.empty();
    const bool has_yara = !inputs.yara_files.empty() || has_analytics;
    const bool has_silence = !inputs.silence.empty() || has_yara;
    if (inputs.placeholders.empty() && !has_silence) return out;
    put_placeholders(out, inputs.placeholders);
    if (has_silence) put_silence(out, inputs.silence);
    if (has_yara) put_files(out, inputs.yara_files);
    if (has_analytics) put_files(out, inputs.analytic_files);
    return out;
}

std::string path_of(const std::string& folder, const std::string& hash_hex) {
    return folder + "/" + hash_hex;
}

}  // namespace

Result<RuleSet> read_ruleset(const std::vector<std::string>& rule_paths,
                             const std::vector<std::string>& logsource_paths,
                             detect::Placeholders placeholders, const event::LookupSet& lists,
                             detect::SilenceSettings silence,
                             const std::vector<std::string>& yara_paths,
                             const std::vector<std::string>& analytic_paths) {
    RuleSet set;
    set.inputs.silence = std::move(silence);
    VD_TRY(set.inputs.rule_files, read_all(rule_paths));
    VD_TRY(set.inputs.logsource_files, read_all(logsource_paths));
    VD_TRY(set.inputs.yara_files, read_yara_files(yara_paths));
    VD_TRY(set.inputs.analytic_files, read_all(analytic_paths));
    set.inputs.placeholders = std::move(placeholders);
    add_list_placeholders(set.inputs, lists);
    set.hash = base::hash128(encode(set.inputs));
    return set;
}

Result<NamedFiles> read_yara_files(const std::vector<std::string>& paths) {
    return read_all(paths, kYara);
}

Result<void> save_ruleset(base::Files& files, const std::string& folder, const RuleSet& set) {
    VD_TRY_DO(files.make_folders(folder));
    const std::string path = path_of(folder, set.hash.hex());
    if (files.size_bytes(path)) return {};
    return files.replace(path, encode(set.inputs));
}

Result<RuleSet> load_ruleset(base::Files& files, const std::string& folder,
                             const std::string& hash_hex) {
    const bool is_name = hash_hex.size() == 32 &&
                         hash_hex.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_name) return base::fail(ErrorCode::corrupt, "this is no name of a rule set", hash_hex);
    const std::string path = path_of(folder, hash_hex);
    VD_TRY(const std::uint64_t size, files.size_bytes(path));
    VD_TRY(const std::string bytes, files.read(path, 0, size));
    base::ByteReader in(bytes);
    RuleSet set;
    set.inputs.rule_files = get_files(in);
    set.inputs.logsource_files = get_files(in);
    if (in.is_good() && !in.is_at_end()) set.inputs.placeholders = get_placeholders(in);
    if (in.is_good() && !in.is_at_end()) set.inputs.silence = get_silence(in);
    if (in.is_good() && !in.is_at_end()) set.inputs.yara_files = get_files(in);
    if (in.is_good() && !in.is_at_end()) set.inputs.analytic_files = get_files(in);
    set.hash = base::hash128(bytes);
    if (!in.is_good() || !in.is_at_end() || set.hash.hex() != hash_hex) {
        return base::fail(ErrorCode::corrupt, "the saved rule set is not what its name says", path,
                          "restore it from a backup; events of its time are judged by it");
    }
    return set;
}

Result<DetectorSet> make_detectors(const detect::Registry& registry, const RuleSet& set,
                                   event::FieldDictionary& fields) {
    DetectorSet out;
    for (const detect::DetectorKind& kind : registry.kinds()) {
        VD_TRY(auto detector, kind.make(set.inputs, fields, out.notices));
        out.detectors.emplace_back(kind.name, std::move(detector));
    }
    return out;
}

std::string ruleset_control(const RuleSet& set) {
    return std::string(kControlPrefix) + set.hash.hex() + "\"}";
}

std::string ruleset_of_control(std::string_view payload) {
    if (!payload.starts_with(kControlPrefix) || payload.size() != kControlPrefix.size() + 34)
        return {};
    return std::string(payload.substr(kControlPrefix.size(), 32));
}

}  // namespace vedette::engine
