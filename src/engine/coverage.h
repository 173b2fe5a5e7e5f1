// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/batch.h"

namespace vedette::engine {

/// Which fields have ever come in which data set, and how many events: what `vedette doctor` holds
/// against the fields that rules test.
///
/// A view of the journal as detectors are: saved with them, deterministic, free of boundaries.
/// Limits: kCoverageDatasetsMax data sets with kCoverageFieldsMax names each; what comes beyond is
/// not counted and is_complete is false.   Cost: a look at each column of a batch; its cells only
/// while a field is new to a data set.   Threads: one.
class Coverage {
  public:
    struct Dataset {
        std::uint64_t events = 0;
        std::set<std::string, std::less<>> fields;
        bool is_complete = true;  ///< false: there were fields that are not among these
        bool operator==(const Dataset&) const = default;
    };

    Coverage() = default;
    Coverage(Coverage&&) = default;
    Coverage& operator=(Coverage&&) = default;

    void observe(const event::Batch& batch);
    const std::map<std::string, Dataset, std::less<>>& datasets() const { return datasets_; }

    std::string save() const;
    /// Errors: corrupt; it is empty then.
    base::Result<void> restore(std::string_view bytes);

  private:
    /// Fields of a data set that were seen, by their ids in this process.
    struct Seen {
        Dataset* dataset = nullptr;
        std::vector<bool> fields;
    };
    Seen* seen_of(std::string_view dataset);
    static bool add(Seen& seen, event::FieldId field, std::string_view name);

    std::map<std::string, Dataset, std::less<>> datasets_;
    std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace vedette::engine
