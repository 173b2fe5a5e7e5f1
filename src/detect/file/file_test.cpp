// SPDX-License-Identifier: Apache-2.0
// The workers here are vedette-worker, which the build puts beside this program.
#include "detect/file/file.h"

#include <gtest/gtest.h>

#include "base/sha256.h"
#include "detect/file/finding_of_match.h"

namespace vedette::detect {
namespace {

using file::attack_of;
using file::severity_of;
using rule::yara::RuleInfo;

std::unique_ptr<Detector> detector_of(const std::string& text,
                                      std::vector<DetectorNotice>& notices) {
    DetectorInputs inputs;
    if (!text.empty()) inputs.yara_files = {{"dir/r.yar", text}};
    event::FieldDictionary fields;
    auto made = file::make_file(inputs, fields, notices);
    EXPECT_TRUE(made.has_value());
    return made ? std::move(*made) : nullptr;
}

base::Result<FileJudgement> judged(const Detector& detector, std::string_view bytes,
                                   const std::string& path) {
    const auto file = rule::yara::file_in_memory(bytes);
    EXPECT_TRUE(file.has_value());
    FileToJudge about;
    about.file = file->get();
    about.path = path;
    about.source = "logs";
    about.origin = "/var/log/audit/audit.log";
    about.record = 7;
    about.time = {1'800'000'000'000'000'000};
    about.events = {{12, 3}};
    about.entities = {{event::EntityType::host, "web-1"}};
    return detector.file_judge()->judge(about);
}

TEST(FileDetector, TurnsAMatchIntoAFinding) {
    std::vector<DetectorNotice> notices;
    const auto detector = detector_of(
        "rule shell : T1059_004 { meta: description = \"Gives a shell away\" author = \"A\" "
        "severity = "
        "\"high\" attack = \"T1505.003, TA0003\" strings: $a = \"\\x00evil\\\"\" $b = \"twice\" "
        "condition: all of them }",
        notices);
    EXPECT_TRUE(notices.empty());
    EXPECT_EQ(detector->rule_count(), 1u);
    const std::string bytes("x\0evil\" twice twice", 19);
    const auto done = judged(*detector, bytes, "/Tmp/A");
    ASSERT_TRUE(done.has_value()) << done.error().message();
    ASSERT_EQ(done->findings.size(), 1u);
    const cases::Finding& finding = done->findings[0];
    EXPECT_EQ(finding.detector, "yara");
    EXPECT_EQ(finding.rule_id, "dir/r.yar:shell");
    EXPECT_EQ(finding.title, "Gives a shell away");
    EXPECT_EQ(finding.severity, cases::Severity::high);
    EXPECT_EQ(finding.attack, (std::vector<std::string>{"T1505.003", "TA0003", "T1059.004"}));
    ASSERT_EQ(finding.entities.size(), 2u);
    EXPECT_EQ(finding.entities[0].text(), "file:/tmp/a");
    EXPECT_EQ(finding.entities[1].text(), "host:web-1");
    EXPECT_EQ(finding.events, (std::vector<event::EventId>{{12, 3}}));
    EXPECT_EQ(finding.origin, "/var/log/audit/audit.log");
    ASSERT_GE(finding.reasons.size(), 3u);
    EXPECT_EQ(finding.reasons[0].feature, "string $a");
    EXPECT_EQ(finding.reasons[0].observed, "\"\\x00evil\\\"\" at byte 1");
    EXPECT_EQ(finding.reasons[1].observed, "\"twice\" at byte 8, \"twice\" at byte 14");
    EXPECT_EQ(finding.reasons[2].observed, base::sha256_hex(bytes));
    EXPECT_EQ(finding.bits(), 6);
    const auto again = judged(*detector, bytes, "/Tmp/A");
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(cases::to_json(again->findings[0]), cases::to_json(finding));
    EXPECT_NE(judged(*detector, bytes + "y", "/Tmp/A")->findings[0].id, finding.id);
}

TEST(FileDetector, ARuleWithoutStringsHasAReasonToo) {
    std::vector<DetectorNotice> notices;
    const auto detector = detector_of("rule small { condition: filesize < 10 }", notices);
    const auto done = judged(*detector, "abc", "/a");
    ASSERT_TRUE(done.has_value());
    ASSERT_EQ(done->findings.size(), 1u);
    EXPECT_EQ(done->findings[0].title, "File matches the YARA rule small");
    EXPECT_EQ(done->findings[0].reasons[0].feature, "condition");
    EXPECT_EQ(done->findings[0].bits(), 3) << "medium";
}

TEST(FileDetector, WhatDoesNotLoadIsToldAndTheRestIsInForce) {
    std::vector<DetectorNotice> notices;
    const auto detector =
        detector_of("rule a { condition: true }\nrule b { condition: nothing }\n", notices);
    ASSERT_EQ(notices.size(), 1u);
    EXPECT_EQ(notices[0].where, "dir/r.yar:2:21");
    EXPECT_EQ(notices[0].text, "b: undefined identifier \"nothing\"");
    EXPECT_EQ(detector->rule_count(), 1u);
}

TEST(FileDetector, WithoutRulesItJudgesNothingAndNeedsNoWorker) {
    std::vector<DetectorNotice> notices;
    const auto detector = detector_of("", notices);
    EXPECT_EQ(detector->file_judge(), nullptr);
    EXPECT_EQ(detector->rule_count(), 0u);
    EXPECT_EQ(detector_of("rule a { condition: nothing }", notices)->file_judge(), nullptr);
}

TEST(FileDetector, HasNoStateAndAChecksumOfItsRules) {
    std::vector<DetectorNotice> notices;
    const auto a = detector_of("rule a { condition: true }", notices);
    const auto b = detector_of("rule b { condition: true }", notices);
    EXPECT_EQ(a->save(), "");
    EXPECT_TRUE(a->restore("").has_value());
    EXPECT_FALSE(a->restore("x").has_value());
    EXPECT_NE(a->checksum(), b->checksum());
    EXPECT_EQ(a->checksum(), detector_of("rule a { condition: true }", notices)->checksum());
}

RuleInfo rule_with(std::vector<std::pair<std::string, std::string>> meta,
                   std::vector<std::string> tags = {}) {
    RuleInfo rule;
    rule.meta = std::move(meta);
    rule.tags = std::move(tags);
    return rule;
}

TEST(FileDetector, ReadsTheLevelOfARule) {
    using cases::Severity;
    EXPECT_EQ(severity_of(rule_with({})), Severity::medium);
    EXPECT_EQ(severity_of(rule_with({{"Severity", "Critical"}})), Severity::critical);
    EXPECT_EQ(severity_of(rule_with({{"score", "75"}})), Severity::high);
    EXPECT_EQ(severity_of(rule_with({{"score", "10"}, {"level", "low"}})), Severity::low);
    EXPECT_EQ(severity_of(rule_with({{"severity", "very"}, {"score", "95"}})), Severity::critical);
    EXPECT_EQ(severity_of(rule_with({{"score", "99999999999"}})), Severity::medium);
}

TEST(FileDetector, ReadsTechniquesWhereverRulesPutThem) {
    EXPECT_EQ(attack_of(rule_with({{"mitre_attack", "T1059.001;t1003 (x), T10590, XT1001"},
                                   {"reference", "https://example.org/T1111"}},
                                  {"T1505_003", "FILE", "TA0002"})),
              (std::vector<std::string>{"T1059.001", "T1003", "T1505.003", "TA0002"}));
}

}  // namespace
}  // namespace vedette::detect
