// SPDX-License-Identifier: Apache-2.0
// Requests in both encodings: the first byte picks one ('j' for JSON). Every part that a request is
// taken apart into is a request again that is taken whole, and no log record gets lost.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "event/limits.h"
#include "source/otlp/request_cut.h"

namespace {

using namespace vedette;
using Cutter = base::Result<source::otlp::CutCounts> (*)(std::string_view, source::RecordChunks&);

std::vector<event::Chunk> chunks_of(Cutter cutter, std::string_view body,
                                    source::otlp::CutCounts& counts) {
    source::RecordChunks chunks(event::Envelope{});
    const auto cut = cutter(body, chunks);
    if (!cut) return {};
    counts = *cut;
    return chunks.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Cutter cutter = data[0] == 'j' ? source::otlp::cut_json : source::otlp::cut_protobuf;
    source::otlp::CutCounts counts;
    std::size_t seen = 0;
    for (const event::Chunk& chunk : chunks_of(cutter, body, counts)) {
        VD_CHECK(chunk.record_count() > 0 && chunk.record_count() <= event::kChunkRecordsMax);
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            VD_CHECK(chunk.record(i).size() <= event::kRecordBytesMax);
            source::otlp::CutCounts again;
            const auto whole = chunks_of(cutter, chunk.record(i), again);
            VD_CHECK(whole.size() == 1 && whole[0].record(0) == chunk.record(i));
            seen += again.log_records;
        }
    }
    VD_CHECK(seen == counts.log_records);
    return 0;
}
