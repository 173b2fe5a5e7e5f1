// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "detect/baseline/field_reader.h"
#include "detect/baseline/row_tests.h"
#include "event/batch.h"
#include "event/entity.h"
#include "rule/analytic/analytic.h"

namespace vedette::detect::baseline {

/// What an analytic says of one row.
struct Observation {
    std::uint32_t row = 0;
    std::uint64_t entity = 0;  ///< hash of its type and name
    std::uint64_t peers = 0;   ///< hash of the group's name; 0: none
    std::uint64_t value = 0;   ///< hash of the measured value or values
    double number = 0;         ///< of sum, value and series
    double latitude = 0, longitude = 0;
    bool is_hit = false;
};

/// What a row says of one number of a vector.
struct PartSeen {
    bool is_there = false;  ///< the row has what the number is of
    double number = 0;
    std::uint64_t value = 0;
    bool is_hit = false;
};

/// Observation::entity of who is named by one field; the name in lower case.
std::uint64_t entity_hash(event::EntityType type, std::string_view name);

/// An analytic that can look at rows.   Threads: one at a time.
class Behaviour {
  public:
    /// Errors: bad_input where a query does not compile.
    static base::Result<Behaviour> make(rule::analytic::Analytic analytic);

    const rule::analytic::Analytic& analytic() const { return analytic_; }
    /// Of what decides what is learned: another measure under the same name is another behaviour.
    std::uint64_t hash() const { return hash_; }

    /// As in Observation::entity, from the names that the entity's fields would have.
    std::uint64_t entity_hash(const std::vector<std::string>& names) const;
    /// Before the first batch: its tests are made, or found to be there. The same `tests` are
    /// handed to bind().
    void join(RowTests& tests);
    /// The rows of a batch that may be this behaviour's, ascending, found where its rarest field
    /// has cells. `tests` are bound to the batch.   Lives: as long as both, until the next bind().
    std::span<const std::uint32_t> bind(const event::Batch& batch, RowTests& tests);
    /// What such a row says; nothing if it is not one of this behaviour's after all. Ascending
    /// rows.
    std::optional<Observation> observe(std::uint32_t row);
    /// Of the row last observed, for people: its entity's name in lower case, cut (limits.h),
    /// and the measured value or values, cut to kValueBytesMax.
    std::string entity_name();
    std::string value_text();
    /// Of the row last observed, in the order of the analytic's parts.
    std::span<const PartSeen> parts() const { return seen_; }

  private:
    struct Part {
        std::optional<FieldReader> field;
        std::vector<RowTests::Id> of;
    };

    explicit Behaviour(rule::analytic::Analytic analytic);

    /// Whether the batch has what is needed, and where to look for rows.
    bool bind_fields(const event::Batch& batch, RowTests::Reach& reach);
    bool read_entity(std::uint32_t row, Observation& out);
    bool read_measure(std::uint32_t row, Observation& out);
    void read_parts(std::uint32_t row);
    bool hold(const std::vector<RowTests::Id>& tests, std::uint32_t row) const;

    rule::analytic::Analytic analytic_;
    std::vector<RowTests::Id> events_, of_;
    RowTests* tests_ = nullptr;
    std::vector<std::uint32_t> rows_;
    std::vector<FieldReader> entity_fields_, fields_;
    std::optional<FieldReader> peers_;
    std::vector<Part> parts_;
    std::vector<PartSeen> seen_;
    std::uint64_t hash_ = 0;
    const event::Batch* batch_ = nullptr;
    std::uint32_t row_ = 0;  // last observed
    std::string room_;       // of names in lower case
};

/// A number that is a field's whole text; nothing if it is none or not finite.
std::optional<double> number_of(std::string_view text);

}  // namespace vedette::detect::baseline
