// SPDX-License-Identifier: Apache-2.0
#include "parse/confined_decoder.h"

#include "base/check.h"
#include "event/schema.h"
#include "parse/decode_job.h"

namespace vedette::parse {

ConfinedDecoder::ConfinedDecoder(std::unique_ptr<Decoder> inside, event::FieldDictionary& fields,
                                 sandbox::Pool& workers)
    : inside_(std::move(inside)), workers_(workers), reader_(fields) {
    const auto field = fields.intern("error.message");
    VD_CHECK(field.has_value());
    reason_ = *field;
}

void ConfinedDecoder::begin_chunk(const event::Chunk& chunk) {
    has_answer_ = false;
    if (chunk.record_count() < 2) return;  // a single record is asked for when it comes
    const std::string bytes = event::encode(chunk);
    auto answer = workers_.gather(kDecodeJob, {{}, bytes});
    if (!answer) return;
    reader_.begin(std::move(*answer));
    has_answer_ = true;
}

void ConfinedDecoder::decode(std::string_view record, const event::Envelope& envelope,
                             RowSink& sink) {
    if (!has_answer_) {
        decode_alone(record, envelope, sink);
    } else if (const char* const reason = reader_.read_record(record, sink)) {
        has_answer_ = false;
        add_unread(record, reason, sink);
    }
}

void ConfinedDecoder::decode_alone(std::string_view record, const event::Envelope& envelope,
                                   RowSink& sink) {
    event::Chunk chunk;
    chunk.envelope = envelope;
    chunk.add_record(record);
    const std::string bytes = event::encode(chunk);
    auto answer = workers_.gather(kDecodeJob, {{}, bytes});
    if (!answer) {
        add_unread(record, answer.error().message(), sink);
        return;
    }
    reader_.begin(std::move(*answer));
    if (const char* const reason = reader_.read_record(record, sink)) {
        add_unread(record, reason, sink);
    }
}

void ConfinedDecoder::add_unread(std::string_view record, const std::string& reason,
                                 RowSink& sink) {
    std::string clean;  // of what a worker said
    append_valid_utf8(clean, reason);
    sink.row(record).flags |= event::kRowNotDecoded;
    event::Batch& batch = sink.batch();
    batch.add(event::ecs::kMessage, "a record cannot be read: " + clean);
    batch.add(reason_, clean);
}

void ConfinedDecoder::finish(event::Batch& batch, std::span<const std::uint32_t> rows) {
    inside_->finish(batch, rows);
}

}  // namespace vedette::parse
