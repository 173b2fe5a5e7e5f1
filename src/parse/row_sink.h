// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "event/record.h"
#include "event/told.h"
#include "parse/decoder.h"
#include "parse/registry.h"

namespace vedette::sandbox {
class Pool;
}

namespace vedette::parse {

/// The decoders of one parser, made on first use, each with the rows it has yet to finish.
class FormatTable {
  public:
    /// Formats that ask for it are decoded by `workers`, unless there are none.
    FormatTable(const Registry& registry, event::FieldDictionary& fields, sandbox::Pool* workers);

    /// The decoder of a format, else that of plain text, else nullptr (a build without it). A
    /// pinned format that is not found has the decoder of missing definitions.
    Decoder* find(std::string_view format);
    /// The decoder that answers to an inner hint, or nullptr.
    Decoder* find_inner(std::string_view hint);
    /// The decoder whose text begins like `bytes`, or nullptr.
    Decoder* find_start(std::string_view bytes);

    /// The format of a decoder that find() gave.
    std::string_view name(const Decoder* decoder) const;

    /// Notes that `decoder` had a part in a row.
    void claim(const Decoder* decoder, std::uint32_t row);
    /// Notes that the clock which told a row's time was ahead; ascending rows.
    void claim_ahead(std::uint32_t row, std::int64_t ahead_ns) {
        ahead_.push_back({row, ahead_ns});
    }
    /// Forgets a row that was taken back.
    void forget(std::uint32_t row);
    /// Forgets the rows of a batch that was emptied without having been read.
    void forget_all();
    /// Runs the finishing passes over the rows that have not seen them.
    void finish(event::Batch& batch);

  private:
    struct Entry {
        const Format* format = nullptr;
        std::unique_ptr<Decoder> decoder;
        std::vector<std::uint32_t> rows;          // of the batch that is being filled, ascending
        std::shared_ptr<const Format> kept = {};  // of a pinned one
        std::string pinned_name = {};
    };
    /// A row whose time has to be set back, because its source's clock is ahead.
    struct Ahead {
        std::uint32_t row;
        std::int64_t ns;
    };
    Decoder* made(Entry& entry);
    Decoder* find_pinned(std::string_view name);
    Entry* find_entry(std::string_view name);

    const Registry& registry_;
    event::FieldDictionary& fields_;
    sandbox::Pool* const workers_;
    std::vector<Entry> entries_;  // by name; behind them the pinned ones as they were met
    std::vector<std::pair<std::string_view, std::size_t>> starts_;  // inner_starts and their entry
    std::vector<Ahead> ahead_;  // of the batch that is being filled
};

/// The rows of one chunk on their way into batches: numbers them and cuts the batches.
class ChunkRows final : public RowSink {
  public:
    ChunkRows(FormatTable& formats, std::shared_ptr<const event::Chunk> chunk, std::uint64_t offset,
              event::FieldBudget& budget, event::Batch& batch, std::size_t rows_max,
              std::function<void()> cut);

    /// The chunk's envelope as decoders see it: without what the transport told.
    const event::Envelope& envelope() const { return is_told_ ? plain_ : chunk_->envelope; }

    /// The next rows belong to record `index` and are `decoder`'s (or nobody's).
    void begin_record(std::size_t index, const Decoder* decoder);
    /// Keeps the numbers of rows that are no more (event/blank_record.h) taken.
    void skip_rows(std::uint32_t count) { next_row_ += count; }
    /// Cuts the batch if the last rows have filled it.
    void end_chunk();

    event::Batch& batch() override { return batch_; }
    event::Row& row(std::string_view raw) override;
    void set_raw(std::string_view text) override;
    void drop_row() override;
    bool inner(std::string_view hint, std::string_view bytes) override;
    event::FieldBudget& field_budget() override { return budget_; }

  private:
    void cut_if_full();
    void read_told();
    void add_told(event::Row& row);

    FormatTable& formats_;
    const std::shared_ptr<const event::Chunk> chunk_;  // shared with every batch that has its rows
    const std::uint64_t offset_;
    event::FieldBudget& budget_;
    event::Batch& batch_;
    const std::size_t rows_max_;
    const std::function<void()> cut_;
    std::size_t record_ = 0;
    const Decoder* decoder_ = nullptr;
    std::uint32_t next_row_ = 0;  // number of the next row within the chunk
    std::uint16_t origin_ = 0;    // the chunk's origin in the current batch
    std::uint32_t dataset_ = 0;   // the format's own data set in the current batch
    bool is_pinned_ = false;      // whether the current batch knows the chunk
    int depth_ = 0;               // of inner formats
    std::int64_t ahead_ns_ = 0;   // of the source's clock
    bool is_told_ = false;        // there is something beside the bytes
    event::Told told_;
    std::vector<event::FieldId> told_fields_;  // kNoField: the source's budget is used up
    event::Envelope plain_;                    // where is_told_
};

}  // namespace vedette::parse
