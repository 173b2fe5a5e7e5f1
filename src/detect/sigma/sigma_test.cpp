// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "detect/bits.h"
#include "detect/registry.h"
#include "event/schema.h"

namespace vedette::detect {

void register_sigma(Registry& registry);

namespace {

constexpr std::string_view kRule =
    "title: A shell\nid: {id}\nlevel: {level}\ntags: [attack.t1059.003]\nlogsource: {product: "
    "any}\n"
    "detection:\n  s:\n    Image|endswith: '\\cmd.exe'\n    CommandLine|contains: ' /c '\n"
    "    User: bob\n  condition: s\n";

std::string rule(std::string_view id, std::string_view level) {
    std::string text(kRule);
    text.replace(text.find("{id}"), 4, id);
    text.replace(text.find("{level}"), 7, level);
    return text;
}

struct Made {
    std::unique_ptr<Detector> detector;
    std::vector<DetectorNotice> notices;
};

Made make(std::vector<std::pair<std::string, std::string>> rules, event::FieldDictionary& fields) {
    Registry registry;
    register_sigma(registry);
    DetectorInputs inputs;
    inputs.rule_files = std::move(rules);
    inputs.logsource_files = {{"l.yml", "logsources: [{product: any, match: {}}]"}};
    Made made;
    auto detector = registry.kinds().at(0).make(inputs, fields, made.notices);
    EXPECT_TRUE(detector);
    made.detector = std::move(*detector);
    return made;
}

void add_event(event::Batch& batch, std::uint64_t offset) {
    event::FieldDictionary& fields = batch.fields();
    const std::uint16_t origin = batch.origin_index({"files", "/var/log/x"});
    event::Row& row = batch.add_row();
    row.id = {offset, 0};
    row.line = offset + 100;
    row.origin = origin;
    row.time.unix_ns = static_cast<std::int64_t>(offset) * 1000;
    row.raw = "raw text";
    batch.add(event::ecs::kHostName, "WS1");
    batch.add(*fields.intern("Image"), "C:\\Windows\\cmd.exe");
    batch.add(*fields.intern("CommandLine"), "cmd /c whoami");
    batch.add(*fields.intern("User"), "bob");
}

std::vector<cases::Finding> observe(Detector& detector, const event::Batch& batch) {
    std::vector<cases::Finding> findings;
    detector.observe(batch,
                     [&](cases::Finding finding) { findings.push_back(std::move(finding)); });
    return findings;
}

TEST(SigmaDetector, makes_a_finding_that_explains_itself) {
    event::FieldDictionary fields;
    Made made = make({{"r.yml", rule("r-1", "high")}}, fields);
    EXPECT_TRUE(made.notices.empty());
    event::Batch batch(fields);
    add_event(batch, 7);
    const auto findings = observe(*made.detector, batch);
    ASSERT_EQ(findings.size(), 1u);
    const cases::Finding& finding = findings[0];
    EXPECT_EQ(finding.rule_id, "r-1");
    EXPECT_EQ(finding.severity, cases::Severity::high);
    EXPECT_EQ(finding.attack, std::vector<std::string>{"T1059.003"});
    EXPECT_EQ(finding.record, 107u);
    EXPECT_EQ(finding.origin, "/var/log/x");
    EXPECT_EQ(finding.source, "files");
    EXPECT_EQ(finding.raw, "raw text");
    EXPECT_EQ(finding.id, cases::finding_id("sigma", "r-1", "host:ws1", event::EventId{7, 0}));
    ASSERT_EQ(finding.reasons.size(), 3u);
    EXPECT_EQ(finding.reasons[0].feature, "Image");
    EXPECT_EQ(finding.reasons[0].expected, "ends with \"\\cmd.exe\"");
    EXPECT_EQ(finding.reasons[1].observed, "cmd /c whoami");
    EXPECT_EQ(finding.bits(), prior_bits(cases::Severity::high));
}

TEST(SigmaDetector, gives_equal_findings_however_batches_and_files_are_cut) {
    const auto all = [](std::size_t rows_max, bool is_turned) {
        std::vector<std::pair<std::string, std::string>> files = {{"a.yml", rule("2", "low")},
                                                                  {"b.yml", rule("1", "critical")}};
        if (is_turned) std::swap(files[0], files[1]);
        event::FieldDictionary fields;
        Made made = make(files, fields);
        std::string out = std::to_string(made.detector->checksum()) + "\n";
        event::Batch batch(fields);
        for (std::uint64_t i = 0; i < 10; ++i) {
            add_event(batch, i);
            if (batch.row_count() < rows_max && i < 9) continue;
            for (const auto& finding : observe(*made.detector, batch))
                out += to_json(finding) + "\n";
            batch.clear();
        }
        return out;
    };
    const std::string whole = all(100, false);
    EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 21);
    EXPECT_EQ(all(1, false), whole);
    EXPECT_EQ(all(7, true), whole);
    EXPECT_LT(whole.find("\"rule_id\":\"1\""), whole.find("\"rule_id\":\"2\""));
}

TEST(SigmaDetector, tells_what_it_does_not_use) {
    event::FieldDictionary fields;
    Made made =
        make({{"a.yml", "title: X\ncorrelation: {type: event_count, rules: [r]}\n"},
              {"b.yml", "title: X\nlogsource: {product: y}\ndetection: {s: [a], condition: s}\n"}},
             fields);
    ASSERT_EQ(made.notices.size(), 2u);
    EXPECT_EQ(made.notices[0].where, "a.yml:2:14");
    EXPECT_EQ(made.notices[0].text, "'timespan' is missing");
    EXPECT_EQ(made.notices[1].where, "logsource product=y");
    EXPECT_EQ(made.notices[1].text,
              "1 rule is never tried: no log-source file says which events these are");
}

constexpr std::string_view kCorrelation =
    "title: Shells\nid: c-1\nlevel: high\ncorrelation:\n  type: event_count\n  rules: [r-1]\n"
    "  group-by: [User]\n  timespan: 1s\n  condition: {gte: 3}\n";

TEST(SigmaDetector, correlates_and_says_which_rule_that_silences) {
    event::FieldDictionary fields;
    Made made = make({{"r.yml", rule("r-1", "low")}, {"c.yml", std::string(kCorrelation)}}, fields);
    ASSERT_EQ(made.notices.size(), 1u);
    EXPECT_EQ(made.notices[0].where, "c.yml:6:11");
    EXPECT_EQ(made.notices[0].text,
              "the rule 'A shell' raises no findings by itself: this correlation refers to it "
              "without `generate: true`");
    EXPECT_EQ(made.detector->rule_count(), 2u);
    event::Batch batch(fields);
    for (std::uint64_t i = 1; i <= 4; ++i) add_event(batch, i);
    const auto findings = observe(*made.detector, batch);
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].rule_id, "c-1");
    EXPECT_EQ(findings[0].events.size(), 3u);
    EXPECT_EQ(findings[0].told_at, (event::EventId{3, 0}));
    EXPECT_EQ(findings[0].entities[0].text(), "host:ws1");
    EXPECT_EQ(findings[0].record, 101u);
    EXPECT_EQ(findings[0].reasons[0].observed.substr(0, 30), "3 events within 1 s with User ");
    std::vector<cases::Finding> last;
    made.detector->finish([&](cases::Finding finding) { last.push_back(std::move(finding)); });
    ASSERT_EQ(last.size(), 1u);
    EXPECT_EQ(last[0].id, findings[0].id);
    EXPECT_TRUE(last[0].has_grown);
    EXPECT_EQ(last[0].events.size(), 4u);
}

