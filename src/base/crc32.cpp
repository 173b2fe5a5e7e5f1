// SPDX-License-Identifier: Apache-2.0
#include "base/crc32.h"

#include <zlib.h>

namespace vedette::base {

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) {
    return static_cast<std::uint32_t>(
        ::crc32_z(before, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

}  // namespace vedette::base
