// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "detect/detector.h"
#include "event/field.h"
#include "rule/intel/indicator_index.h"

namespace vedette::detect::intel {

/// The name of the detector, and of an indicator in findings: "domain:evil.example"; long values
/// are cut and end with a hash.
inline constexpr std::string_view kName = "intel";
std::string rule_id_of(rule::intel::IndicatorType type, std::string_view key);

/// Severity by confidence, as STIX names its steps: none, low, medium, high.
/// Source: STIX 2.1 appendix A
cases::Severity severity_of(std::uint8_t confidence);
/// Evidence in sixteenths of a bit: none at confidence 0, 3 bits (8:1) at 50, 6 (64:1) at 100, as
/// rules of the levels medium and high have it.
double bits_of(std::uint8_t confidence);

/// Values of events that are in feeds of indicators. Keeps no state between events; see README.md.
class IntelDetector final : public Detector {
  public:
    explicit IntelDetector(event::FieldDictionary& fields);
    void use_indicators(std::shared_ptr<const rule::intel::IndicatorIndex> index) override;
    std::size_t memory_bytes() const override;
    std::uint64_t checksum() const override;

  private:
    struct Field {
        event::FieldId id;
        rule::intel::IndicatorType type;
        bool is_hash_list = false;
        std::string_view algorithm = {};
    };
    /// A value of a row that is in a feed.
    struct Sighting {
        std::uint32_t row = 0;
        std::size_t field = 0;  // index into fields_
        std::string observed;
        rule::intel::IndicatorIndex::Hit hit;
    };
    void do_observe(const event::Batch& batch, const FindingSink& sink) override;
    void look_at(const event::Batch& batch, std::size_t field);
    void look_up(const event::Batch& batch, std::uint32_t row, std::size_t field,
                 std::string_view text);
    void add_hits(const event::Batch& batch, std::uint32_t row, std::size_t field,
                  std::string_view text);
    cases::Finding make_finding(const event::Batch& batch, const Sighting* begin,
                                const Sighting* end) const;
    void add_reason(const Sighting& sighting, double bits, cases::Finding& finding) const;

    event::FieldDictionary& names_;
    std::vector<Field> fields_;
    std::shared_ptr<const rule::intel::IndicatorIndex> index_;
    std::vector<rule::intel::IndicatorIndex::Hit> hits_;
    std::vector<Sighting> sightings_;
    std::string room_;
};

}  // namespace vedette::detect::intel
