// SPDX-License-Identifier: Apache-2.0
#include "report/shelf.h"

#include <numeric>

#include "report/limits.h"

namespace vedette::report {

namespace {

/// Nodes of both tables and the value itself.
constexpr std::size_t kEntryBytes = 200 + sizeof(cases::Finding);

std::size_t bytes_of(const cases::Finding& finding) {
    std::size_t out = kEntryBytes + 2 * finding.id.size() + finding.rule_id.size() +
                      finding.title.size() + finding.origin.size() + finding.raw.size() +
                      finding.events.size() * sizeof(event::EventId);
    for (const cases::Reason& reason : finding.reasons) {
        out += sizeof reason + reason.feature.size() + reason.observed.size() +
               reason.expected.size() + reason.against.size();
    }
    for (const event::Entity& entity : finding.entities) out += sizeof entity + entity.id.size();
    for (const std::string& id : finding.attack) out += sizeof(std::string) + id.size();
    return out;
}

base::Hash128 key_of(const cases::Finding& finding) {
    constexpr std::int64_t kHourNs = 3'600 * base::kNsPerSecond;
    std::string text = finding.rule_id;
    text += '\0';
    if (!finding.entities.empty()) text += finding.entities.front().text();
    text += '\0';
    text += std::to_string(finding.first_seen.unix_ns / kHourNs);
    return base::hash128(text);
}

}  // namespace

void FindingShelf::add(const cases::Finding& finding) {
    std::size_t& used = bytes_[static_cast<std::size_t>(finding.severity)];
    const std::size_t size = bytes_of(finding);
    if (used + size > kShelfBytesPerLevelMax) return;
    std::uint32_t& count = counts_[key_of(finding)];
    if (count == kShelfFindingsPerKeyMax) return;
    if (findings_.emplace(finding.id, finding).second) {
        ++count;
        used += size;
    }
}

std::optional<cases::Finding> FindingShelf::find(std::string_view id) const {
    const auto found = findings_.find(std::string(id));
    if (found == findings_.end()) return std::nullopt;
    return found->second;
}

std::size_t FindingShelf::memory_bytes() const {
    return std::accumulate(bytes_.begin(), bytes_.end(), std::size_t{0});
}

}  // namespace vedette::report
