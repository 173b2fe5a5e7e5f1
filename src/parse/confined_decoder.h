// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "parse/registry.h"
#include "parse/row_wire.h"
#include "sandbox/pool.h"

namespace vedette::parse {

/// The decoder of a format that is read in confined workers (Format::is_confined): a chunk goes to
/// a worker as a whole, its rows come back; what the rows mean is found here (finish()).
///
/// If that fails twice its records go one by one, each again tried twice: what kills a worker is
/// then one record, which becomes a row that is not decoded, with its bytes and the reason, and the
/// others are decoded. No row is lost or made twice whenever workers are killed.
/// Does not promise: inner formats, in either direction.
/// Lives: `workers` and `fields` outlive it.   Cost: the decoding, some 20 us a chunk, and three
/// copies of its bytes and rows.
class ConfinedDecoder final : public Decoder {
  public:
    ConfinedDecoder(std::unique_ptr<Decoder> inside, event::FieldDictionary& fields,
                    sandbox::Pool& workers);

    void attach(const Registry& registry, event::FieldDictionary& fields) override {
        inside_->attach(registry, fields);
    }
    void begin_chunk(const event::Chunk& chunk) override;
    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override;
    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override;

  private:
    void decode_alone(std::string_view record, const event::Envelope& envelope, RowSink& sink);
    void add_unread(std::string_view record, const std::string& reason, RowSink& sink);

    const std::unique_ptr<Decoder> inside_;
    sandbox::Pool& workers_;
    event::FieldId reason_;
    RowReader reader_;
    bool has_answer_ = false;  // reader_ stands before the rows of the next record
};

}  // namespace vedette::parse
