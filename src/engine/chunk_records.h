// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "event/batch.h"
#include "event/record.h"
#include "parse/parser.h"
#include "parse/registry.h"
#include "sandbox/pool.h"

namespace vedette::engine {

/// Decodes chunks one by one, beside the pipeline: to look into them, not to judge them. Rows have
/// the ids they always had; they are not enriched.
/// Threads: one at a time.
class ChunkDecoder {
  public:
    /// Lives: both outlive it.
    ChunkDecoder(const parse::Registry& formats, sandbox::Pool& workers)
        : batch_(fields_), parser_(formats, fields_, &workers) {}

    /// Shows the chunk's batches, finished.
    void decode(const std::shared_ptr<const event::Chunk>& chunk, std::uint64_t offset,
                const std::function<void(const event::Batch& batch)>& look);

    /// Which rows the records gave: record -> numbers of its rows. Records that gave none, and
    /// those that are blank, are not in it.
    std::map<std::size_t, std::vector<std::uint32_t>> rows_of_records(
        const std::shared_ptr<const event::Chunk>& chunk, std::uint64_t offset);

  private:
    event::FieldDictionary fields_;
    event::Batch batch_;
    parse::Parser parser_;
};

}  // namespace vedette::engine
