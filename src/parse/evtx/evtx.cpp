// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include "base/check.h"
#include "event/schema.h"
#include "parse/evtx/chunk.h"
#include "parse/evtx/limits.h"
#include "parse/evtx/renderer.h"
#include "parse/registry.h"
#include "parse/windows_event_xml.h"
#include "parse/windows_map.h"

namespace vedette::parse {

namespace evtx {
namespace {

/// Times that a damaged record may have: 1990 to 2100.   Units: FILETIME
constexpr std::uint64_t kWrittenMin = 122'757'984'000'000'000;
constexpr std::uint64_t kWrittenMax = 157'469'184'000'000'000;
constexpr std::int64_t kTicksTo1970 = 116'444'736'000'000'000;
constexpr std::int64_t kNsPerTick = 100;

class EvtxDecoder final : public Decoder {
  public:
    explicit EvtxDecoder(event::FieldDictionary& fields)
        : renderer_(fields), xml_(fields), map_(fields) {
        const auto field = [&](std::string_view name) {
            const auto made = fields.intern(name);
            VD_CHECK(made.has_value());
            return *made;
        };
        record_id_ = field("EventRecordID");
        reason_ = field("error.message");
        checksum_ = field("evtx.checksum");
    }

    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        // The raw text of our own rows is XML: history is decoded from that.
        if (record.starts_with('<')) {
            xml_.decode(record, sink);
            return;
        }
        const ChunkHeader header = read_chunk_header(record);
        renderer_.begin_chunk(record);
        RecordWalk walk(record, header);
        std::size_t rows = 0;
        while (const auto place = walk.next()) {
            ++rows;
            if (place->damage != nullptr) {
                add_damaged(record, *place, place->damage, sink);
            } else {
                add_record(record, *place, header, sink);
            }
        }
        if (rows == 0 && !header.is_sound) {
            add_damaged(record, {0, record.size()}, "the chunk has no readable record", sink);
        }
    }

    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        decoded_.clear();
        for (const std::uint32_t row : rows) {
            if ((batch.rows()[row].flags & event::kRowNotDecoded) == 0) decoded_.push_back(row);
        }
        map_.map(batch, decoded_);
    }

  private:
    void add_record(std::string_view chunk, const RecordPlace& place, const ChunkHeader& header,
                    RowSink& sink) {
        sink.row(chunk.substr(place.begin, place.size));
        const char* const reason =
            renderer_.render(place.begin + kRecordHeaderBytes, place.begin + place.size - 4, sink);
        if (reason != nullptr) {
            sink.drop_row();
            add_damaged(chunk, place, reason, sink);
            return;
        }
        sink.set_raw(renderer_.xml());
        event::Batch& batch = sink.batch();
        event::Row& row = batch.rows().back();
        if (renderer_.is_truncated()) row.flags |= event::kRowTruncated;
        if (renderer_.has_overflow()) row.flags |= event::kRowOverflow;
        if (header.is_content_wrong) batch.add(checksum_, "wrong");
    }

    void add_damaged(std::string_view chunk, const RecordPlace& place, const char* reason,
                     RowSink& sink) {
        event::Row& row = sink.row(chunk.substr(place.begin, place.size));
        row.flags |= event::kRowNotDecoded;
        if (place.written >= kWrittenMin && place.written <= kWrittenMax) {
            const auto ticks = static_cast<std::int64_t>(place.written) - kTicksTo1970;
            set_time(row, {ticks * kNsPerTick});
        }
        std::string message = "an event record cannot be read: ";
        message += reason;
        event::Batch& batch = sink.batch();
        batch.add(event::ecs::kMessage, message);
        batch.add(reason_, reason);
        if (place.id != 0) {
            batch.add(record_id_, std::to_string(place.id), event::ValueKind::integer);
        }
    }

    Renderer renderer_;
    WindowsEventXml xml_;
    WindowsMap map_;
    event::FieldId record_id_, reason_, checksum_;
    std::vector<std::uint32_t> decoded_;
};

/// A file by its header, or by its first chunk if the header is damaged; or chunks without a file.
int recognise_evtx(std::string_view head) {
    const auto has_chunk_at = [&](std::size_t at) {
        return head.size() >= at && head.substr(at).starts_with(kChunkMagic);
    };
    return head.starts_with(kFileMagic) || has_chunk_at(0) || has_chunk_at(kFileHeaderBytes) ? 100
                                                                                             : 0;
}

}  // namespace
}  // namespace evtx

void register_evtx(Registry& registry) {
    Format format;
    event::Framing& framing = format.declaration.framing;
    framing.kind = event::Framing::Kind::blocks;
    framing.blocks = {std::string(evtx::kFileMagic), std::string(evtx::kChunkMagic),
                      evtx::kFileHeaderBytes, evtx::kChunkBytes};
    format.declaration.name = "evtx";
    format.declaration.recognise_head = evtx::recognise_evtx;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<evtx::EvtxDecoder>(fields);
    };
    format.is_confined = true;
    format.summary = "Windows event log files (EVTX), damaged ones too";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
