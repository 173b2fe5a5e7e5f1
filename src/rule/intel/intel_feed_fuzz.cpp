// SPDX-License-Identifier: Apache-2.0
// A feed in any format: the first byte says which. Whatever is taken is found again by its own
// value, and the set comes back from its keys unchanged.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "rule/intel/feed_reader.h"
#include "rule/intel/indicator_index.h"
#include "rule/intel/stix_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::intel;
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    FeedSettings settings;
    settings.name = "fuzz";
    settings.format = static_cast<FeedFormat>(data[0] % 5);
    const int type = data[0] / 5 % 16;
    if (type > 0 && type <= static_cast<int>(kIndicatorTypes)) {
        settings.type = static_cast<IndicatorType>(type - 1);
    }
    if (data[0] >= 160) settings.columns = {{"value", "1"}, {"label", "2"}, {"from", "3"}};
    static_cast<void>(read_stix_pattern(text));
    static const WarningLists warnings = WarningLists::built_in();
    auto read = read_feed(settings, warnings, "fuzz", text);
    if (!read) {
        VD_CHECK(!read.error().text.empty());
        return 0;
    }
    VD_CHECK(read->report.taken == read->set.size());
    const auto set = std::make_shared<const FeedSet>(std::move(read->set));
    const IndicatorIndex index({set});
    std::size_t seen = 0;
    set->for_each([&](const IndicatorView& view) {
        ++seen;
        const std::string shown = value_text(view.type, view.key);
        std::string room;
        const auto again = make_key(view.type, shown, room);
        VD_CHECK(again && *again == view.key);
        std::vector<IndicatorIndex::Hit> hits;
        index.find(view.type, view.key, hits);
        VD_CHECK(hits.size() == 1 && hits[0].indicator.key == view.key);
        VD_CHECK(!warnings.keeps_out(view.type, view.key));
        VD_CHECK(view.confidence <= 100 && (view.until_s == 0 || view.until_s > view.from_s));
    });
    VD_CHECK(seen == set->size());
    return 0;
}
