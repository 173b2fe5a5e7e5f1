// SPDX-License-Identifier: Apache-2.0
#include "engine/rules/yara_tests.h"

#include <algorithm>
#include <filesystem>

#include "base/base64.h"
#include "base/files.h"
#include "engine/ruleset.h"
#include "event/yaml.h"
#include "event/yaml_limits.h"
#include "event/yaml_reader.h"
#include "rule/yara/confined_rules.h"

namespace vedette::engine {

namespace {

namespace fs = std::filesystem;
using base::Result;
using event::YamlNode;
using rule::yara::ConfinedRules;

Result<std::string> content_of(const event::NodeReader& reader, const YamlNode& node) {
    if (const YamlNode* text = node.find("text")) return text->text;
    VD_TRY(const YamlNode* const base64, reader.need(node, "base64", "base64: AAEC"));
    std::string letters = base64->text;
    std::erase_if(letters, [](char c) { return c == '\n' || c == ' '; });
    if (auto bytes = base::base64_decoded(letters)) return std::move(*bytes);
    return reader.wrong(*base64, "this is not base64");
}

/// The tests of one rule file.
class FileTests {
  public:
    FileTests(std::string path, std::string rule_file, const ConfinedRules& rules, YaraTests& out)
        : path_(std::move(path)),
          rule_file_(std::move(rule_file)),
          reader_(path_),
          rules_(rules),
          out_(out) {}

    Result<void> run() {
        std::vector<std::string> left;
        for (const auto& rule : rules_.rules()) {
            if (rule.file == rule_file_ && !rule.is_private) left.push_back(rule.name);
        }
        if (std::error_code error; fs::is_regular_file(path_, error)) {
            VD_TRY(const std::string text, base::read_file(path_, event::kYamlBytesMax));
            VD_TRY(const auto documents, event::read_yaml(path_, text));
            for (const YamlNode& document : documents) {
                VD_TRY_DO(reader_.keys(document, left));
                for (std::size_t i = 0; i < document.keys.size(); ++i) {
                    VD_TRY_DO(run_rule(document.keys[i].text, document.items[i]));
                    std::erase(left, document.keys[i].text);
                }
            }
        }
        for (const std::string& rule : left) out_.untested.emplace_back(rule_file_, rule);
        return {};
    }

  private:
    Result<void> run_rule(const std::string& rule, const YamlNode& node) {
        VD_TRY_DO(reader_.keys(node, {"hit", "miss"}));
        ++out_.rules;
        for (const std::string wanted : {"hit", "miss"}) {
            VD_TRY(const YamlNode* const files, reader_.need(node, wanted, wanted + ": [...]"));
            for (const YamlNode& file : files->items) VD_TRY_DO(run_file(rule, wanted, file));
        }
        return {};
    }

    Result<void> run_file(const std::string& rule, const std::string& wanted,
                          const YamlNode& node) {
        VD_TRY_DO(reader_.keys(node, {"name", "text", "base64"}));
        VD_TRY(const YamlNode* const name, reader_.need(node, "name", "name: a.php"));
        VD_TRY(const std::string content, content_of(reader_, node));
        VD_TRY(const base::OwnedFd file, rule::yara::file_in_memory(content));
        const auto matches = rules_.scan(file.get(), "/test/" + name->text);
        ++out_.files;
        const auto fail = [&](std::string text) {
            out_.failures.push_back({node.where(path_), rule, name->text, wanted, std::move(text)});
        };
        if (!matches) {
            fail(matches.error().message());
            return {};
        }
        const bool is_hit =
            std::any_of(matches->matches.begin(), matches->matches.end(), [&](const auto& match) {
                const auto& info = rules_.rules()[match.rule];
                return info.name == rule && info.file == rule_file_;
            });
        if (is_hit != (wanted == "hit")) fail(is_hit ? "it matches" : "it does not match");
        return {};
    }

    const std::string path_, rule_file_;
    const event::NodeReader reader_;
    const ConfinedRules& rules_;
    YaraTests& out_;
};

}  // namespace

Result<YaraTests> run_yara_tests(const std::vector<std::string>& paths) {
    YaraTests out;
    for (const std::string& path : paths) {
        VD_TRY(const auto files, read_yara_files({path}));
        VD_TRY(const auto rules, ConfinedRules::make(files, 1));
        std::error_code error;
        const bool is_folder = fs::is_directory(path, error);
        for (const auto& [name, content] : files) {
            fs::path tests = is_folder ? fs::path(path) / name : fs::path(path);
            tests.replace_extension(".tests.yml");
            VD_TRY_DO(FileTests(tests.string(), name, *rules, out).run());
        }
        for (const auto& problem : rules->problems()) {
            if (problem.is_warning) continue;
            out.failures.push_back({problem.where, problem.rule, {}, "load", problem.text});
        }
    }
    return out;
}

}  // namespace vedette::engine
