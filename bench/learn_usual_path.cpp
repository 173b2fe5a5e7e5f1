// SPDX-License-Identifier: Apache-2.0
// What an event with ten features costs on the usual path (usual_path.h), on a state that holds
// everybody.

#include <memory>
#include <span>
#include <vector>

#include "bench/learn_report.h"
#include "bench/usual_path.h"
#include "learn/random.h"

namespace vedette::bench {

namespace {

constexpr std::uint64_t kPathEvents = 200'000;
constexpr std::uint32_t kPathEntities = 20'000;
constexpr std::int64_t kPathGapNs = 2'000'000;  // five hundred a second, all of one company

std::vector<UsualPath::Event> make_path_events() {
    learn::Random random(2);
    std::vector<UsualPath::Event> out(kPathEvents);
    for (UsualPath::Event& event : out) {
        // Half the events are those of a tenth of the entities.
        event.entity = random.below(random.below(2) == 0 ? kPathEntities / 10 : kPathEntities);
        for (double& number : event.numbers) number = 5 + random.exponential();
        for (std::uint32_t& value : event.values) value = random.below(1 + random.below(200));
    }
    return out;
}

}  // namespace

double measure_usual_path(LearnReport& report) {
    const std::vector<UsualPath::Event> events = make_path_events();
    const auto path = std::make_unique<UsualPath>(256u << 20, 1);
    std::int64_t now_ns = 1'764'000'000ll * base::kNsPerSecond;
    for (std::size_t i = 0; i < 10'000; ++i) {
        path->learn_peers(events[i], {now_ns += base::kNsPerSecond});
    }
    return report.measure(
        "usual path, an event with ten features", sizeof(UsualPath::Profile), kPathEvents, [&] {
            constexpr std::size_t kBatch = 2'000;
            for (std::size_t i = 0; i < events.size(); i += kBatch) {
                report.use(
                    path->observe(std::span(events).subspan(i, kBatch), {now_ns}, kPathGapNs));
                now_ns += kPathGapNs * static_cast<std::int64_t>(kBatch);
            }
        });
}

}  // namespace vedette::bench
