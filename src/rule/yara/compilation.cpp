// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/compilation.h"

#include "base/bytes.h"
#include "rule/yara/limits.h"

namespace vedette::rule::yara {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kNameBytesMax = 4'096;

/// Cut, and without what a terminal would take for a command.
std::string short_text(base::ByteReader& in, std::size_t bytes_max) {
    std::string out(in.text().substr(0, bytes_max));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = ' ';
    }
    return out;
}

void put_rule(std::string& out, const RuleInfo& rule) {
    base::put_text(out, rule.name);
    base::put_text(out, rule.file);
    base::put_varint(out, rule.line);
    base::put_varint(out, rule.strings);
    base::put_varint(out, (rule.is_private ? 1u : 0u) + (rule.is_global ? 2u : 0u));
    base::put_varint(out, rule.tags.size());
    for (const std::string& tag : rule.tags) base::put_text(out, tag);
    base::put_varint(out, rule.meta.size());
    for (const auto& [key, value] : rule.meta) {
        base::put_text(out, key);
        base::put_text(out, value);
    }
}

RuleInfo get_rule(base::ByteReader& in) {
    RuleInfo rule;
    rule.name = short_text(in, kNameBytesMax);
    rule.file = short_text(in, kNameBytesMax);
    rule.line = static_cast<std::uint32_t>(in.varint());
    rule.strings = static_cast<std::uint32_t>(in.varint());
    const std::uint64_t flags = in.varint();
    rule.is_private = (flags & 1) != 0;
    rule.is_global = (flags & 2) != 0;
    const std::uint64_t tags = in.varint();
    for (std::uint64_t i = 0; i < tags && i < kTagsMax && in.is_good(); ++i) {
        rule.tags.push_back(short_text(in, kMetaBytesMax));
    }
    const std::uint64_t meta = in.varint();
    for (std::uint64_t i = 0; i < meta && i < kMetaMax && in.is_good(); ++i) {
        std::string key = short_text(in, kMetaBytesMax);
        rule.meta.emplace_back(std::move(key), short_text(in, kMetaBytesMax));
    }
    return rule;
}

void put_problem(std::string& out, const Problem& problem) {
    for (const std::string* text : {&problem.where, &problem.rule, &problem.text, &problem.hint}) {
        base::put_text(out, *text);
    }
    base::put_varint(out, problem.is_warning ? 1 : 0);
}

Problem get_problem(base::ByteReader& in) {
    Problem problem;
    for (std::string* text : {&problem.where, &problem.rule, &problem.text, &problem.hint}) {
        *text = short_text(in, kNameBytesMax);
    }
    problem.is_warning = in.varint() != 0;
    return problem;
}

}  // namespace

void Compilation::add_problem(Problem problem) {
    if (problems.size() >= kProblemsMax) {
        ++problems_left_out;
        return;
    }
    if (problem.text.size() > kProblemTextBytesMax) problem.text.resize(kProblemTextBytesMax);
    problems.push_back(std::move(problem));
}

std::string encode(const Compilation& compilation) {
    std::string out;
    base::put_varint(out, compilation.rules.size());
    for (const RuleInfo& rule : compilation.rules) put_rule(out, rule);
    base::put_varint(out, compilation.problems.size());
    for (const Problem& problem : compilation.problems) put_problem(out, problem);
    base::put_varint(out, compilation.problems_left_out);
    base::put_text(out, compilation.compiled);
    return out;
}

Result<Compilation> decode_compilation(std::string_view bytes) {
    base::ByteReader in(bytes);
    Compilation out;
    const std::uint64_t rules = in.varint();
    for (std::uint64_t i = 0; i < rules && i < kRulesMax && in.is_good(); ++i) {
        out.rules.push_back(get_rule(in));
    }
    const std::uint64_t problems = in.varint();
    for (std::uint64_t i = 0; i < problems && i < kProblemsMax && in.is_good(); ++i) {
        out.problems.push_back(get_problem(in));
    }
    out.problems_left_out = in.varint();
    out.compiled = in.text();
    const bool is_whole = in.is_good() && in.is_at_end() && out.rules.size() == rules &&
                          out.problems.size() == problems &&
                          out.compiled.empty() == out.rules.empty();
    if (is_whole) return out;
    return base::fail(ErrorCode::corrupt, "this is no compiled set of YARA rules");
}

std::string encode(const NamedFiles& files) {
    std::string out;
    base::put_varint(out, files.size());
    for (const auto& [name, content] : files) {
        base::put_text(out, name);
        base::put_text(out, content);
    }
    return out;
}

Result<NamedFiles> decode_files(std::string_view bytes) {
    base::ByteReader in(bytes);
    NamedFiles files;
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        std::string name(in.text());
        files.emplace_back(std::move(name), in.text());
    }
    if (in.is_good() && in.is_at_end()) return files;
    return base::fail(ErrorCode::corrupt, "these are no rule files");
}

}  // namespace vedette::rule::yara
