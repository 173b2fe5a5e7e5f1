// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "correlate/grouper.h"

/// A saved state is as untrusted as any file: it restores or is refused, and what restored goes on
/// working and saves to bytes that restore to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    correlate::Grouper grouper;
    if (!grouper.restore({reinterpret_cast<const char*>(data), size})) return 0;
    const std::string saved = grouper.save();
    correlate::Grouper second;
    VD_CHECK(second.restore(saved).has_value() && second.save() == saved);

    cases::Finding finding;
    finding.id = "f";
    finding.rule_id = "r";
    finding.entities = {{event::EntityType::host, "web-1"}, {event::EntityType::user, "ann"}};
    grouper.observe(finding, 0);
    grouper.tick({1'000 * base::kNsPerDay});
    static_cast<void>(grouper.take_changes());
    static_cast<void>(grouper.save());
    return 0;
}
