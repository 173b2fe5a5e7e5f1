// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "event/batch.h"
#include "event/record.h"
#include "parse/registry.h"

namespace vedette::sandbox {
class Pool;
}

namespace vedette::parse {

/// Turns journalled chunks into batches. The same chunks in the same order give the same rows
/// however the batches are cut; the cut is the caller's (rows_max), for tests down to 1. Threads:
/// one at a time; make one per thread.
class Parser {
  public:
    /// With `workers` the formats that are risky to read (Format::is_confined) are decoded by them,
    /// without in this process: for tests and measures. The rows are the same.
    /// Lives: all outlive it.
    Parser(const Registry& registry, event::FieldDictionary& fields,
           sandbox::Pool* workers = nullptr);
    ~Parser();

    /// Decodes one chunk into `batch`, which is handed to `full`, finished, and continued empty
    /// whenever it has `rows_max` rows or kBatchBytesMax raw bytes: `full` may move out of it.
    /// `batch` may already hold rows of earlier chunks. After the last chunk call finish().
    /// `offset` becomes the id of the rows. The chunk is kept alive by the batch. A record of a
    /// format that this build does not have is decoded as plain text; one that is blank
    /// (event/blank_record.h) gives no rows and keeps their numbers taken. Decoders run one after
    /// the other, in the caller's thread, and `full` in the middle of them: it must not call this
    /// parser.
    void parse(const std::shared_ptr<const event::Chunk>& chunk, std::uint64_t offset,
               event::Batch& batch, std::size_t rows_max,
               const std::function<void(event::Batch&)>& full);

    /// Runs the mapping passes over the rows that have not seen them yet. Call before reading
    /// `batch`.
    void finish(event::Batch& batch);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::parse
