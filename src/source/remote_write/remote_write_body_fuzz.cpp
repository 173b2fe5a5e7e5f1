// SPDX-License-Identifier: Apache-2.0
// A body as sent: a block of snappy (first byte 's'), or a request already opened. Every part that
// a request is taken apart into is a request again that is taken whole, and no sample gets lost.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "event/limits.h"
#include "source/remote_write/request_cut.h"
#include "source/remote_write/snappy_block.h"

namespace {

using namespace vedette;
using source::remote_write::CutCounts;

std::vector<event::Chunk> chunks_of(std::string_view body, CutCounts& counts) {
    source::RecordChunks chunks(event::Envelope{});
    const auto cut = source::remote_write::cut_request(body, chunks);
    if (!cut) return {};
    counts = *cut;
    return chunks.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kOpenedMax = 4u << 20;
    if (size == 0) return 0;
    std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 's') {
        auto opened = source::remote_write::opened_snappy(body, kOpenedMax);
        if (!opened) return 0;
        VD_CHECK(opened->size() <= kOpenedMax);
        body = std::move(*opened);
    }
    CutCounts counts;
    std::size_t seen = 0;
    for (const event::Chunk& chunk : chunks_of(body, counts)) {
        VD_CHECK(chunk.record_count() > 0 && chunk.record_count() <= event::kChunkRecordsMax);
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            VD_CHECK(chunk.record(i).size() <= event::kRecordBytesMax);
            CutCounts again;
            const auto whole = chunks_of(chunk.record(i), again);
            VD_CHECK(whole.size() == 1 && whole[0].record(0) == chunk.record(i));
            seen += again.samples;
        }
    }
    VD_CHECK(seen == counts.samples);
    return 0;
}
