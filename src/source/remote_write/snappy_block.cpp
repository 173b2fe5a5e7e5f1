// SPDX-License-Identifier: Apache-2.0
#include "source/remote_write/snappy_block.h"

#include <snappy.h>

#include "source/remote_write/limits.h"

namespace vedette::source::remote_write {

using base::ErrorCode;

base::Result<std::string> opened_snappy(std::string_view block, std::size_t size_max) {
    std::size_t size = 0;
    const bool has_size = snappy::GetUncompressedLength(block.data(), block.size(), &size);
    if (!has_size || size > kSnappyRatioMax * block.size() + kSnappyBytesAlways) {
        return base::fail(ErrorCode::bad_input, "the body is no block of snappy", "request",
                          "send snappy's block format, not its framed one");
    }
    if (size > size_max) {
        return base::fail(ErrorCode::limit,
                          "more than " + std::to_string(size_max) + " bytes come out of the body",
                          "request", "send smaller requests");
    }
    std::string out(size, '\0');
    if (!snappy::RawUncompress(block.data(), block.size(), out.data())) {
        return base::fail(ErrorCode::bad_input, "the body is a damaged block of snappy", "request");
    }
    return out;
}

}  // namespace vedette::source::remote_write
