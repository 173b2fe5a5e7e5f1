// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "detect/registry.h"
#include "event/batch.h"

namespace vedette::detect {
void register_silence(Registry& registry);
}

// A saved state may be anything: it is refused, or comes out of its own encoding unchanged and can
// be lived with.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    detect::Registry registry;
    detect::register_silence(registry);
    event::FieldDictionary fields;
    std::vector<detect::DetectorNotice> notices;
    const auto make = [&] { return std::move(*registry.kinds().at(0).make({}, fields, notices)); };
    const auto detector = make(), second = make();
    if (!detector->restore({reinterpret_cast<const char*>(data), size})) return 0;
    const std::string saved = detector->save();
    VD_CHECK(second->restore(saved) && second->save() == saved);
    event::Batch batch(fields);
    event::Row& row = batch.add_row();
    row.time = row.arrival = {1'800'000'000 * base::kNsPerSecond};
    row.origin = batch.origin_index({"files", "/var/log/auth.log"});
    row.dataset = batch.dataset_index("text");
    const auto look = [](const cases::Finding& finding) { VD_CHECK(!finding.reasons.empty()); };
    detector->tick(row.time, look);
    detector->observe(batch, look);
    for (std::int64_t minute = 1; minute < 30; ++minute) {
        detector->tick({row.time.unix_ns + minute * 60 * base::kNsPerSecond}, look);
    }
    return 0;
}
