// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/kept_lists.h"
#include "enrich/registry.h"
#include "event/batch.h"
#include "journal/journal.h"
#include "parse/parser.h"
#include "sandbox/pool.h"

namespace vedette::engine {

/// Batches that were used and keep their memory for the next ones.
/// Threads: any.
class BatchPool {
  public:
    BatchPool(event::FieldDictionary& fields, std::size_t kept_max)
        : fields_(fields), kept_max_(kept_max) {}

    std::unique_ptr<event::Batch> take();
    void give_back(std::unique_ptr<event::Batch> batch);
    event::FieldDictionary& fields() const { return fields_; }

  private:
    event::FieldDictionary& fields_;
    const std::size_t kept_max_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<event::Batch>> free_;
};

/// A clock tick that was journalled.
struct Tick {
    base::Timestamp time;
};

/// A change of what Vedette knows that was journalled: a JSON object.
struct Control {
    journal::Offset offset = 0;
    std::string payload;
};

/// How far a source had come with one chunk.
struct Progress {
    std::string source, origin, position;
    journal::Offset offset = 0;
};

/// A journal record that this program cannot read: kept raw in the inbox.
struct Unreadable {
    journal::Offset offset = 0;
    std::string reason, raw;
};

using StepItem = std::variant<std::unique_ptr<event::Batch>, Tick, Control, Unreadable>;

/// A stretch of the journal, decoded: everything from `from` to `to`, in order. A chunk is never
/// split over two steps.
struct Step {
    journal::Offset from = 0, to = 0;
    std::vector<StepItem> items;
    std::vector<Progress> progress;
    std::uint64_t rows = 0, bytes = 0;
};

/// Reads the journal on, decodes it and enriches the rows by what their chunks name.
/// Threads: one at a time; the pipeline and the store feed have one each.
class StepReader {
  public:
    StepReader(journal::Journal& journal, const parse::Registry& formats, BatchPool& pool,
               sandbox::Pool& workers, KeptLists& lists, std::size_t rows_max);

    /// The step that begins at `next`; nothing if no record came within `wait_ms`.
    /// Errors: those of Journal::read.
    base::Result<std::optional<Step>> read(journal::Offset next, std::size_t bytes_max,
                                           int wait_ms);

    /// CPU that enriching took so far.
    std::uint64_t enrich_cpu_ns() const { return enrich_cpu_ns_; }

  private:
    void add_chunk(journal::Record& record, Step& step);
    void use_enrichment(const std::string& name);
    void enrich(event::Batch& batch);
    void end_batch(Step& step);

    journal::Journal& journal_;
    BatchPool& pool_;
    KeptLists& lists_;
    const std::size_t rows_max_;
    parse::Parser parser_;
    std::string enrichment_name_;
    enrich::Enrichment enrichment_;
    std::uint64_t enrich_cpu_ns_ = 0;
    std::unique_ptr<event::Batch> batch_;
};

}  // namespace vedette::engine
