// SPDX-License-Identifier: Apache-2.0
#include "parse/clock_hints.h"

#include <charconv>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>

#include "base/hash.h"
#include "base/log.h"
#include "parse/line_time.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

/// Zones by the hash of their file, or by their offset. They never change or go, so that all
/// threads may share them and keep what they were given.
struct Zones {
    std::mutex mutex;
    std::map<std::string, std::unique_ptr<const TimeZone>, std::less<>> known;
    std::set<std::string, std::less<>> missed;  // told once each
};

Zones& zones() {
    static Zones all;
    return all;
}

/// Names of missing zones that are remembered; a journal has a few.
constexpr std::size_t kMissedZonesMax = 1'000;

/// nullptr for what is neither an offset nor was remembered: its file is gone from beside the
/// journal. Times are read as UTC then, which the log has to say.
const TimeZone* find_zone(std::string_view text) {
    const std::string_view key = text.substr(text.find('@') + 1);
    const auto offset_s = zone_offset_s(text);
    Zones& all = zones();
    const std::lock_guard lock(all.mutex);
    if (const auto found = all.known.find(key); found != all.known.end()) {
        return found->second.get();
    }
    if (!offset_s) {
        if (all.missed.size() < kMissedZonesMax && all.missed.emplace(text).second) {
            base::log::error("clocks.zone_missing", {{"zone", std::string(text)}});
        }
        return nullptr;
    }
    auto fixed = std::make_unique<const TimeZone>(TimeZone::fixed(*offset_s));
    return all.known.emplace(std::string(key), std::move(fixed)).first->second.get();
}

}  // namespace

base::Result<std::string> remember_zone(std::string_view bytes) {
    std::string hash = base::hash128(bytes).hex();
    VD_TRY(TimeZone zone, TimeZone::read(bytes, hash));
    Zones& all = zones();
    const std::lock_guard lock(all.mutex);
    all.known.try_emplace(hash, std::make_unique<const TimeZone>(std::move(zone)));
    return hash;
}

ClockHints read_clock_hints(std::string_view clock) {
    ClockHints hints;
    TextScanner scanner(clock);
    while (!scanner.is_at_end()) {
        TextScanner pair(scanner.word());
        if (pair.skip("year=") && pair.rest().size() == 4 && is_digits(pair.rest(), 4)) {
            hints.year = static_cast<int>(*to_number(pair.rest()));
        } else if (pair.skip("zone=")) {
            hints.zone = find_zone(pair.rest());
        } else if (pair.skip("ahead_ms=")) {
            const std::string_view text = pair.rest();
            std::from_chars(text.data(), text.data() + text.size(), hints.ahead_ms);
            if (std::abs(hints.ahead_ms) > kAheadMsMax) hints.ahead_ms = 0;
        }
    }
    return hints;
}

}  // namespace vedette::parse
