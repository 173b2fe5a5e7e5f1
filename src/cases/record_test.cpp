// SPDX-License-Identifier: Apache-2.0
#include "cases/record.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace vedette::cases {
namespace {

Finding full_finding() {
    Finding finding;
    finding.id = "0123456789abcdef0123456789abcdef";
    finding.detector = "sigma";
    finding.detector_version = 7;
    finding.rule_id = "5f1abf38-0000-4000-8000-000000000001";
    finding.title = "Guessing \xF0\x9F\x94\x91";
    finding.severity = Severity::critical;
    finding.attack = {"T1110.001", "TA0006"};
    finding.entities = {{event::EntityType::user, "root"}, {event::EntityType::process, "p-1"}};
    finding.first_seen = {-1};
    finding.last_seen = {1'700'000'000'123'456'789};
    finding.events = {{1, 0}, {0xFFFF'FFFF'FFFF, 4'294'967'295}};
    finding.reasons = {{"user.name", std::string("a\0b\xFF", 4), "root", 0.1 + 0.2, "rule"}};
    finding.source = "files";
    finding.origin = "/var/log/auth.log";
    finding.record = 42;
    finding.raw = std::string("\x1B[31m\0\xC3", 7);
    return finding;
}

void expect_equal(const Finding& a, const Finding& b) {
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.detector, b.detector);
    EXPECT_EQ(a.detector_version, b.detector_version);
    EXPECT_EQ(a.rule_id, b.rule_id);
    EXPECT_EQ(a.title, b.title);
    EXPECT_EQ(a.severity, b.severity);
    EXPECT_EQ(a.attack, b.attack);
    EXPECT_EQ(a.entities, b.entities);
    EXPECT_EQ(a.first_seen, b.first_seen);
    EXPECT_EQ(a.last_seen, b.last_seen);
    EXPECT_EQ(a.events, b.events);
    ASSERT_EQ(a.reasons.size(), b.reasons.size());
    for (std::size_t i = 0; i < a.reasons.size(); ++i) {
        EXPECT_EQ(a.reasons[i].feature, b.reasons[i].feature);
        EXPECT_EQ(a.reasons[i].observed, b.reasons[i].observed);
        EXPECT_EQ(a.reasons[i].expected, b.reasons[i].expected);
        EXPECT_EQ(a.reasons[i].bits, b.reasons[i].bits);
        EXPECT_EQ(a.reasons[i].against, b.reasons[i].against);
    }
    EXPECT_EQ(a.source, b.source);
    EXPECT_EQ(a.origin, b.origin);
    EXPECT_EQ(a.record, b.record);
    EXPECT_EQ(a.raw, b.raw);
}

Incident full_incident() {
    Incident incident;
    incident.id = "fedcba9876543210fedcba9876543210";
    incident.title = "t";
    incident.severity = Severity::low;
    incident.bits = 1.0 / 3;
    incident.state = "closed";
    incident.first_seen = {5};
    incident.last_seen = {6};
    incident.entities = {{event::EntityType::ip, "203.0.113.9"}};
    incident.findings = {"a", ""};
    incident.finding_count = 1'000'000'000'000;
    incident.attack = {"T1"};
    incident.rules = {"r1", "r2"};
    incident.rule_counts = {{"id", "r1", Severity::high, {7}, 3}};
    incident.lead = "a";
    incident.evidence_bits = 2.0 / 3;
    return incident;
}

TEST(Record, a_finding_comes_back_to_the_last_bit_and_byte) {
    const auto back = decode_finding(encode(full_finding()));
    ASSERT_TRUE(back) << back.error().message();
    expect_equal(*back, full_finding());
}

TEST(Record, an_incident_comes_back_whole) {
    const Incident incident = full_incident();
    const auto back = decode_incident(encode(incident));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->id, incident.id);
    EXPECT_EQ(back->title, incident.title);
    EXPECT_EQ(back->severity, incident.severity);
    EXPECT_EQ(back->bits, incident.bits);
    EXPECT_EQ(back->state, incident.state);
    EXPECT_EQ(back->first_seen, incident.first_seen);
    EXPECT_EQ(back->last_seen, incident.last_seen);
    EXPECT_EQ(back->entities, incident.entities);
    EXPECT_EQ(back->findings, incident.findings);
    EXPECT_EQ(back->finding_count, incident.finding_count);
    EXPECT_EQ(back->attack, incident.attack);
    EXPECT_EQ(back->rules, incident.rules);
    EXPECT_EQ(back->rule_counts, incident.rule_counts);
    EXPECT_EQ(back->lead, incident.lead);
    EXPECT_EQ(back->evidence_bits, incident.evidence_bits);
}

TEST(Record, an_incident_of_version_1_is_ranked_by_its_own_bits) {
    std::string bytes = encode(full_incident());
    bytes.front() = 1;
    bytes.resize(bytes.size() - sizeof(double));
    const auto back = decode_incident(bytes);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->lead, "a");
    EXPECT_EQ(back->evidence_bits, back->bits);
}

TEST(Record, any_text_and_any_number_survive) {
    EXPECT_TRUE(
        rc::check([](const std::string& text, std::uint64_t bits_pattern, std::int64_t time) {
            Finding finding = full_finding();
            finding.title = text;
            finding.raw = text + '\0' + text;
            finding.reasons[0].bits = std::bit_cast<double>(bits_pattern);
            finding.first_seen.unix_ns = time;
            const std::string bytes = encode(finding);
            const auto back = decode_finding(bytes);
            RC_ASSERT(back.has_value());
            RC_ASSERT(encode(*back) == bytes);
            RC_ASSERT(back->raw == finding.raw);
            RC_ASSERT(std::bit_cast<std::uint64_t>(back->reasons[0].bits) == bits_pattern);
        }));
}

TEST(Record, every_cut_and_every_surplus_is_called_corrupt) {
    for (const bool is_finding : {true, false}) {
        const std::string bytes = is_finding ? encode(full_finding()) : encode(full_incident());
        const auto code = [&](std::string_view part) {
            if (is_finding) {
                const auto back = decode_finding(part);
                return back ? "none" : std::string(base::name(back.error().code));
            }
            const auto back = decode_incident(part);
            return back ? "none" : std::string(base::name(back.error().code));
        };
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_EQ(code(std::string_view(bytes).substr(0, size)), "corrupt") << size;
        }
        EXPECT_EQ(code(bytes + "x"), "corrupt");
        const auto newer = static_cast<char>(bytes.front() + 1);
        EXPECT_EQ(code(newer + bytes.substr(1)), "unsupported");
        EXPECT_EQ(code('\0' + bytes.substr(1)), "corrupt");
    }
}

TEST(Record, a_lie_about_a_count_costs_nothing) {
    std::string bytes = encode(full_finding());
    // The count of ATT&CK ids stands right behind the severity.
    const std::size_t at = bytes.find("\xF0\x9F\x94\x91") + 4 + 1;
    bytes.replace(at, 1, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F");
    EXPECT_EQ(decode_finding(bytes).error().code, base::ErrorCode::corrupt);
}

}  // namespace
}  // namespace vedette::cases
