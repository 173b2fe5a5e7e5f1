// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace vedette::base {

/// CRC-32 as gzip, PNG and Windows event logs have it, going on from `before`.
/// Source: ISO 3309, polynomial 0x04C11DB7 reflected
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

}  // namespace vedette::base
