// SPDX-License-Identifier: Apache-2.0
// The workers here are vedette-worker, which the build puts beside this program.
#include "rule/yara/confined_rules.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "base/sha256.h"
#include "rule/yara/compiler.h"
#include "rule/yara/limits.h"
#include "rule/yara/scanner.h"
#include "tests/support/children.h"
#include "tests/support/temporary_folder.h"

namespace vedette::rule::yara {
namespace {

using Confined = std::shared_ptr<const ConfinedRules>;

Confined confined(const NamedFiles& files) {
    auto made = ConfinedRules::make(files, 1);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message());
    return made ? *made : nullptr;
}

base::Result<FileMatches> scanned(const Confined& rules, std::string_view bytes,
                                  const std::string& path = "/tmp/file") {
    VD_TRY(const base::OwnedFd file, file_in_memory(bytes));
    return rules->scan(file.get(), path);
}

TEST(ConfinedYara, TellsWhichRuleMatchesAndWhere) {
    const Confined rules = confined({{"r.yar",
                                      "rule no { strings: $x = \"nothing of it\" condition: $x }\n"
                                      "rule yes { strings: $a = \"abc\" $b = { 00 01 ?? } $c = "
                                      "\"not there\" condition: $a and $b and not $c }"}});
    std::string bytes = "abc abc";
    bytes += std::string("\0\1\2", 3) + "abcabcabc";
    const auto found = scanned(rules, bytes);
    ASSERT_TRUE(found.has_value()) << found.error().message();
    EXPECT_EQ(found->sha256, base::sha256_hex(bytes));
    EXPECT_EQ(found->size_bytes, bytes.size());
    ASSERT_EQ(found->matches.size(), 1u);
    EXPECT_EQ(rules->rules()[found->matches[0].rule].name, "yes");
    const auto& strings = found->matches[0].strings;
    ASSERT_EQ(strings.size(), 2u);
    EXPECT_EQ(strings[0].name, "$a");
    EXPECT_EQ(strings[0].count, 5u);
    EXPECT_EQ(strings[0].places.size(), kPlacesToldMax);
    EXPECT_EQ(strings[0].places[1].offset, 4u);
    EXPECT_EQ(strings[1].places[0], (MatchPlace{7, 3, std::string("\0\1\2", 3)}));
}

TEST(ConfinedYara, SaysTheSameAsInThisProcess) {
    const NamedFiles files = {
        {"r.yar",
         "import \"math\" import \"hash\" rule a { strings: $a = /[a-f]{3}x?/ condition: $a }\n"
         "rule b { condition: math.entropy(0, filesize) > 1.0 }\n"
         "rule c { condition: hash.md5(0, filesize) == \"900150983cd24fb0d6963f7d28e17f72\" }"}};
    const Confined rules = confined(files);
    const auto made = compile(files);
    ASSERT_TRUE(made.has_value());
    auto scanner = Scanner::load(made->compiled);
    ASSERT_TRUE(scanner.has_value());
    for (const std::string text : {"abc", "", "ggg", "abcxdefx"}) {
        const auto theirs = scanned(rules, text);
        const auto ours = scanner->scan(text, "/tmp/file", 5);
        ASSERT_TRUE(theirs && ours) << text;
        EXPECT_EQ(*theirs, *ours) << text;
    }
}

TEST(ConfinedYara, RulesMayAskWhatTheFileIsCalled) {
    const Confined rules = confined({{"r.yar",
                                      "rule a { condition: filename == \"x.php\" and extension == "
                                      "\".php\" and filepath contains \"/www/\" }"}});
    EXPECT_EQ(scanned(rules, "a", "/srv/www/x.php")->matches.size(), 1u);
    EXPECT_EQ(scanned(rules, "a", "/srv/x.php")->matches.size(), 0u);
    EXPECT_EQ(scanned(rules, "a", "/srv/www/x.php")->matches.size(), 1u)
        << "nothing stays of a file";
}

TEST(ConfinedYara, ALoopOverTheWholeFileEndsInTime) {
    const Confined rules = confined(
        {{"r.yar",
          "rule loop { condition: for all i in (1..filesize) : ( for all j in (1..filesize) : ( "
          "for all k in (1..filesize) : ( uint8(i) + uint8(j) + uint8(k) >= 0 ) ) ) }"}});
    const auto begin = std::chrono::steady_clock::now();
    const auto done = scanned(rules, std::string(100'000, 'a'));
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, base::ErrorCode::timeout);
    EXPECT_EQ(done.error().text, fmt::format("it took longer than {} s", kScanSecondsMax));
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    EXPECT_GE(seconds.count(), kScanSecondsMax - 1);
    // The worker is as good as before.
    EXPECT_TRUE(scanned(rules, "a").has_value());
    EXPECT_EQ(rules->status().started, 1u);
}

TEST(ConfinedYara, ARuleThatGivesUpOnAFileIsNamedAndTheOthersAreHeldAgainstIt) {
    const Confined rules =
        confined({{"r.yar",
                   "rule bad { strings: $a = /a(.{0,90}){0,90}(b|c.{0,90}){1,90}z/ condition: $a "
                   "or filesize == 3 }\n"
                   "rule good { strings: $a = \"aaaa\" condition: #a > 3 }"}});
    const auto done = scanned(rules, std::string(20'000, 'a') + std::string(2'000, 'b'));
    ASSERT_TRUE(done.has_value()) << done.error().message();
    ASSERT_EQ(done->matches.size(), 1u);
    EXPECT_EQ(rules->rules()[done->matches[0].rule].name, "good");
    ASSERT_EQ(done->gave_up.size(), 1u);
    EXPECT_EQ(rules->rules()[done->gave_up[0]].name, "bad");
    const auto next = scanned(rules, "xyz");
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(next->matches.size(), 1u) << "left out for that file only";
    EXPECT_TRUE(next->gave_up.empty());
}

TEST(ConfinedYara, AHugeFileIsToldAndNotRead) {
    const Confined rules = confined({{"r.yar", "rule a { condition: true }"}});
    base::OwnedFd file = std::move(*file_in_memory("x"));
    ASSERT_EQ(::ftruncate(file.get(), static_cast<off_t>(kScannedBytesMax) + 1), 0);
    const auto done = rules->scan(file.get(), "/tmp/huge");
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, base::ErrorCode::limit);
    EXPECT_EQ(rules->status().jobs, 1u) << "the compilation only";
}

TEST(ConfinedYara, ProgramsThatAreCutOffDoNotEndAWorker) {
    const Confined rules = confined(
        {{"r.yar",
          "import \"pe\" import \"elf\" import \"dotnet\" import \"macho\" import \"dex\"\n"
          "rule pe { condition: pe.number_of_sections > 0 and pe.imphash() != \"\" }\n"
          "rule elf { condition: elf.number_of_sections > 0 }\n"
          "rule net { condition: dotnet.number_of_streams > 0 }\n"
          "rule dex { condition: dex.header.magic == dex.DEX_FILE_MAGIC_035 }"}});
    std::ifstream in("/proc/self/exe", std::ios::binary);
    std::string program(200'000, '\0');
    in.read(program.data(), static_cast<std::streamsize>(program.size()));
    std::string pe = "MZ" + std::string(58, '\0') + std::string("\x40\0\0\0", 4) +
                     std::string("PE\0\0\x4c\x01\xff\xff", 8) + std::string(12, '\0') +
                     std::string("\xe0\0\x02\x01\x0b\x01", 6) + std::string(4'000, '\x7f');
    for (const std::string& whole : {program, pe}) {
        for (std::size_t cut = 0; cut < whole.size(); cut = cut * 5 / 4 + 1) {
            ASSERT_TRUE(scanned(rules, std::string_view(whole).substr(0, cut)).has_value()) << cut;
        }
    }
    EXPECT_EQ(rules->status().died, 0u);
}

TEST(ConfinedYara, WorkersThatAreKilledLoseNothing) {
    const Confined rules = confined({{"r.yar", "rule a { strings: $a = \"abc\" condition: $a }"}});
    for (int i = 0; i < 20; ++i) {
        for (const pid_t worker : tests::children_named("vedette-worker")) {
            if (i % 2 == 0) ::kill(worker, SIGKILL);
        }
        const auto done = scanned(rules, "xx abc");
        ASSERT_TRUE(done.has_value()) << done.error().message();
        EXPECT_EQ(done->matches.size(), 1u);
    }
}

TEST(ConfinedYara, AStoppedWorkerIsReplaced) {
    const NamedFiles files = {{"a.yar", "rule a { condition: true }"}};
    const Confined rules = confined(files);
    for (const pid_t worker : tests::children_named("vedette-worker")) ::kill(worker, SIGSTOP);
    const auto done = scanned(rules, "a");
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, base::ErrorCode::timeout);
    EXPECT_TRUE(scanned(rules, "a").has_value());
}

TEST(ConfinedYara, TenMegabytesOfRulesAreTakenOrNamed) {
    std::string text;
    std::size_t rules = 0;
    while (text.size() < kFileBytesMax - 200) {
        text +=
            fmt::format("rule r{} {{ strings: $a = \"text number {} of many\" condition: $a }}\n",
                        rules, rules);
        ++rules;
    }
    const Confined made = confined({{"large.yar", text}});
    ASSERT_NE(made, nullptr);
    std::size_t named = 0;
    for (const Problem& problem : made->problems()) named += problem.is_warning ? 0 : 1;
    EXPECT_EQ(made->rules().size() + named + made->problems_left_out(), rules);
    EXPECT_GT(rules, 100'000u);
}

TEST(ConfinedYara, HostileRuleFilesAreRefusedByName) {
    std::string deep = "rule deep { condition: ";
    for (int i = 0; i < 200'000; ++i) deep += '(';
    std::string nested = "rule nested { strings: $a = /";
    for (int i = 0; i < 20'000; ++i) nested += '(';
    nested += "a/ condition: $a }";
    const Confined rules = confined(
        {{"deep.yar", deep + "true }"},
         {"nested.yar", nested},
         {"good.yar", "rule good { condition: true }"},
         {"huge.yar", "rule huge { strings: $a = /(a{1,32000}){1,32000}/ condition: $a }"}});
    ASSERT_NE(rules, nullptr);
    ASSERT_FALSE(rules->rules().empty());
    std::set<std::string> told;
    for (const RuleInfo& rule : rules->rules()) told.insert(rule.name);
    EXPECT_TRUE(told.contains("good"));
    for (const Problem& problem : rules->problems()) {
        if (!problem.is_warning) told.insert(problem.rule);
    }
    EXPECT_EQ(told, (std::set<std::string>{"deep", "nested", "good", "huge"}));
}

TEST(ConfinedYara, WhatAWorkerSaysIsChecked) {
    FileMatches matches;
    matches.sha256 = std::string(64, 'a');
    matches.matches.push_back({2, {{"$a", 1, {{1, 2, "x"}}}}, 0});
    const std::string bytes = encode(matches);
    ASSERT_TRUE(decode_file_matches(bytes, 3).has_value());
    EXPECT_EQ(*decode_file_matches(bytes, 3), matches);
    EXPECT_FALSE(decode_file_matches(bytes, 2).has_value()) << "a rule that is not there";
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_FALSE(decode_file_matches(bytes.substr(0, cut), 3).has_value()) << cut;
    }
    matches.sha256[3] = '\n';
    EXPECT_FALSE(decode_file_matches(encode(matches), 3).has_value());
}

}  // namespace
}  // namespace vedette::rule::yara
