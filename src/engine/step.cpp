// SPDX-License-Identifier: Apache-2.0
#include "engine/step.h"

#include <utility>

#include "base/bytes.h"
#include "base/counters.h"
#include "base/log.h"
#include "event/record.h"

namespace vedette::engine {

std::unique_ptr<event::Batch> BatchPool::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!free_.empty()) {
            auto batch = std::move(free_.back());
            free_.pop_back();
            return batch;
        }
    }
    return std::make_unique<event::Batch>(fields_);
}

void BatchPool::give_back(std::unique_ptr<event::Batch> batch) {
    if (!batch) return;
    batch->clear();
    const std::lock_guard lock(mutex_);
    if (free_.size() < kept_max_) free_.push_back(std::move(batch));
}

StepReader::StepReader(journal::Journal& journal, const parse::Registry& formats, BatchPool& pool,
                       sandbox::Pool& workers, KeptLists& lists, std::size_t rows_max)
    : journal_(journal),
      pool_(pool),
      lists_(lists),
      rows_max_(rows_max),
      parser_(formats, pool.fields(), &workers),
      batch_(pool.take()) {}

base::Result<std::optional<Step>> StepReader::read(journal::Offset next, std::size_t bytes_max,
                                                   int wait_ms) {
    VD_TRY(std::vector<journal::Record> records, journal_.read(next, bytes_max, wait_ms));
    if (records.empty()) return std::optional<Step>();
    Step step;
    step.from = next;
    step.to = records.back().offset;
    for (journal::Record& record : records) {
        step.bytes += record.payload.size();
        if (record.kind == journal::RecordKind::chunk) {
            add_chunk(record, step);
            continue;
        }
        end_batch(step);
        if (record.kind == journal::RecordKind::tick) {
            base::ByteReader in(record.payload);
            step.items.emplace_back(Tick{{in.get<std::int64_t>()}});
        } else {
            step.items.emplace_back(Control{record.offset, std::move(record.payload)});
        }
    }
    end_batch(step);
    return std::optional<Step>(std::move(step));
}

void StepReader::add_chunk(journal::Record& record, Step& step) {
    auto decoded = event::decode_chunk(record.payload);
    if (!decoded) {
        end_batch(step);
        step.items.emplace_back(
            Unreadable{record.offset, decoded.error().message(), std::move(record.payload)});
        return;
    }
    const auto chunk = std::make_shared<const event::Chunk>(std::move(*decoded));
    if (chunk->envelope.enrichment != enrichment_name_) {
        end_batch(step);
        use_enrichment(chunk->envelope.enrichment);
    }
    step.rows += chunk->record_count();
    if (!chunk->position.empty()) {
        step.progress.push_back(
            {chunk->envelope.source, chunk->envelope.origin, chunk->position, record.offset});
    }
    parser_.parse(chunk, record.offset, *batch_, rows_max_, [&](event::Batch&) {
        // The parser goes on in the batch it was given, so what is full moves out of it.
        auto next = pool_.take();
        std::swap(*next, *batch_);
        enrich(*next);
        step.items.emplace_back(std::move(next));
    });
}

/// Rows whose lists are gone are kept as they are: what was acknowledged is judged and stored.
void StepReader::use_enrichment(const std::string& name) {
    enrichment_name_ = name;
    enrichment_ = {};
    if (name.empty()) return;
    const auto set = lists_.find(name);
    if (!set) {
        base::log::error("lists.missing", {{"set", name}, {"reason", set.error().message()}});
        return;
    }
    enrichment_ = enrich::Enrichment({*set}, pool_.fields());
}

void StepReader::enrich(event::Batch& batch) {
    if (enrichment_name_.empty()) return;
    const std::uint64_t cpu_before = base::thread_cpu_ns();
    enrichment_.enrich(batch);
    enrich_cpu_ns_ += base::thread_cpu_ns() - cpu_before;
}

void StepReader::end_batch(Step& step) {
    if (batch_->is_empty()) return;
    parser_.finish(*batch_);
    enrich(*batch_);
    step.items.emplace_back(std::exchange(batch_, pool_.take()));
}

}  // namespace vedette::engine
