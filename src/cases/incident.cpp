// SPDX-License-Identifier: Apache-2.0
#include "cases/incident.h"

#include <fmt/format.h>

#include "base/json_text.h"

namespace vedette::cases {

std::string to_json(const Incident& incident) {
    std::string out = fmt::format("{{\"id\":\"{}\",\"title\":", incident.id);
    base::append_json_string(out, incident.title);
    out += fmt::format(
        ",\"severity\":\"{}\",\"bits\":{:.4f},\"evidence_bits\":{:.4f},\"state\":\"{}\",\"first_"
        "seen\":\"{}\","
        "\"last_seen\":\"{}\",\"finding_count\":{}",
        name(incident.severity), incident.bits, incident.evidence_bits, incident.state,
        base::format_rfc3339(incident.first_seen, 9), base::format_rfc3339(incident.last_seen, 9),
        incident.finding_count);
    std::vector<std::string> entities;
    for (const event::Entity& entity : incident.entities) entities.push_back(entity.text());
    base::append_json_strings(out, "entities", entities);
    base::append_json_strings(out, "findings", incident.findings);
    base::append_json_strings(out, "attack", incident.attack);
    base::append_json_strings(out, "rules", incident.rules);
    out += ",\"rule_counts\":[";
    for (std::size_t i = 0; i < incident.rule_counts.size(); ++i) {
        const IncidentRule& rule = incident.rule_counts[i];
        out += i > 0 ? ",{\"rule_id\":" : "{\"rule_id\":";
        base::append_json_string(out, rule.rule_id);
        out += ",\"title\":";
        base::append_json_string(out, rule.title);
        out += fmt::format(",\"level\":\"{}\",\"first_seen\":\"{}\",\"count\":{}}}",
                           name(rule.severity), base::format_rfc3339(rule.first_seen, 9),
                           rule.finding_count);
    }
    return out + fmt::format("],\"lead\":\"{}\"}}", incident.lead);
}

}  // namespace vedette::cases
