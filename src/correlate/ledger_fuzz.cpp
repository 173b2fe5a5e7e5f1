// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "correlate/ledger.h"

/// A saved state is as untrusted as any file: it restores or is refused, and what restored goes on
/// working and saves to bytes that restore to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    correlate::Ledger ledger;
    if (!ledger.restore({reinterpret_cast<const char*>(data), size})) return 0;
    const std::string saved = ledger.save();
    correlate::Ledger second;
    VD_CHECK(second.restore(saved).has_value() && second.save() == saved);
    VD_CHECK(second.memory_bytes() == ledger.memory_bytes());

    cases::Finding finding;
    finding.detector = "sigma";
    finding.rule_id = "r";
    finding.entities = {{event::EntityType::host, "web-1"}, {event::EntityType::user, "ann"}};
    finding.reasons = {{"message", "x", "x", 8, "rule"}};
    finding.attack = {"TA0002"};
    ledger.observe(finding);
    for (const auto& account : ledger.top(10, {1'000 * base::kNsPerDay})) {
        VD_CHECK(account.balance() == account.lines.sum());
    }
    ledger.tick({INT64_MAX});
    VD_CHECK(ledger.balance("host:web-1", {INT64_MAX}) >= 0);
    return 0;
}
