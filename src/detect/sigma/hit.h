// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/time.h"
#include "event/batch.h"
#include "event/entity.h"
#include "rule/sigma/correlation.h"

namespace vedette::detect::sigma {

/// An event that a single-event rule matched, with all that correlations and their findings need of
/// it: its row is gone when a later event completes what it began.
struct HitRecord {
    std::uint32_t rule = 0;  ///< index into the rules
    event::EventId id;
    base::Timestamp time;
    /// When its time has come: the same, but not far ahead of its arrival.
    base::Timestamp due;
    /// Values of the fields that the plan asks of this rule, in its order; cut, without nulls.
    std::vector<std::vector<std::string>> values;
    std::vector<event::Entity> entities;
    std::string source, origin, raw;
    std::uint64_t line = 0;

    /// By sizes and not capacities, so that what is forgotten does not depend on how memory grew.
    std::size_t bytes() const;
    void save(std::string& out) const;
    /// The reader turns bad on bytes that save() did not write.
    static HitRecord restore(base::ByteReader& reader);
};

/// The same within one group of one correlation.
struct Hit {
    std::shared_ptr<const HitRecord> record;  ///< shared by all groups that it stands in
    std::uint64_t members = 0;  ///< bit m: it came by the m-th of the rules referred to
    /// Which finding of another correlation it is part of; 0 if it came by single-event rules.
    std::uint64_t unit = 0;
    std::int64_t until_ns = 0;  ///< remembered while the clock has not passed this
    bool is_fulfilled = false;  ///< the window that ends with it meets the condition
    bool is_joined = false;     ///< it lies in such a window
    bool is_pending = false;    ///< not judged yet: event time has not come so far
    // Made of the record.
    std::vector<base::Hash128> values;  ///< of the condition's field, without case
    std::optional<rule::sigma::Millionths> number;

    std::int64_t time_ns() const { return record->time.unix_ns; }
    std::size_t bytes() const {
        return sizeof(Hit) + values.size() * sizeof(base::Hash128) + record->bytes();
    }
};

}  // namespace vedette::detect::sigma
