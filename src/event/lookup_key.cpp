// SPDX-License-Identifier: Apache-2.0
#include "event/lookup_key.h"

#include <cstring>

#include "event/lookup_limits.h"
#include "event/lower_case.h"

namespace vedette::event {

FoldedText::FoldedText(std::string_view value) {
    if (value.size() <= room_.size()) {
        unsigned char seen = 0;
        for (std::size_t i = 0; i < value.size(); ++i) {
            const char c = value[i];
            seen |= static_cast<unsigned char>(c);
            room_[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
        text_ = {room_.data(), value.size()};
        if (seen < 0x80) return;
    }
    text_ = lower_case(value, longer_);
}

NetworkKey::NetworkKey(const Network& network) {
    bytes_[0] = static_cast<char>(network.prefix_bits);
    std::memcpy(bytes_.data() + 1, network.address.bytes.data(), network.address.bytes.size());
}

Network NetworkKey::read(std::string_view key) {
    Network network;
    network.prefix_bits = static_cast<unsigned char>(key[0]);
    std::memcpy(network.address.bytes.data(), key.data() + 1, network.address.bytes.size());
    return network;
}

std::optional<std::string_view> domain_key(std::string_view folded) {
    if (folded.ends_with('.')) folded.remove_suffix(1);
    if (folded.empty() || folded.size() > kDomainBytesMax || folded[0] == '.') return std::nullopt;
    return folded;
}

}  // namespace vedette::event
