// SPDX-License-Identifier: Apache-2.0
#include "correlate/title.h"

#include "correlate/limits.h"

namespace vedette::correlate {

namespace {

/// The finding's first entity of a type, cut, or empty.
std::string first_of(const cases::Finding& finding, event::EntityType type) {
    for (const event::Entity& entity : finding.entities) {
        if (entity.type == type) return cut_text(entity.id, kTitleNameBytesMax);
    }
    return {};
}

bool is_stronger(const RuleSeen& a, const RuleSeen& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    if (a.bits != b.bits) return a.bits > b.bits;
    if (a.first_seen != b.first_seen) return a.first_seen < b.first_seen;
    return a.rule_id < b.rule_id;
}

}  // namespace

std::string cut_text(std::string_view text, std::size_t size_bytes_max) {
    if (text.size() <= size_bytes_max) return std::string(text);
    std::size_t size = size_bytes_max - 3;
    // Steps back over the tail bytes of a character; a text of nothing else is no UTF-8 anyway.
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    return std::string(text.substr(0, size)) + "...";
}

std::string place_of(const cases::Finding& finding) {
    std::string user = first_of(finding, event::EntityType::user);
    if (user.empty()) user = first_of(finding, event::EntityType::account);
    const std::string host = first_of(finding, event::EntityType::host);
    const std::string ip = first_of(finding, event::EntityType::ip);
    std::string out;
    if (!user.empty()) out += ": " + user;
    if (!host.empty()) out += " on " + host;
    if (!ip.empty()) out += " from " + ip;
    return out;
}

std::string title_of(const Strongest& strongest, const std::vector<RuleSeen>& rules,
                     std::uint64_t finding_count) {
    base::Timestamp first_seen = strongest.first_seen;
    const RuleSeen* second = nullptr;
    std::size_t other_count = 0;
    for (const RuleSeen& rule : rules) {
        if (rule.rule_id == strongest.rule_id) {
            first_seen = rule.first_seen;
            continue;
        }
        ++other_count;
        if (second == nullptr || is_stronger(rule, *second)) second = &rule;
    }
    std::string out = strongest.title + strongest.place;
    if (second == nullptr) {
        if (finding_count > 1) out += ", " + std::to_string(finding_count) + " times";
        return out;
    }
    out += second->first_seen < first_seen ? ", after " : ", then ";
    out += second->title;
    if (other_count > 1) out += ", and " + std::to_string(other_count - 1) + " more";
    return out;
}

}  // namespace vedette::correlate
