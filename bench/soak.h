// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::bench {

struct SoakOptions {
    std::uint64_t events = 100'000'000;
    std::uint64_t entities = 1'000'000;  ///< that are there at one time
    std::uint64_t cap_bytes = 1'200'000'000;
    std::string analytics = "content/analytics";
};

/// How much memory a run takes as it goes on. Prints each sample as it comes.
class SoakCurve {
  public:
    struct Sample {
        std::uint64_t events = 0;
        std::uint64_t resident_bytes = 0;  ///< of the process, now
        std::uint64_t counted_bytes = 0;   ///< what the code says that it holds
        std::uint64_t forgotten = 0;
    };
    void add(std::uint64_t events, std::uint64_t counted_bytes, std::uint64_t forgotten);
    /// Bytes of resident memory that a million events add, after the first fifth of the samples
    /// (least squares).
    double bytes_per_million() const;
    /// Whether what comes after the first fifth adds less than a hundredth of the cap.
    bool is_flat(std::uint64_t cap_bytes) const;
    /// `,"bytes_per_million_events":…,"is_flat":…,"resident_max_bytes":…,"cap_held":…`; the most is
    /// the kernel's own count, in kibibytes.
    std::string json(std::uint64_t cap_bytes) const;

  private:
    std::vector<Sample> samples_;
};

// One per file `soak_<what>.cpp`; prints one JSON object.
/// The usual path (usual_path.h) within one byte budget.
int soak_usual_path(const SoakOptions& options);
/// The detector of baselines with some of the analytics that are shipped.
base::Result<int> soak_detector(const SoakOptions& options);

}  // namespace vedette::bench
