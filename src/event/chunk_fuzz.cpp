// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "event/record.h"

// A chunk of the journal: whatever the bytes, decoding ends in a chunk or an error; the records of
// a chunk are its bytes cut once, and it encodes to what decodes to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::event;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto head = decode_chunk_head(bytes);
    std::string owned(bytes);
    const auto chunk = decode_chunk(owned);
    if (!chunk) {
        VD_CHECK(owned == bytes);  // what cannot be read is kept
        return 0;
    }
    VD_CHECK(head && head->record_count == chunk->record_count() && head->keys == chunk->keys &&
             head->position == chunk->position);
    std::string joined;
    for (std::size_t i = 0; i < chunk->record_count(); ++i) joined += chunk->record(i);
    VD_CHECK(joined == chunk->bytes);
    VD_CHECK(chunk->keys.empty() || chunk->keys.size() == chunk->record_count());
    VD_CHECK(chunk->flags.empty() || chunk->flags.size() == chunk->record_count());
    const std::string again = encode(*chunk);
    std::string consumed = again;
    const auto second = decode_chunk(consumed);
    VD_CHECK(second && encode(*second) == again);
    return 0;
}
