// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/compiler.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "rule/yara/libyara.h"
#include "rule/yara/limits.h"
#include "rule/yara/scanner.h"

namespace vedette::rule::yara {
namespace {

Compilation compiled(const std::string& text) {
    auto made = compile({{"r.yar", text}});
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message());
    return made ? std::move(*made) : Compilation();
}

std::vector<std::string> names(const Compilation& made) {
    std::vector<std::string> out;
    for (const RuleInfo& rule : made.rules) out.push_back(rule.name);
    return out;
}

/// "where rule: text (hint)" of each error.
std::vector<std::string> errors(const Compilation& made) {
    std::vector<std::string> out;
    for (const Problem& problem : made.problems) {
        if (problem.is_warning) continue;
        out.push_back(fmt::format("{} {}: {}{}", problem.where, problem.rule, problem.text,
                                  problem.hint.empty() ? "" : " (" + problem.hint + ")"));
    }
    return out;
}

TEST(YaraCompiler, TellsWhatARuleIs) {
    const Compilation made = compiled(
        "\nprivate rule p { condition: true }\nglobal rule g : one two {\n meta:\n"
        "  description = \"says\"\n  score = 75\n  on = true\n"
        " strings:\n  $a = \"x\"\n  $b = \"y\"\n condition: any of them }\n");
    ASSERT_EQ(names(made), (std::vector<std::string>{"p", "g"}));
    EXPECT_TRUE(made.rules[0].is_private);
    const RuleInfo& rule = made.rules[1];
    EXPECT_TRUE(rule.is_global);
    EXPECT_EQ(rule.file, "r.yar");
    EXPECT_EQ(rule.line, 3u);
    EXPECT_EQ(rule.strings, 2u);
    EXPECT_EQ(rule.tags, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(rule.meta, (std::vector<std::pair<std::string, std::string>>{
                             {"description", "says"}, {"score", "75"}, {"on", "true"}}));
}

TEST(YaraCompiler, NamesEachWrongRuleWithItsPlaceAndKeepsTheOthers) {
    const Compilation made = compiled(
        "import \"pe\"\n"
        "rule good { strings: $a = \"abc\" condition: $a }\n"
        "rule text { strings: $one = \"abc\" condition: $oen }\n"
        "rule word { condition: filesiez < 3 }\n"
        "rule part { condtion: true }\n"
        "rule good { condition: false }\n"
        "rule unused { strings: $a = \"abc\" condition: true }\n"
        "rule module { condition: elf.type == 2 }\n"
        "rule uses { condition: word }\n"
        "rule last { condition: true }\n");
    EXPECT_EQ(names(made), (std::vector<std::string>{"good", "last"}));
    EXPECT_EQ(
        errors(made),
        (std::vector<std::string>{
            "r.yar:3:46 text: undefined string \"$oen\" (did you mean '$one'?)",
            "r.yar:4:24 word: undefined identifier \"filesiez\" (did you mean 'filesize'?)",
            "r.yar:5:6 part: syntax error (did you mean 'condition'?)",
            "r.yar:6:6 good: duplicated identifier \"good\" (another rule has this name)",
            "r.yar:7:24 unused: unreferenced string \"$a\" (use it in the condition, or call it "
            "$_a)",
            "r.yar:8:26 module: undefined identifier \"elf\" (put `import \"elf\"` in front)",
            "r.yar:9:24 uses: undefined identifier \"word\" (the rule 'word' is refused itself)"}));
}

TEST(YaraCompiler, RefusesIncludesAndModulesThatLookElsewhere) {
    const Compilation made = compiled(
        "include \"/etc/passwd\"\nimport \"cuckoo\"\nimport \"has\"\n"
        "rule a { condition: cuckoo.network.http_get(/x/) }\nrule b { condition: true }\n");
    EXPECT_EQ(names(made), (std::vector<std::string>{"b"}));
    const auto told = errors(made);
    ASSERT_EQ(told.size(), 4u);
    EXPECT_EQ(
        told[0],
        "r.yar:1:9 : include is refused: a rule file does not choose which other files are read "
        "(put '/etc/passwd' into the folder of rules itself)");
    EXPECT_EQ(told[1],
              "r.yar:2:8 : the module 'cuckoo' is not allowed (allowed are dex, dotnet, elf, hash, "
              "macho, math, pe, time)");
    EXPECT_EQ(told[2], "r.yar:3:8 : the module 'has' is not allowed (did you mean 'hash'?)");
    EXPECT_EQ(told[3], "r.yar:4:21 a: undefined identifier \"cuckoo\" (its module is not allowed)");
}

TEST(YaraCompiler, EveryAllowedModuleIsThere) {
    std::string text;
    for (const std::string& module : allowed_modules()) text += "import \"" + module + "\"\n";
    const Compilation made = compiled(text + "rule a { condition: true }");
    EXPECT_EQ(names(made), (std::vector<std::string>{"a"})) << errors(made).size();
}

TEST(YaraCompiler, WhatStandsBetweenRulesIsToldAndTheRulesStay) {
    const Compilation made = compiled(
        "import \"pe\"\nrule a { condition: pe.is_pe }\nnonsense = 3\nrule b { condition: true "
        "}\n");
    EXPECT_EQ(names(made).back(), "b");
    ASSERT_FALSE(errors(made).empty());
}

TEST(YaraCompiler, AFileThatEndsWithinARuleNamesIt) {
    const Compilation made = compiled("rule a { condition: true }\nrule b { condition: true");
    EXPECT_EQ(names(made), (std::vector<std::string>{"a"}));
    ASSERT_EQ(errors(made).size(), 1u);
    EXPECT_EQ(errors(made)[0], "r.yar:2:6 b: syntax error; the file ends within the rule");
}

TEST(YaraCompiler, CompiledRulesAndZeroBytesAreRefused) {
    const Compilation made = compiled(std::string("rule a { condition: true }\n\0", 28));
    EXPECT_TRUE(made.rules.empty());
    ASSERT_EQ(made.problems.size(), 1u);
    EXPECT_EQ(made.problems[0].where, "r.yar:2:1");
}

TEST(YaraCompiler, FilesAreNamespacesOfTheirOwn) {
    const auto made =
        compile({{"a.yar", "rule same { condition: true }"},
                 {"b.yar", "rule same { condition: filesize > 3 }"},
                 {"c.yar", "global rule never { condition: false } rule x { condition: true }"}});
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(names(*made), (std::vector<std::string>{"same", "same", "never", "x"}));
    auto scanner = Scanner::load(made->compiled);
    ASSERT_TRUE(scanner.has_value());
    const auto matches = scanner->scan("abc", "f", 5);
    ASSERT_TRUE(matches.has_value());
    ASSERT_EQ(matches->matches.size(), 1u);
    EXPECT_EQ(made->rules[matches->matches[0].rule].file, "a.yar");
}

TEST(YaraCompiler, LimitsAreNamed) {
    std::string many = "rule many { strings:\n";
    for (std::size_t i = 0; i <= kStringsPerRuleMax; ++i) {
        many += fmt::format("$s{} = \"text{}\"\n", i, i);
    }
    const Compilation strings =
        compiled(many + "condition: any of them }\nrule b { condition: true }");
    EXPECT_EQ(names(strings), (std::vector<std::string>{"b"}));
    ASSERT_EQ(errors(strings).size(), 1u);
    EXPECT_EQ(errors(strings)[0],
              "r.yar:1:6 many: the rule has 10001 strings, more than 10000 (split it)");
    const Compilation large = compiled(std::string(kFileBytesMax + 1, ' '));
    ASSERT_EQ(errors(large).size(), 1u);
    EXPECT_EQ(errors(large)[0], "r.yar : the file has more than 10 MB (split it)");
}

TEST(YaraCompiler, WhatItMadeComesBackFromBytes) {
    const Compilation made = compiled("rule a : t { meta: m = \"v\" condition: true }\nrule b { }");
    const auto again = decode_compilation(encode(made));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(names(*again), names(made));
    EXPECT_EQ(again->rules[0].meta, made.rules[0].meta);
    EXPECT_EQ(again->compiled, made.compiled);
    EXPECT_EQ(errors(*again), errors(made));
    const std::string bytes = encode(made);
    for (std::size_t cut = 0; cut < bytes.size(); cut += 7) {
        EXPECT_FALSE(decode_compilation(bytes.substr(0, cut)).has_value()) << cut;
    }
}

}  // namespace
}  // namespace vedette::rule::yara
