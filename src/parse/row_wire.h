// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "event/batch.h"
#include "event/record.h"
#include "parse/decoder.h"
#include "sandbox/jobs.h"

namespace vedette::parse {

/// Rows on their way out of a confined process, record by record; RowReader makes them rows again.
///
/// A record is its rows, each 'R' raw flags time values, then 'E'. A value is the number of its
/// name, its kind and its text; a name is sent with its first value. What linked cells borrow is
/// sent as text of its own.
/// Does not promise: inner formats and data sets, which are the affair of the other side.
/// Threads: one at a time.
class RowWriter final : public RowSink {
  public:
    /// Lives: all three outlive it; records lie in the bytes of `chunk`.
    RowWriter(event::FieldDictionary& fields, const event::Chunk& chunk, sandbox::Output& output);

    /// The next rows belong to record `index`.
    void begin_record(std::size_t index);
    /// Errors: io (nobody wants the rows any more).
    base::Result<void> end_record();
    /// Sends what is left. Errors: as end_record().
    base::Result<void> end();

    event::Batch& batch() override { return batch_; }
    event::Row& row(std::string_view raw) override;
    void set_raw(std::string_view text) override;
    void drop_row() override;
    bool inner(std::string_view, std::string_view) override { return false; }
    event::FieldBudget& field_budget() override { return budget_; }

  private:
    void write_rows();
    void write_row(std::uint32_t row);
    void write_value(std::string_view name, event::FieldId field, event::ValueKind kind,
                     std::string_view text);
    base::Result<void> send();

    const event::Chunk& chunk_;
    sandbox::Output& output_;
    event::FieldBudget budget_;
    event::Batch batch_;
    std::string_view record_;
    std::string out_;
    std::vector<std::uint32_t> numbers_;  // by field: its number in the answer, or 0
    std::uint32_t number_count_ = 0;
    std::vector<std::size_t> next_cells_;  // by column: the first cell that was not written
    std::size_t next_overflow_ = 0;
};

/// Reads what RowWriter wrote. The answer is as hostile as the record: lengths, names, texts and
/// kinds are checked before a row is made.
/// Threads: one at a time.
class RowReader {
  public:
    explicit RowReader(event::FieldDictionary& fields) : fields_(fields) {}

    /// What follows is read from `answer`, beginning with its first record.
    void begin(std::string answer);

    /// Makes the rows of the next record, whose bytes are `record`. Gives nullptr, or why the rest
    /// of the answer cannot be read; rows before that are made.
    const char* read_record(std::string_view record, RowSink& sink);

  private:
    struct Value {
        std::uint32_t number = 0;  // of its name; 0: it has no place in the dictionary
        event::ValueKind kind = event::ValueKind::text;
        std::string_view name, text;
    };
    const char* read_row(std::string_view record, RowSink& sink);
    const char* read_values();
    void add_values(RowSink& sink);

    event::FieldDictionary& fields_;
    std::string answer_;
    base::ByteReader in_{{}};
    struct Name {
        std::string_view text;
        event::FieldId field = event::kNoField;
    };
    std::vector<Name> names_;
    std::vector<Value> values_;
};

}  // namespace vedette::parse
