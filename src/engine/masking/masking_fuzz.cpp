// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "engine/masking/pseudonym.h"
#include "engine/masking/record_mask.h"

// The first line is a value, the rest a record: what is found is replaced, and then not found
// again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::engine::masking;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string value(text.substr(0, text.find('\n')));
    const std::string_view record = text.substr(std::min(text.size(), value.size() + 1));
    const std::vector<Secret> secrets = {{value, "#"}};
    const auto places = find_secrets(record, secrets);
    if (places) {
        std::size_t before = 0;
        for (const Occurrence& place : *places) {
            VD_CHECK(place.begin >= before && place.end > place.begin &&
                     place.end <= record.size());
            before = place.end;
        }
        static_cast<void>(replaced(record, *places, secrets));
    }
    for (const Method method : {Method::hash, Method::redact, Method::partial}) {
        const std::string mask = masked(value, method, "key");
        VD_CHECK(mask.empty() == value.empty());
    }
    return 0;
}
