// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "rule/sigma/rule_set.h"

// Any bytes as a file of correlations and filters beside two rules: read, resolved, refused with a
// place and a reason; what is left refers to what is there, those that others use first.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::sigma;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const LoadedRules all =
        load_rule_set({{"a.yml",
                        "title: A\nid: a\nname: first\nlogsource: {product: x}\n"
                        "detection: {s: [a], condition: s}\n---\n"
                        "title: B\nid: b\nname: second\nlogsource: {product: x, service: y}\n"
                        "detection: {s: [b], condition: s}\n"},
                       {"r.yml", text}});
    for (const Refusal& refusal : all.refusals) VD_CHECK(!refusal.error.text.empty());
    for (std::size_t i = 0; i < all.correlations.size(); ++i) {
        const Correlation& one = all.correlations[i];
        VD_CHECK(one.members.size() == one.rules.size() && one.timespan_ns > 0 && one.level);
        VD_CHECK(!one.condition.empty() && !one.condition_words().empty());
        for (const Correlation::Member member : one.members) {
            VD_CHECK(member.index < (member.is_correlation ? i : all.rules.size()));
        }
    }
    for (const Rule& rule : all.rules) VD_CHECK(!rule.conditions.empty());
    return 0;
}
