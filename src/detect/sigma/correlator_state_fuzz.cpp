// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "detect/sigma/correlator.h"
#include "detect/sigma/limits.h"
#include "rule/sigma/rule_set.h"

// A saved state may be anything behind its checksum: it is refused, or comes out of its own
// encoding unchanged and can be lived with. The bytes are what stands between fingerprint and
// checksum.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::detect::sigma;
    const auto loaded = rule::sigma::load_rule_set(
        {{"r.yml",
          "title: A\nid: a\nlogsource: {product: x}\ndetection: {s: [a], condition: s}\n---\n"
          "title: B\nid: b\nlogsource: {product: x}\ndetection: {s: [b], condition: s}\n---\n"
          "title: C\nid: c\ncorrelation: {type: event_count, rules: [a, b], group-by: [ip], "
          "timespan: 10s, condition: {gte: 2}}\n---\n"
          "title: D\nid: d\ncorrelation: {type: temporal_ordered, rules: [c, b], timespan: 1m}\n"
          "---\n"
          "title: E\nid: e\ncorrelation: {type: value_avg, rules: [a], group-by: [ip], timespan: "
          "1m, condition: {field: n, lt: 5}}\n---\n"
          "title: F\nid: f\ncorrelation: {type: value_count, rules: [b], timespan: 1m, condition: "
          "{field: [n, ip], gte: 2}}\n"}});
    const auto make = [&] {
        return Correlator(loaded.rules, loaded.correlations, kCorrelationBytesMax);
    };
    Correlator correlator = make(), second = make();
    const std::size_t head = 1 + sizeof(std::uint64_t);
    std::string state = correlator.save().substr(0, head);
    state.append(reinterpret_cast<const char*>(data), size);
    base::put(state, base::hash64(state));
    if (!correlator.restore(state)) return 0;
    const std::string saved = correlator.save();
    VD_CHECK(second.restore(saved) && second.save() == saved);
    VD_CHECK(second.memory_bytes() == correlator.memory_bytes());
    const detect::FindingSink look = [](const cases::Finding& finding) {
        VD_CHECK(!finding.reasons.empty() && !finding.events.empty());
    };
    for (std::uint32_t i = 0; i < 6; ++i) {
        HitRecord record;
        record.rule = i % 2;
        record.id = {i, 0};
        record.time.unix_ns = record.due.unix_ns = static_cast<std::int64_t>(i) * 1'000'000'000;
        record.values.assign(correlator.plan().fields_of(record.rule).size(),
                             std::vector<std::string>{"7"});
        correlator.observe(std::move(record), look);
        correlator.tick({static_cast<std::int64_t>(i) * 60'000'000'000}, look);
    }
    correlator.finish(look);
    return 0;
}
