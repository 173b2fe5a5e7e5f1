// SPDX-License-Identifier: Apache-2.0
#include "cases/finding.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json_text.h"
#include "cases/retrospective.h"

namespace vedette::cases {

std::string_view name(Severity severity) {
    switch (severity) {
        case Severity::informational: return "informational";
        case Severity::low: return "low";
        case Severity::medium: return "medium";
        case Severity::high: return "high";
        case Severity::critical: return "critical";
    }
    return "unknown";
}

base::Result<Severity> parse_severity(std::string_view text) {
    for (const Severity severity : {Severity::informational, Severity::low, Severity::medium,
                                    Severity::high, Severity::critical}) {
        if (text == name(severity)) return severity;
    }
    return base::fail(base::ErrorCode::bad_input, "no such level: " + std::string(text), {},
                      "use informational, low, medium, high or critical");
}

double Finding::bits() const {
    double sum = 0;
    for (const Reason& reason : reasons) sum += reason.bits;
    return sum;
}

std::string finding_id(std::string_view detector, std::string_view rule_id, std::string_view entity,
                       std::string_view first_event) {
    std::string text;
    for (const std::string_view part : {detector, rule_id, entity, first_event}) {
        text += part;
        text += '\0';
    }
    return base::hash128(text).hex();
}

std::string finding_id(std::string_view detector, std::string_view rule_id, std::string_view entity,
                       event::EventId first_event) {
    return finding_id(detector, rule_id, entity,
                      fmt::format("{}:{}", first_event.offset, first_event.row));
}

namespace {

void append_reasons(std::string& out, const std::vector<Reason>& reasons) {
    out += ",\"reasons\":[";
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        const Reason& reason = reasons[i];
        out += i > 0 ? ",{\"feature\":" : "{\"feature\":";
        base::append_json_string(out, reason.feature);
        out += ",\"observed\":";
        base::append_json_string(out, reason.observed);
        out += ",\"expected\":";
        base::append_json_string(out, reason.expected);
        out += fmt::format(",\"bits\":{:.4f},\"against\":", reason.bits);
        base::append_json_string(out, reason.against);
        out += '}';
    }
    out += ']';
}

}  // namespace

std::string to_json(const Finding& finding) {
    std::string out = "{\"rule_id\":";
    base::append_json_string(out, finding.rule_id);
    out += ",\"source\":";
    base::append_json_string(out, finding.origin);
    out += fmt::format(",\"event\":{},\"title\":", finding.record);
    base::append_json_string(out, finding.title);
    out += fmt::format(",\"level\":\"{}\",\"time\":\"{}\",\"id\":\"{}\",\"detector\":\"{}\"",
                       name(finding.severity), base::format_rfc3339(finding.first_seen, 9),
                       finding.id, finding.detector);
    if (is_retrospective(finding)) out += ",\"retrospective\":true";
    base::append_json_strings(out, "attack", finding.attack);
    std::vector<std::string> entities;
    for (const event::Entity& entity : finding.entities) entities.push_back(entity.text());
    base::append_json_strings(out, "entities", entities);
    out += ",\"events\":[";
    for (std::size_t i = 0; i < finding.events.size(); ++i) {
        out += fmt::format("{}\"{}:{}\"", i > 0 ? "," : "", finding.events[i].offset,
                           finding.events[i].row);
    }
    out += fmt::format("],\"bits\":{:.4f}", finding.bits());
    append_reasons(out, finding.reasons);
    out += ",\"raw\":";
    base::append_json_string(out, finding.raw);
    return out + "}";
}

}  // namespace vedette::cases
