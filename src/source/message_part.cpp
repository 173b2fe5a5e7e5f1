// SPDX-License-Identifier: Apache-2.0
#include "source/message_part.h"

namespace vedette::source {

std::size_t message_part_size(std::string_view bytes) {
    for (std::size_t back = 1; back <= 4 && back < bytes.size(); ++back) {
        const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
        if ((byte & 0xC0) == 0x80) continue;
        const std::size_t wanted = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        return wanted > back ? bytes.size() - back : bytes.size();
    }
    return bytes.size();
}

}  // namespace vedette::source