TEST(SigmaDetector, raises_what_it_correlates_where_that_is_wanted) {
    event::FieldDictionary fields;
    Made made = make(
        {{"r.yml", rule("r-1", "low")}, {"c.yml", std::string(kCorrelation) + "generate: true\n"}},
        fields);
    EXPECT_TRUE(made.notices.empty());
    event::Batch batch(fields);
    for (std::uint64_t i = 1; i <= 3; ++i) add_event(batch, i);
    std::string order;
    for (const auto& finding : observe(*made.detector, batch)) order += finding.rule_id + " ";
    EXPECT_EQ(order, "r-1 r-1 r-1 c-1 ");
}

TEST(SigmaDetector, correlates_alike_however_batches_are_cut_and_wherever_it_is_stopped) {
    const auto all = [](std::size_t rows_max, std::uint64_t stops_every) {
        const std::vector<std::pair<std::string, std::string>> files = {
            {"r.yml", rule("r-1", "low")}, {"c.yml", std::string(kCorrelation)}};
        event::FieldDictionary fields;
        auto detector = std::move(make(files, fields).detector);
        std::string out;
        const FindingSink sink = [&](const cases::Finding& finding) {
            out += to_json(finding) + "\n";
        };
        event::Batch batch(fields);
        const auto flush = [&] {
            detector->observe(batch, sink);
            batch.clear();
        };
        for (std::uint64_t i = 1; i <= 9'000; ++i) {
            add_event(batch, i);
            if (batch.row_count() >= rows_max) flush();
            if (i % 3'000 == 0) {
                flush();
                detector->tick({static_cast<std::int64_t>(i) * 1000}, sink);
            }
            if (stops_every == 0 || i % stops_every != 0) continue;
            flush();
            const std::string state = detector->save();
            detector = std::move(make(files, fields).detector);
            EXPECT_TRUE(detector->restore(state));
        }
        flush();
        detector->finish(sink);
        return out + std::to_string(detector->checksum());
    };
    const std::string whole = all(4'096, 0);
    EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 4);
    EXPECT_EQ(all(1, 0), whole);
    EXPECT_EQ(all(7, 0), whole);
    EXPECT_EQ(all(4'096, 1'111), whole);
}

TEST(Bits, are_dealt_to_lines_that_add_up_exactly) {
    for (const double bits : {0.0, 1.0, 3.0, 6.0, 9.0}) {
        for (std::size_t lines = 1; lines < 40; ++lines) {
            const std::vector<double> parts = split_bits(bits, lines);
            EXPECT_EQ(parts.size(), lines);
            EXPECT_EQ(std::accumulate(parts.begin(), parts.end(), 0.0), bits);
        }
    }
    EXPECT_TRUE(split_bits(3, 0).empty());
}

}  // namespace
}  // namespace vedette::detect
