// SPDX-License-Identifier: Apache-2.0
// A list's definition up to a line of "---8<---" and its file behind that; the same bytes also as a
// kept bundle. Whatever is taken as a list finds its own keys, and is the same after it was kept.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "event/lookup_bundle.h"

namespace {

using namespace vedette::event;

void check_list(const LookupList& list) {
    VD_CHECK(list.is_timed() || list.key_count() + list.repeated_count() >= list.row_count());
    for (std::size_t i = 0; i < list.key_count(); ++i) {
        const LookupList::Key key = list.key(i);
        VD_CHECK(key.row < list.row_count());
        const std::string value =
            key.network ? Network{key.network->address, 128}.text() : std::string(key.text);
        // A key of an IPv6 network within the long form of IPv4 is found by none of its addresses.
        const bool is_mapped =
            key.network && key.network->prefix_bits < kV4PrefixBits && key.network->address.is_v4();
        if (list.definition().match == ListMatch::domain && key.text.ends_with('.')) continue;
        if (!is_mapped) VD_CHECK(!list.find_all(value).empty());
        if (key.times.from < key.times.to && !is_mapped) {
            VD_CHECK(list.find(value, key.times.from).has_value());
        }
        for (std::size_t column = 0; column < list.definition().added.size(); ++column) {
            static_cast<void>(list.added(key.row, column));
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto bundle = decode_list_bundle(input)) VD_CHECK(encode(*bundle) == input);
    constexpr std::string_view kCut = "\n---8<---\n";
    const std::size_t cut = std::min(input.find(kCut), input.size());
    ListBundle bundle{std::string(input.substr(0, cut)), {}};
    bundle.file = input.substr(std::min(cut + kCut.size(), input.size()));
    const auto made = make_list(bundle, "fuzz.yml");
    if (!made) {
        VD_CHECK(!made.error().text.empty());
        return 0;
    }
    check_list(*made->list);
    const auto back = decode_list_bundle(encode(bundle));
    VD_CHECK(back && back->hash() == bundle.hash());
    const auto again = make_list(*back, "kept");
    VD_CHECK(again && again->list->key_count() == made->list->key_count());
    return 0;
}
