// SPDX-License-Identifier: Apache-2.0
#include "correlate/open_incident.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "cases/record.h"
#include "correlate/limits.h"
#include "correlate/title.h"

namespace vedette::correlate {

namespace {

template <typename Item>
void insert_sorted(std::vector<Item>& items, Item item, std::size_t count_max) {
    const auto at = std::lower_bound(items.begin(), items.end(), item);
    if (at != items.end() && *at == item) return;
    if (items.size() < count_max) items.insert(at, std::move(item));
}

template <typename Item>
bool is_strictly_rising(const std::vector<Item>& items) {
    return std::adjacent_find(items.begin(), items.end(),
                              [](const Item& a, const Item& b) { return !(a < b); }) == items.end();
}

/// The pair under which the bits of a rule count once: rule and first entity.
base::Hash128 pair_of(const cases::Finding& finding) {
    std::string text = finding.rule_id;
    text += '\0';
    if (!finding.entities.empty()) text += finding.entities.front().text();
    return base::hash128(text);
}

Strongest strongest_of(const cases::Finding& finding) {
    return {finding.severity, finding.bits(),  finding.first_seen,
            finding.id,       finding.rule_id, cut_text(finding.title, kTitlePartBytesMax),
            place_of(finding)};
}

void put_double(std::string& out, double value) {
    base::put(out, std::bit_cast<std::uint64_t>(value));
}

double get_double(base::ByteReader& reader) {
    return std::bit_cast<double>(reader.get<std::uint64_t>());
}

cases::Severity get_severity(base::ByteReader& reader) {
    const auto value = reader.get<std::uint8_t>();
    if (value <= static_cast<std::uint8_t>(cases::Severity::critical)) {
        return static_cast<cases::Severity>(value);
    }
    reader.take(reader.remaining() + 1);  // turns the reader bad
    return cases::Severity::informational;
}

/// Reads a count within what the bytes can hold.
std::uint64_t get_count(base::ByteReader& reader) {
    const std::uint64_t count = reader.varint();
    if (count <= reader.remaining()) return count;
    reader.take(reader.remaining() + 1);
    return 0;
}

/// A finding that grows on when its incident has left memory begins another one.
std::string id_for(const cases::Finding& first) {
    std::string text = "incident\n" + first.id;
    if (first.has_grown) text += "\n" + std::to_string(first.last_seen.unix_ns);
    return base::hash128(text).hex();
}

}  // namespace

bool Strongest::is_stronger_than(const Strongest& other) const {
    if (severity != other.severity) return severity > other.severity;
    if (bits != other.bits) return bits > other.bits;
    return std::tie(first_seen, finding_id) < std::tie(other.first_seen, other.finding_id);
}

std::vector<event::Entity> kept_entities(const cases::Finding& finding) {
    std::vector<event::Entity> out;
    for (const event::Entity& entity : finding.entities) {
        insert_sorted(out, {entity.type, cut_text(entity.id, kEntityNameBytesMax)},
                      kIncidentEntitiesMax);
    }
    return out;
}

OpenIncident::OpenIncident(const cases::Finding& first, BitSteps evidence, std::uint64_t number)
    : number_(number),
      id_(id_for(first)),
      first_seen_(first.first_seen),
      last_seen_(std::max(first.first_seen, first.last_seen)),
      strongest_(strongest_of(first)) {
    add(first, evidence);
}

bool OpenIncident::add(const cases::Finding& finding, BitSteps evidence) {
    Listed listed{finding.first_seen, finding.id};
    const auto at = std::lower_bound(findings_.begin(), findings_.end(), listed);
    if (at != findings_.end() && *at == listed) return false;
    if (findings_.size() < cases::kIncidentFindingsMax || at != findings_.end()) {
        findings_.insert(at, std::move(listed));
        if (findings_.size() > cases::kIncidentFindingsMax) findings_.pop_back();
    }
    ++finding_count_;
    evidence_ = std::max(evidence_, evidence);
    first_seen_ = std::min(first_seen_, finding.first_seen);
    last_seen_ = std::max({last_seen_, finding.first_seen, finding.last_seen});
    add_entities(kept_entities(finding));
    for (std::string& key : link_keys(finding)) {
        insert_sorted(links_, std::move(key), kIncidentEntitiesMax);
    }
    for (const std::string& id : finding.attack) insert_sorted(attack_, id, kIncidentAttackMax);
    add_rule({finding.rule_id, cut_text(finding.title, kTitlePartBytesMax), finding.severity,
              finding.bits(), finding.first_seen, 1});
    add_pair(pair_of(finding), finding.bits());
    Strongest candidate = strongest_of(finding);
    if (candidate.is_stronger_than(strongest_)) strongest_ = std::move(candidate);
    return true;
}

bool OpenIncident::has(const cases::Finding& finding) const {
    return std::any_of(findings_.begin(), findings_.end(),
                       [&](const Listed& listed) { return listed.id == finding.id; });
}

void OpenIncident::grow(const cases::Finding& finding) {
    std::erase_if(findings_, [&](const Listed& listed) { return listed.id == finding.id; });
    Listed listed{finding.first_seen, finding.id};
    findings_.insert(std::lower_bound(findings_.begin(), findings_.end(), listed), listed);
    first_seen_ = std::min(first_seen_, finding.first_seen);
    last_seen_ = std::max(last_seen_, finding.last_seen);
    add_entities(kept_entities(finding));
    for (std::string& key : link_keys(finding)) {
        insert_sorted(links_, std::move(key), kIncidentEntitiesMax);
    }
}

void OpenIncident::add(OpenIncident other) {
    std::vector<Listed> all;
    std::set_union(std::make_move_iterator(findings_.begin()),
                   std::make_move_iterator(findings_.end()),
                   std::make_move_iterator(other.findings_.begin()),
                   std::make_move_iterator(other.findings_.end()), std::back_inserter(all));
    if (all.size() > cases::kIncidentFindingsMax) all.resize(cases::kIncidentFindingsMax);
    findings_ = std::move(all);
    finding_count_ += other.finding_count_;
    evidence_ = std::max(evidence_, other.evidence_);
    first_seen_ = std::min(first_seen_, other.first_seen_);
    last_seen_ = std::max(last_seen_, other.last_seen_);
    add_entities(other.entities_);
    for (std::string& key : other.links_) {
        insert_sorted(links_, std::move(key), kIncidentEntitiesMax);
    }
    for (std::string& id : other.attack_) insert_sorted(attack_, std::move(id), kIncidentAttackMax);
    for (RuleSeen& rule : other.rules_) add_rule(std::move(rule));
    for (const auto& [pair, bits] : other.pair_bits_) add_pair(pair, bits);
    if (other.strongest_.is_stronger_than(strongest_)) strongest_ = std::move(other.strongest_);
}

void OpenIncident::add_entities(const std::vector<event::Entity>& entities) {
    for (const event::Entity& entity : entities) {
        insert_sorted(entities_, entity, kIncidentEntitiesMax);
    }
}

void OpenIncident::add_rule(RuleSeen rule) {
    const auto at = std::lower_bound(
        rules_.begin(), rules_.end(), rule,
        [](const RuleSeen& a, const RuleSeen& b) { return a.rule_id < b.rule_id; });
    if (at == rules_.end() || at->rule_id != rule.rule_id) {
        if (rules_.size() < kIncidentRulesMax) rules_.insert(at, std::move(rule));
        return;
    }
    at->severity = std::max(at->severity, rule.severity);
    at->bits = std::max(at->bits, rule.bits);
    at->first_seen = std::min(at->first_seen, rule.first_seen);
    at->finding_count += rule.finding_count;
}

void OpenIncident::add_pair(const base::Hash128& pair, double bits) {
    const auto found = pair_bits_.find(pair);
    if (found != pair_bits_.end()) {
        found->second = std::max(found->second, bits);
    } else if (pair_bits_.size() < kIncidentPairsMax) {
        pair_bits_.emplace(pair, bits);
    }
}

bool OpenIncident::has_room_for(const std::vector<event::Entity>& entities) const {
    std::size_t room = kIncidentEntitiesMax - entities_.size();
    if (room >= entities.size()) return true;
    for (const event::Entity& entity : entities) {
        if (std::binary_search(entities_.begin(), entities_.end(), entity)) continue;
        // A busy host has many full incidents: most end here, at the first stranger.
        if (room-- == 0) return false;
    }
    return true;
}

bool OpenIncident::has_link(const std::string& key) const {
    return std::binary_search(links_.begin(), links_.end(), key);
}

cases::Incident OpenIncident::build() const {
    cases::Incident out;
    out.id = id_;
    out.first_seen = first_seen_;
    out.last_seen = last_seen_;
    out.severity = strongest_.severity;
    // Added in the order of the map, so that the same pairs give the same last digit.
    for (const auto& [pair, bits] : pair_bits_) out.bits += bits;
    out.evidence_bits = to_bits(evidence_);
    out.entities = entities_;
    for (const Listed& listed : findings_) out.findings.push_back(listed.id);
    out.finding_count = finding_count_;
    out.attack = attack_;

    std::vector<RuleSeen> rules = rules_;
    std::sort(rules.begin(), rules.end(), [](const RuleSeen& a, const RuleSeen& b) {
        return std::tie(a.first_seen, a.rule_id) < std::tie(b.first_seen, b.rule_id);
    });
    for (const RuleSeen& rule : rules) {
        if (std::find(out.rules.begin(), out.rules.end(), rule.title) == out.rules.end()) {
            out.rules.push_back(rule.title);
        }
        out.rule_counts.push_back(
            {rule.rule_id, rule.title, rule.severity, rule.first_seen, rule.finding_count});
    }
    out.lead = strongest_.finding_id;
    out.title = title_of(strongest_, rules, finding_count_);
    return out;
}

std::size_t OpenIncident::memory_bytes() const {
    // Sizes and not capacities: what is closed early must not depend on how memory grew. A
    // finding's id has 32 digits, which std::string keeps outside itself; a node of the map has
    // about 72 bytes.
    constexpr std::size_t kIdBytes = 33, kNodeBytes = 72;
    std::size_t out = sizeof *this + findings_.size() * (sizeof(Listed) + kIdBytes) +
                      pair_bits_.size() * kNodeBytes;
    for (const event::Entity& entity : entities_) out += sizeof entity + entity.id.size();
    for (const std::string& key : links_) out += sizeof(std::string) + key.size();
    for (const std::string& id : attack_) out += sizeof(std::string) + id.size();
    for (const RuleSeen& rule : rules_) {
        out += sizeof rule + rule.rule_id.size() + rule.title.size();
    }
    return out;
}

void OpenIncident::save(std::string& out) const {
    base::put_varint(out, number_);
    base::put_text(out, id_);
    base::put(out, first_seen_.unix_ns);
    base::put(out, last_seen_.unix_ns);
    base::put_varint(out, finding_count_);
    base::put(out, evidence_);
    base::put_varint(out, findings_.size());
    for (const Listed& listed : findings_) {
        base::put(out, listed.first_seen.unix_ns);
        base::put_text(out, listed.id);
    }
    base::put_varint(out, entities_.size());
    for (const event::Entity& entity : entities_) cases::put_entity(out, entity);
    base::put_varint(out, links_.size());
    for (const std::string& key : links_) base::put_text(out, key);
    base::put_varint(out, attack_.size());
    for (const std::string& id : attack_) base::put_text(out, id);
    base::put_varint(out, rules_.size());
    for (const RuleSeen& rule : rules_) {
        base::put_text(out, rule.rule_id);
        base::put_text(out, rule.title);
        base::put(out, static_cast<std::uint8_t>(rule.severity));
        put_double(out, rule.bits);
        base::put(out, rule.first_seen.unix_ns);
        base::put_varint(out, rule.finding_count);
    }
    base::put_varint(out, pair_bits_.size());
    for (const auto& [pair, bits] : pair_bits_) {
        base::put(out, pair.high);
        base::put(out, pair.low);
        put_double(out, bits);
    }
    base::put(out, static_cast<std::uint8_t>(strongest_.severity));
    put_double(out, strongest_.bits);
    base::put(out, strongest_.first_seen.unix_ns);
    for (const std::string* text :
         {&strongest_.finding_id, &strongest_.rule_id, &strongest_.title, &strongest_.place}) {
        base::put_text(out, *text);
    }
}

OpenIncident OpenIncident::restore(base::ByteReader& reader, std::uint8_t version) {
    OpenIncident out;
    const auto time = [&] { return base::Timestamp{reader.get<std::int64_t>()}; };
    const auto text = [&] { return std::string(reader.text()); };
    const auto each = [&](const auto& read) {
        const std::uint64_t count = get_count(reader);
        for (std::uint64_t i = 0; i < count && reader.is_good(); ++i) read();
    };
    out.number_ = reader.varint();
    out.id_ = text();
    out.first_seen_ = time();
    out.last_seen_ = time();
    out.finding_count_ = reader.varint();
    if (version >= 2) out.evidence_ = reader.get<BitSteps>();
    each([&] {
        const base::Timestamp first_seen = time();
        out.findings_.push_back({first_seen, text()});
    });
    each([&] { out.entities_.push_back(cases::get_entity(reader)); });
    each([&] { out.links_.push_back(text()); });
    each([&] { out.attack_.push_back(text()); });
    each([&] {
        RuleSeen rule;
        rule.rule_id = text();
        rule.title = text();
        rule.severity = get_severity(reader);
        rule.bits = get_double(reader);
        rule.first_seen = time();
        rule.finding_count = reader.varint();
        out.rules_.push_back(std::move(rule));
    });
    each([&] {
        base::Hash128 pair;
        pair.high = reader.get<std::uint64_t>();
        pair.low = reader.get<std::uint64_t>();
        out.pair_bits_[pair] = get_double(reader);
    });
    out.strongest_.severity = get_severity(reader);
    out.strongest_.bits = get_double(reader);
    out.strongest_.first_seen = time();
    for (std::string* part : {&out.strongest_.finding_id, &out.strongest_.rule_id,
                              &out.strongest_.title, &out.strongest_.place}) {
        *part = text();
    }
    if (version < 2) {
        double bits = 0;
        for (const auto& [pair, more] : out.pair_bits_) bits += more;
        out.evidence_ = to_bit_steps(bits);
    }
    // The lists are searched by halving and the links indexed: both need them sorted and unique.
    if (out.entities_.size() > kIncidentEntitiesMax || !is_strictly_rising(out.findings_) ||
        !is_strictly_rising(out.entities_) || !is_strictly_rising(out.links_) ||
        !is_strictly_rising(out.attack_)) {
        reader.take(reader.remaining() + 1);
    }
    return out;
}

}  // namespace vedette::correlate
