// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "learn/keyed_store/keyed_store.h"
#include "learn/keyed_store/test_counted.h"
#include "learn/test_restored.h"

// The bytes are what stands behind the settings.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::learn;
    using Store = KeyedStore<CountedWarm, CountedHot>;
    const KeyedStoreSettings settings = {
        .budget_bytes = Store::kBudgetBytesMin, .warm_from = 1, .hot_from = 3};
    const auto make = [&] { return Store(settings); };
    std::string bytes;
    StateWriter out(bytes);
    make().save(out);
    constexpr std::size_t kSettingsBytes = 8 + 8 + 4 + 8 + 8 + 8;
    bytes.resize(kSettingsBytes);
    bytes.append(reinterpret_cast<const char*>(data), size);
    auto store = restored_or_refused(make, bytes);
    if (!store) return 0;
    for (std::uint64_t i = 0; i < 2'000; ++i) {
        const base::Timestamp time{static_cast<std::int64_t>(i % 7) * 1'000'000'000'000'000'000};
        const auto place = store->touch(mix_bits(i % 900), time);
        VD_CHECK((place.warm != nullptr) == (place.tier == Tier::warm));
        VD_CHECK((place.hot != nullptr) == (place.tier == Tier::hot));
    }
    VD_CHECK(store->check_invariants().has_value());
    return 0;
}
