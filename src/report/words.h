// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "cases/finding.h"
#include "cases/incident.h"

/// Numbers, times and statements in the words of people, the same in every format.
namespace vedette::report {

/// "1,234,567"
std::string count_text(std::uint64_t count);
/// "1 finding", "1,234 findings"
std::string count_text(std::uint64_t count, std::string_view noun);
/// "812 bytes", "3.4 MB" (powers of 1,000)
std::string bytes_text(std::uint64_t bytes);
/// "0.82 s", "3 min 20 s", "2 h 5 min"
std::string duration_text(double seconds);
/// "11.8 bits"
std::string bits_text(double bits);

/// Which clock on the wall the reader looks at.
enum class Zone { utc, local };

/// "2026-11-22 16:03:00 UTC", or with the machine's offset: "2026-11-22 18:03:00 +02:00".
std::string time_text(base::Timestamp time, Zone zone);
/// "2026-11-22 16:03:00 to 16:09:12 UTC"; one time where both are in the same second.
std::string span_text(base::Timestamp first, base::Timestamp last, Zone zone);

/// "HIGH"
std::string_view level_word(cases::Severity severity);
/// "hosts", "users", "addresses", ...
std::string_view plural(event::EntityType type);

/// "2 high, 1 medium" of counts by severity, highest first; empty if there are none.
std::string levels_text(const std::vector<std::uint64_t>& counts);

/// A reason taken apart for a sentence: FIELD was VALUE LINK EXPECTED.
struct ReasonWords {
    std::string_view field, value;
    std::string_view link;      ///< ", as the rule asks", "; usual for itself is"; may be empty
    std::string_view expected;  ///< empty where the link says it all
};
ReasonWords words_of(const cases::Reason& reason);

/// The reasons worth showing first: most bits, ties in their own order.
std::vector<const cases::Reason*> strongest_reasons(const std::vector<cases::Reason>& reasons,
                                                    std::size_t count_max);

/// "20.1 in the ledger"; empty where that is what the incident's own bits say.
std::string ledger_text(const cases::Incident& incident);

/// Most evidence in the ledger first, then the most severe, most bits, earliest, smaller id.
std::vector<const cases::Incident*> in_order_of_weight(
    const std::vector<cases::Incident>& incidents);

/// A piece of a raw record.
struct Span {
    std::size_t begin = 0, size = 0;
    bool operator==(const Span&) const = default;
};
/// Where the values that decided stand in the raw record, rising and apart. A short value counts
/// only behind its field's name, because "1" stands everywhere.
std::vector<Span> matched_spans(std::string_view raw, const std::vector<cases::Reason>& reasons);

}  // namespace vedette::report
