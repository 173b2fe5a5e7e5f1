// SPDX-License-Identifier: Apache-2.0
#include "detect/intel/intel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/hash.h"
#include "detect/intel/fields.h"
#include "detect/registry.h"
#include "event/entity.h"
#include "event/schema.h"
#include "rule/intel/url_key.h"

namespace vedette::detect {

namespace intel {

namespace {

using rule::intel::IndicatorIndex;
using rule::intel::IndicatorType;
using rule::intel::IndicatorView;

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kRuleValueBytesMax = 160, kObservedBytesMax = 200, kReasonsMax = 32;

/// What the indicator is, and whose, in a sentence.
std::string expectation(const IndicatorIndex::Hit& hit) {
    const IndicatorView& indicator = hit.indicator;
    std::string out = fmt::format(
        "{} {}", rule::intel::name(indicator.type),
        rule::intel::value_text(indicator.type, indicator.key).substr(0, kObservedBytesMax));
    if (indicator.type == IndicatorType::domain) out += " or below it";
    out += fmt::format(" is in the feed {}", hit.feed->feed());
    if (!indicator.label.empty()) out += fmt::format(" as \"{}\"", indicator.label);
    const auto day = [](std::int64_t seconds) {
        return base::format_rfc3339({seconds * base::kNsPerSecond}, 0).substr(0, 10);
    };
    if (indicator.from_s > 0) out += " since " + day(indicator.from_s);
    if (indicator.until_s > 0) out += " until " + day(indicator.until_s);
    return out + fmt::format(", confidence {}", indicator.confidence);
}

std::vector<std::string> attack_of(std::string_view ids) {
    std::vector<std::string> out;
    while (!ids.empty()) {
        const std::size_t end = std::min(ids.find(','), ids.size());
        out.emplace_back(ids.substr(0, end));
        ids.remove_prefix(std::min(end + 1, ids.size()));
    }
    return out;
}

}  // namespace

std::string rule_id_of(IndicatorType type, std::string_view key) {
    std::string value = rule::intel::value_text(type, key);
    if (value.size() > kRuleValueBytesMax) {
        const std::string hash = base::hash128(value).hex();
        value = value.substr(0, kRuleValueBytesMax - hash.size() - 1) + "#" + hash;
    }
    return fmt::format("{}:{}", rule::intel::name(type), value);
}

cases::Severity severity_of(std::uint8_t confidence) {
    if (confidence >= 70) return cases::Severity::high;
    if (confidence >= 30) return cases::Severity::medium;
    return confidence > 0 ? cases::Severity::low : cases::Severity::informational;
}

double bits_of(std::uint8_t confidence) {
    constexpr int kPartsOfBit = 16, kBitsMax = 6;
    return std::floor(std::min<int>(confidence, 100) * kBitsMax * kPartsOfBit / 100.0) /
           kPartsOfBit;
}

IntelDetector::IntelDetector(event::FieldDictionary& fields) : names_(fields) {
    for (const LookedUpField& field : looked_up_fields()) {
        if (const auto id = fields.intern(field.name)) fields_.push_back({*id, field.type});
    }
    for (const std::string_view name : hash_list_fields()) {
        const auto id = fields.intern(name);
        if (!id) continue;
        // MD5 and SHA256 of such a list have fields of their own.
        fields_.push_back({*id, IndicatorType::sha1, true, "SHA1"});
        fields_.push_back({*id, IndicatorType::sha512, true, "SHA512"});
        fields_.push_back({*id, IndicatorType::imphash, true, "IMPHASH"});
    }
}

void IntelDetector::use_indicators(std::shared_ptr<const IndicatorIndex> index) {
    index_ = std::move(index);
}

std::size_t IntelDetector::memory_bytes() const {
    return fields_.size() * sizeof(Field) + (index_ ? index_->memory_bytes() : 0);
}

std::uint64_t IntelDetector::checksum() const {
    std::string text;
    if (index_) {
        for (const auto& feed : index_->feeds()) text += feed->hash().hex();
    }
    return base::hash64(text);
}

/// Column by column, so that a batch without a field costs nothing for it; findings follow in the
/// order of rows.
void IntelDetector::do_observe(const event::Batch& batch, const FindingSink& sink) {
    if (!index_ || index_->size() == 0) return;
    sightings_.clear();
    for (std::size_t i = 0; i < fields_.size(); ++i) look_at(batch, i);
    std::sort(sightings_.begin(), sightings_.end(), [](const Sighting& a, const Sighting& b) {
        return std::tuple(a.row, a.hit.indicator.type, a.hit.indicator.key, a.field,
                          std::string_view(a.hit.feed->feed()), std::string_view(a.observed)) <
               std::tuple(b.row, b.hit.indicator.type, b.hit.indicator.key, b.field,
                          std::string_view(b.hit.feed->feed()), std::string_view(b.observed));
    });
    for (std::size_t begin = 0; begin < sightings_.size();) {
        std::size_t end = begin + 1;
        const Sighting& first = sightings_[begin];
        while (end < sightings_.size() && sightings_[end].row == first.row &&
               sightings_[end].hit.indicator.type == first.hit.indicator.type &&
               sightings_[end].hit.indicator.key == first.hit.indicator.key) {
            ++end;
        }
        sink(make_finding(batch, &sightings_[begin], sightings_.data() + end));
        begin = end;
    }
}

void IntelDetector::look_at(const event::Batch& batch, std::size_t field) {
    const Field& looked = fields_[field];
    const event::Column* const column = batch.column(looked.id);
    if (column == nullptr) return;
    for (const event::Cell& cell : column->cells) {
        std::string_view text = batch.text(cell);
        if (looked.is_hash_list) {
            const auto hash = hash_in(text, looked.algorithm);
            if (!hash) continue;
            text = *hash;
        }
        look_up(batch, cell.row, field, text);
    }
}

void IntelDetector::look_up(const event::Batch& batch, std::uint32_t row, std::size_t field,
                            std::string_view text) {
    const IndicatorType type = fields_[field].type;
    hits_.clear();
    if (type == IndicatorType::url && text.starts_with('/')) {
        // The host stands in a field of its own.
        const auto host = batch.first(event::ecs::kUrlDomain, row);
        if (!host) return;
        const std::string whole = std::string(*host).append(text);
        index_->find_value(type, whole, room_, hits_);
        return add_hits(batch, row, field, whole);
    }
    index_->find_value(type, text, room_, hits_);
    if (type == IndicatorType::domain) {
        index_->find_value(IndicatorType::network, text, room_, hits_);
    } else if (type == IndicatorType::url) {
        std::string url;
        if (rule::intel::make_key(type, text, url)) {
            const std::string_view host = rule::intel::url_host(url);
            index_->find_value(IndicatorType::domain, host, room_, hits_);
            index_->find_value(IndicatorType::network, host, room_, hits_);
        }
    } else if (type == IndicatorType::email) {
        std::string address;
        if (rule::intel::make_key(type, text, address)) {
            const std::string_view host = std::string_view(address).substr(address.rfind('@') + 1);
            index_->find_value(IndicatorType::domain, host, room_, hits_);
        }
    }
    add_hits(batch, row, field, text);
}

void IntelDetector::add_hits(const event::Batch& batch, std::uint32_t row, std::size_t field,
                             std::string_view text) {
    const std::int64_t event_s = batch.rows()[row].time.unix_ns / base::kNsPerSecond;
    for (const IndicatorIndex::Hit& hit : hits_) {
        if (!hit.indicator.counts_at(event_s)) continue;
        sightings_.push_back({row, field, std::string(text.substr(0, kObservedBytesMax)), hit});
    }
}

cases::Finding IntelDetector::make_finding(const event::Batch& batch, const Sighting* begin,
                                           const Sighting* end) const {
    const event::Row& row = batch.rows()[begin->row];
    const Sighting* const surest = std::max_element(begin, end, [](const auto& a, const auto& b) {
        return a.hit.indicator.confidence < b.hit.indicator.confidence;
    });
    const IndicatorView& indicator = surest->hit.indicator;
    cases::Finding finding;
    finding.detector = kName;
    finding.detector_version = kVersion;
    finding.rule_id = rule_id_of(indicator.type, indicator.key);
    finding.title = fmt::format(
        "Known bad {} {}", rule::intel::name(indicator.type),
        rule::intel::value_text(indicator.type, indicator.key).substr(0, kObservedBytesMax));
    if (!indicator.label.empty()) finding.title += fmt::format(" ({})", indicator.label);
    finding.severity = severity_of(indicator.confidence);
    finding.entities = event::entities_of(batch, begin->row);
    finding.first_seen = finding.last_seen = row.time;
    finding.events = {row.id};
    if (row.origin < batch.origins().size()) {
        finding.source = batch.origins()[row.origin].source;
        finding.origin = batch.origins()[row.origin].path;
    }
    finding.record = row.line;
    finding.raw = row.raw.substr(0, cases::kFindingRawMax);
    const std::string entity =
        finding.entities.empty() ? std::string() : finding.entities.front().text();
    finding.id = cases::finding_id(kName, finding.rule_id, entity, row.id);
    // All lines tell of one indicator: what its surest feed says is the evidence, once, and first.
    add_reason(*surest, bits_of(indicator.confidence), finding);
    for (const Sighting* at = begin; at != end && finding.reasons.size() < kReasonsMax; ++at) {
        if (at != surest) add_reason(*at, 0, finding);
    }
    return finding;
}

void IntelDetector::add_reason(const Sighting& sighting, double bits,
                               cases::Finding& finding) const {
    finding.reasons.push_back({std::string(names_.name(fields_[sighting.field].id)),
                               sighting.observed, expectation(sighting.hit), bits, "rule"});
    for (std::string& id : attack_of(sighting.hit.indicator.attack)) {
        auto& known = finding.attack;
        if (std::find(known.begin(), known.end(), id) == known.end())
            known.push_back(std::move(id));
    }
}

base::Result<std::unique_ptr<Detector>> make_intel(const DetectorInputs& inputs,
                                                   event::FieldDictionary& fields,
                                                   std::vector<DetectorNotice>& notices) {
    static_cast<void>(inputs), static_cast<void>(notices);
    return std::make_unique<IntelDetector>(fields);
}

}  // namespace intel

void register_intel(Registry& registry) {
    registry.add({std::string(intel::kName), intel::make_intel});
}

}  // namespace vedette::detect
