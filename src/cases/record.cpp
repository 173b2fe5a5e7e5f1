// SPDX-License-Identifier: Apache-2.0
#include "cases/record.h"

#include <algorithm>

namespace vedette::cases {

namespace {

constexpr std::uint8_t kFindingVersion = 1;
constexpr std::uint8_t kIncidentVersion = 2;

/// A place no text can reach: reading there makes the reader bad for good.
void make_bad(base::ByteReader& reader) { reader.take(reader.remaining() + 1); }

void put_double(std::string& out, double value) {
    base::put(out, std::bit_cast<std::uint64_t>(value));
}

double get_double(base::ByteReader& reader) {
    return std::bit_cast<double>(reader.get<std::uint64_t>());
}

void put_texts(std::string& out, const std::vector<std::string>& texts) {
    base::put_varint(out, texts.size());
    for (const std::string& text : texts) base::put_text(out, text);
}

/// Reads a count and as many items. Every item takes at least one byte, so a count beyond the rest
/// is a lie and nothing is allocated for it.
template <typename Item, typename Read>
std::vector<Item> get_list(base::ByteReader& reader, Read read) {
    std::vector<Item> items;
    const std::uint64_t count = reader.varint();
    if (count > reader.remaining()) make_bad(reader);
    for (std::uint64_t i = 0; i < count && reader.is_good(); ++i) items.push_back(read(reader));
    return items;
}

std::string get_text(base::ByteReader& reader) { return std::string(reader.text()); }

std::vector<std::string> get_texts(base::ByteReader& reader) {
    return get_list<std::string>(reader, get_text);
}

void put_entities(std::string& out, const std::vector<event::Entity>& entities) {
    base::put_varint(out, entities.size());
    for (const event::Entity& entity : entities) put_entity(out, entity);
}

Severity get_severity(base::ByteReader& reader) {
    const auto value = reader.get<std::uint8_t>();
    if (value > static_cast<std::uint8_t>(Severity::critical)) {
        make_bad(reader);
        return Severity::informational;
    }
    return static_cast<Severity>(value);
}

base::Timestamp get_time(base::ByteReader& reader) { return {reader.get<std::int64_t>()}; }

Reason get_reason(base::ByteReader& reader) {
    Reason reason;
    reason.feature = get_text(reader);
    reason.observed = get_text(reader);
    reason.expected = get_text(reader);
    reason.bits = get_double(reader);
    reason.against = get_text(reader);
    return reason;
}

IncidentRule get_rule(base::ByteReader& reader) {
    IncidentRule rule;
    rule.rule_id = get_text(reader);
    rule.title = get_text(reader);
    rule.severity = get_severity(reader);
    rule.first_seen = get_time(reader);
    rule.finding_count = reader.varint();
    return rule;
}

event::EventId get_event_id(base::ByteReader& reader) {
    const std::uint64_t offset = reader.varint();
    return {offset, reader.get<std::uint32_t>()};
}

base::Result<std::uint8_t> read_version(base::ByteReader& reader, std::uint8_t newest,
                                        std::string_view what) {
    const auto version = reader.get<std::uint8_t>();
    if (version > newest) {
        return base::fail(base::ErrorCode::unsupported,
                          "the " + std::string(what) + " was written by a newer version", {},
                          "use the version that wrote it, or rebuild the state from the journal");
    }
    if (version == 0) make_bad(reader);
    return version;
}

base::Result<void> check_end(const base::ByteReader& reader, std::string_view what) {
    if (reader.is_good() && reader.is_at_end()) return {};
    return base::fail(base::ErrorCode::corrupt, "the bytes are not a whole " + std::string(what));
}

}  // namespace

void put_entity(std::string& out, const event::Entity& entity) {
    base::put(out, static_cast<std::uint8_t>(entity.type));
    base::put_text(out, entity.id);
}

event::Entity get_entity(base::ByteReader& reader) {
    const auto type = reader.get<std::uint8_t>();
    if (type > static_cast<std::uint8_t>(event::kEntityTypeLast)) make_bad(reader);
    return {static_cast<event::EntityType>(type), get_text(reader)};
}

std::string encode(const Finding& finding) {
    std::string out;
    base::put(out, kFindingVersion);
    base::put_text(out, finding.id);
    base::put_text(out, finding.detector);
    base::put(out, finding.detector_version);
    base::put_text(out, finding.rule_id);
    base::put_text(out, finding.title);
    base::put(out, static_cast<std::uint8_t>(finding.severity));
    put_texts(out, finding.attack);
    put_entities(out, finding.entities);
    base::put(out, finding.first_seen.unix_ns);
    base::put(out, finding.last_seen.unix_ns);
    base::put_varint(out, finding.events.size());
    for (const event::EventId& id : finding.events) {
        base::put_varint(out, id.offset);
        base::put(out, id.row);
    }
    base::put_varint(out, finding.reasons.size());
    for (const Reason& reason : finding.reasons) {
        base::put_text(out, reason.feature);
        base::put_text(out, reason.observed);
        base::put_text(out, reason.expected);
        put_double(out, reason.bits);
        base::put_text(out, reason.against);
    }
    base::put_text(out, finding.source);
    base::put_text(out, finding.origin);
    base::put(out, finding.record);
    base::put_text(out, finding.raw);
    return out;
}

base::Result<Finding> decode_finding(std::string_view bytes) {
    base::ByteReader reader(bytes);
    VD_TRY_DO(read_version(reader, kFindingVersion, "finding"));
    Finding finding;
    finding.id = get_text(reader);
    finding.detector = get_text(reader);
    finding.detector_version = reader.get<std::uint32_t>();
    finding.rule_id = get_text(reader);
    finding.title = get_text(reader);
    finding.severity = get_severity(reader);
    finding.attack = get_texts(reader);
    finding.entities = get_list<event::Entity>(reader, get_entity);
    finding.first_seen = get_time(reader);
    finding.last_seen = get_time(reader);
    finding.events = get_list<event::EventId>(reader, get_event_id);
    finding.reasons = get_list<Reason>(reader, get_reason);
    finding.source = get_text(reader);
    finding.origin = get_text(reader);
    finding.record = reader.get<std::uint64_t>();
    finding.raw = get_text(reader);
    VD_TRY_DO(check_end(reader, "finding"));
    return finding;
}

std::string encode(const Incident& incident) {
    std::string out;
    base::put(out, kIncidentVersion);
    base::put_text(out, incident.id);
    base::put_text(out, incident.title);
    base::put(out, static_cast<std::uint8_t>(incident.severity));
    put_double(out, incident.bits);
    base::put_text(out, incident.state);
    base::put(out, incident.first_seen.unix_ns);
    base::put(out, incident.last_seen.unix_ns);
    put_entities(out, incident.entities);
    put_texts(out, incident.findings);
    base::put(out, incident.finding_count);
    put_texts(out, incident.attack);
    put_texts(out, incident.rules);
    base::put_varint(out, incident.rule_counts.size());
    for (const IncidentRule& rule : incident.rule_counts) {
        base::put_text(out, rule.rule_id);
        base::put_text(out, rule.title);
        base::put(out, static_cast<std::uint8_t>(rule.severity));
        base::put(out, rule.first_seen.unix_ns);
        base::put_varint(out, rule.finding_count);
    }
    base::put_text(out, incident.lead);
    put_double(out, incident.evidence_bits);
    return out;
}

base::Result<Incident> decode_incident(std::string_view bytes) {
    base::ByteReader reader(bytes);
    VD_TRY(const std::uint8_t version, read_version(reader, kIncidentVersion, "incident"));
    Incident incident;
    incident.id = get_text(reader);
    incident.title = get_text(reader);
    incident.severity = get_severity(reader);
    incident.bits = get_double(reader);
    incident.state = get_text(reader);
    incident.first_seen = get_time(reader);
    incident.last_seen = get_time(reader);
    incident.entities = get_list<event::Entity>(reader, get_entity);
    incident.findings = get_texts(reader);
    incident.finding_count = reader.get<std::uint64_t>();
    incident.attack = get_texts(reader);
    incident.rules = get_texts(reader);
    incident.rule_counts = get_list<IncidentRule>(reader, get_rule);
    incident.lead = get_text(reader);
    // Version 1 had its own bits alone to be ranked by.
    incident.evidence_bits = version >= 2 ? get_double(reader) : incident.bits;
    VD_TRY_DO(check_end(reader, "incident"));
    return incident;
}

}  // namespace vedette::cases
