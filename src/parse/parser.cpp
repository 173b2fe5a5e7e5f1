// SPDX-License-Identifier: Apache-2.0
#include "parse/parser.h"

#include "base/check.h"
#include "event/blank_record.h"
#include "parse/row_sink.h"

namespace vedette::parse {

struct Parser::Impl {
    Impl(const Registry& registry, event::FieldDictionary& fields, sandbox::Pool* workers)
        : formats(registry, fields, workers) {}

    /// Hands the full batch over; what follows starts an empty one.
    void cut(event::Batch& batch, const std::function<void(event::Batch&)>& full) {
        formats.finish(batch);
        full(batch);
        batch.clear();
    }

    FormatTable formats;
    std::map<std::string, event::FieldBudget, std::less<>> budgets;  // by name of the source
};

Parser::Parser(const Registry& registry, event::FieldDictionary& fields, sandbox::Pool* workers)
    : impl_(std::make_unique<Impl>(registry, fields, workers)) {}

Parser::~Parser() = default;

void Parser::parse(const std::shared_ptr<const event::Chunk>& chunk, std::uint64_t offset,
                   event::Batch& batch, std::size_t rows_max,
                   const std::function<void(event::Batch&)>& full) {
    VD_CHECK(rows_max > 0);
    const event::Envelope& envelope = chunk->envelope;
    Decoder* const decoder = impl_->formats.find(envelope.format);
    const auto cut = [&] { impl_->cut(batch, full); };
    ChunkRows rows(impl_->formats, chunk, offset, impl_->budgets[envelope.source], batch, rows_max,
                   cut);
    if (decoder != nullptr) decoder->begin_chunk(*chunk);
    for (std::size_t i = 0; i < chunk->record_count(); ++i) {
        if (const auto blank = event::blank_rows(*chunk, i)) {
            rows.skip_rows(*blank);
            continue;
        }
        rows.begin_record(i, decoder);
        if (decoder != nullptr) {
            decoder->decode(chunk->record(i), rows.envelope(), rows);
        } else {
            add_message_row(chunk->record(i), rows);
        }
    }
    rows.end_chunk();
}

void Parser::finish(event::Batch& batch) { impl_->formats.finish(batch); }

}  // namespace vedette::parse
