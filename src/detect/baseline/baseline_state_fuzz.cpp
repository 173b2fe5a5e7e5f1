// SPDX-License-Identifier: Apache-2.0
// A saved state of baselines: it restores or is refused, and what restored goes on working and
// saves to bytes that restore to the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "detect/baseline/baseline.h"

namespace {

using namespace vedette;
using detect::baseline::BaselineDetector;
using detect::baseline::Behaviour;

constexpr std::string_view kCount =
    "analytic: c\ntitle: t\nentity: {user: user.name}\nmeasure: count\nwindows: [1h]\n"
    "sentence: '{entity} {observed}'\n";
constexpr std::string_view kTravel =
    "analytic: t\ntitle: t\nentity: {user: user.name}\nmeasure: {travel_speed: [lat, lon]}\n"
    "sentence: '{entity}'\n";
constexpr std::string_view kSeries =
    "analytic: s\ntitle: t\nentity: {series: user.name}\nmeasure: {series: lon}\n"
    "sentence: '{entity}'\n";

constexpr std::string_view kSequence =
    "analytic: q\ntitle: t\nentity: {user: user.name}\nmeasure: {sequence: lon}\n"
    "sentence: '{entity}'\n";

constexpr std::string_view kVector =
    "analytic: v\ntitle: t\nentity: {user: user.name}\nmeasure: {vector: [count, {sum: lon}]}\n"
    "windows: [1h]\nsentence: '{entity} {value}'\n";

BaselineDetector detector() {
    std::vector<Behaviour> behaviours;
    for (const std::string_view text : {kCount, kTravel, kSeries, kSequence, kVector}) {
        auto analytic = rule::analytic::read_analytic("a.yml", text);
        VD_CHECK(analytic.has_value());
        auto behaviour = Behaviour::make(std::move(*analytic));
        VD_CHECK(behaviour.has_value());
        behaviours.push_back(std::move(*behaviour));
    }
    constexpr std::size_t kLeast = 256u << 10;
    return BaselineDetector(std::move(behaviours),
                            {kLeast, kLeast, kLeast, kLeast, kLeast, kLeast, kLeast, kLeast});
}

void go_on(detect::Detector& detector) {
    event::FieldDictionary fields;
    event::Batch batch(fields);
    for (int i = 0; i < 20; ++i) {
        event::Row& row = batch.add_row();
        row.id = {static_cast<std::uint64_t>(i), 0};
        row.time = {i * base::kNsPerSecond * 600};
        row.origin = batch.origin_index({"s", "o"});
        row.dataset = batch.dataset_index("d");
        batch.add(*fields.intern("user.name"), "ann");
        batch.add(*fields.intern("lat"), "1");
        batch.add(*fields.intern("lon"), std::to_string(i));
    }
    const auto sink = [](const cases::Finding& finding) { VD_CHECK(!finding.id.empty()); };
    detector.observe(batch, sink);
    detector.tick({base::kNsPerDay}, sink);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    BaselineDetector first = detector();
    if (!first.restore({reinterpret_cast<const char*>(data), size})) return 0;
    const std::string saved = first.save();
    BaselineDetector second = detector();
    VD_CHECK(second.restore(saved).has_value());
    VD_CHECK(second.save() == saved);
    go_on(second);
    BaselineDetector third = detector();
    VD_CHECK(third.restore(second.save()).has_value());
    return 0;
}
