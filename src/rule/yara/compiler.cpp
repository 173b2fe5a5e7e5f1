// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/compiler.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "rule/yara/file_check.h"
#include "rule/yara/libyara.h"
#include "rule/yara/limits.h"

namespace vedette::rule::yara {

namespace {

using base::ErrorCode;
using base::Result;

std::string cut(const char* text) {
    return text == nullptr ? std::string() : std::string(text).substr(0, kMetaBytesMax);
}

RuleInfo info_of(const YR_RULE* rule, const NamedFiles& files,
                 const std::map<std::pair<std::size_t, std::string>, std::uint32_t>& lines) {
    RuleInfo info;
    info.name = cut(rule->identifier);
    std::size_t file = 0;
    const std::string_view space = rule->ns->name;
    std::from_chars(space.data(), space.data() + space.size(), file);
    info.file = files[file].first;
    if (const auto line = lines.find({file, info.name}); line != lines.end()) {
        info.line = line->second;
    }
    info.is_private = RULE_IS_PRIVATE(rule) != 0;
    info.is_global = RULE_IS_GLOBAL(rule) != 0;
    const char* tag = nullptr;
    yr_rule_tags_foreach(rule, tag) {
        if (info.tags.size() < kTagsMax) info.tags.push_back(cut(tag));
    }
    const YR_META* meta = nullptr;
    yr_rule_metas_foreach(rule, meta) {
        if (info.meta.size() >= kMetaMax) break;
        std::string value;
        if (meta->type == META_TYPE_STRING) value = cut(meta->string);
        if (meta->type == META_TYPE_INTEGER) value = std::to_string(meta->integer);
        if (meta->type == META_TYPE_BOOLEAN) value = meta->integer != 0 ? "true" : "false";
        info.meta.emplace_back(cut(meta->identifier), std::move(value));
    }
    const YR_STRING* string = nullptr;
    yr_rule_strings_foreach(rule, string)++ info.strings;
    return info;
}

std::size_t take(const void* bytes, std::size_t size, std::size_t count, void* to) {
    auto& out = *static_cast<std::string*>(to);
    if (size * count > kCompiledBytesMax - out.size()) return 0;
    out.append(static_cast<const char*>(bytes), size * count);
    return count;
}

/// A set of files that each compile alone.
class SetCompiler {
  public:
    SetCompiler(const NamedFiles& files, const std::function<Result<void>()>& alive)
        : files_(files), alive_(alive) {}

    Result<Compilation> run() {
        const auto deadline =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(kCompileMsMax);
        std::size_t rules = 0;
        for (std::size_t i = 0; i < files_.size(); ++i) {
            if (alive_) VD_TRY_DO(alive_());
            const auto& [name, content] = files_[i];
            if (content.size() > kFileBytesMax) {
                out_.add_problem({name,
                                  {},
                                  fmt::format("the file has more than {} MB", kFileBytesMax >> 20),
                                  "split it"});
                texts_.emplace_back();
                continue;
            }
            FileCheck check(name, content, out_);
            const std::size_t left = check.run(kRulesMax - rules, deadline);
            rules += left;
            texts_.push_back(left > 0 ? check.text() : std::string());
            for (const Piece& rule : check.rules()) lines_[{i, rule.name}] = rule.line;
        }
        if (rules > 0) VD_TRY_DO(compile_all());
        return std::move(out_);
    }

  private:
    Result<void> compile_all() {
        std::vector<CompilerMessage> messages;
        const OwnedCompiler compiler = new_compiler(messages);
        if (!compiler) return base::fail(ErrorCode::limit, "there is no memory to compile rules");
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            if (texts_[i].empty()) continue;
            const int errors = ::yr_compiler_add_string(compiler.get(), texts_[i].c_str(),
                                                        std::to_string(i).c_str());
            if (errors != 0) {
                return base::fail(ErrorCode::limit,
                                  "the files compile one by one, but not together: " +
                                      (messages.empty() ? "" : messages.back().text),
                                  files_[i].first, "load fewer rules at once");
            }
            messages.clear();
        }
        YR_RULES* made = nullptr;
        const int error = ::yr_compiler_get_rules(compiler.get(), &made);
        if (error != ERROR_SUCCESS) return base::fail(ErrorCode::limit, error_text(error));
        const OwnedRules rules(made);
        const YR_RULE* rule = nullptr;
        yr_rules_foreach(rules.get(), rule) out_.rules.push_back(info_of(rule, files_, lines_));
        YR_STREAM stream{&out_.compiled, nullptr, take};
        if (::yr_rules_save_stream(rules.get(), &stream) == ERROR_SUCCESS) return {};
        return base::fail(
            ErrorCode::limit,
            fmt::format("the compiled rules are larger than {} MB", kCompiledBytesMax >> 20), {},
            "load fewer rules at once");
    }

    const NamedFiles& files_;
    const std::function<Result<void>()>& alive_;
    std::vector<std::string> texts_;
    std::map<std::pair<std::size_t, std::string>, std::uint32_t> lines_;
    Compilation out_;
};

}  // namespace

Result<Compilation> compile(const NamedFiles& files, const std::function<Result<void>()>& alive) {
    if (!has_libyara()) return base::fail(ErrorCode::unavailable, "libyara does not start");
    return SetCompiler(files, alive).run();
}

}  // namespace vedette::rule::yara
