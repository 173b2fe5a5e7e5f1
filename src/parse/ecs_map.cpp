// SPDX-License-Identifier: Apache-2.0
#include "parse/ecs_map.h"

#include <algorithm>

#include "base/check.h"
#include "event/schema.h"

namespace vedette::parse {

namespace {

constexpr FieldLinks::Names kEcsLinks[] = {
    {"process.hash.md5", "hash.md5"},    {"file.hash.md5", "hash.md5"},
    {"dll.hash.md5", "hash.md5"},        {"process.hash.sha256", "hash.sha256"},
    {"file.hash.sha256", "hash.sha256"}, {"dll.hash.sha256", "hash.sha256"},
    {"host.hostname", "host.name"},      {"agent.hostname", "host.name"},
};

constexpr FieldLinks::Names kPlainLinks[] = {
    {"msg", "message"},     {"log", "message"},        {"Message", "message"},
    {"MESSAGE", "message"}, {"hostname", "host.name"}, {"host", "host.name"},
    {"level", "log.level"}, {"severity", "log.level"},
};

/// Data sets are named by senders: more than this in one batch, or longer, are put under "ecs".
constexpr std::size_t kDatasetsPerBatchMax = 64;
constexpr std::size_t kDatasetBytesMax = 128;

}  // namespace

FieldLinks::FieldLinks(event::FieldDictionary& fields, std::span<const Names> names) {
    for (const auto& [source, target] : names) {
        const auto from = fields.intern(source);
        const auto to = fields.intern(target);
        VD_CHECK(from.has_value() && to.has_value());
        auto found = std::find(targets_.begin(), targets_.end(), *to);
        if (found == targets_.end()) found = targets_.insert(targets_.end(), *to);
        links_.push_back({*from, static_cast<std::size_t>(found - targets_.begin())});
    }
}

void FieldLinks::begin(const event::Batch& batch) {
    cursors_.clear();
    for (const Link& link : links_) cursors_.emplace_back(batch, link.source);
    writers_.clear();
    for (const event::FieldId target : targets_) writers_.emplace_back(batch, target);
}

void FieldLinks::link(event::Batch& batch, std::uint32_t row) {
    for (std::size_t i = 0; i < links_.size(); ++i) {
        const event::Cell* const cell = cursors_[i].at(row);
        if (cell == nullptr || cell->size == 0) continue;
        LinkTarget& target = writers_[links_[i].target];
        if (target.wants(batch, row)) target.link(batch, row, *cell);
    }
}

EcsMap::EcsMap(event::FieldDictionary& fields)
    : links_(fields, kEcsLinks), time_(fields, {"@timestamp", "event.created", "event.ingested"}) {}

void EcsMap::map(event::Batch& batch, std::span<const std::uint32_t> rows) {
    if (rows.empty()) return;
    const std::uint32_t ecs = batch.dataset_index("ecs");
    ColumnCursor datasets(batch, event::ecs::kEventDataset);
    ColumnCursor modules(batch, event::ecs::kEventModule);
    links_.begin(batch);
    time_.begin(batch);
    for (const std::uint32_t row : rows) {
        links_.link(batch, row);
        time_.set(batch, row);
        const event::Cell* cell = datasets.at(row);
        if (cell == nullptr) cell = modules.at(row);
        const bool is_named = cell != nullptr && cell->size > 0 && cell->size <= kDatasetBytesMax &&
                              batch.datasets().size() < kDatasetsPerBatchMax;
        batch.rows()[row].dataset = is_named ? batch.dataset_index(batch.text(*cell)) : ecs;
    }
}

PlainMap::PlainMap(event::FieldDictionary& fields)
    : links_(fields, kPlainLinks),
      time_(fields, {"@timestamp", "timestamp", "time", "ts", "eventTime", "SystemTime", "UtcTime",
                     "TimeCreated", "date", "datetime"}) {}

void PlainMap::map(event::Batch& batch, std::span<const std::uint32_t> rows) {
    if (rows.empty()) return;
    const std::uint32_t json = batch.dataset_index("json");
    links_.begin(batch);
    time_.begin(batch);
    for (const std::uint32_t row : rows) {
        links_.link(batch, row);
        time_.set(batch, row);
        batch.rows()[row].dataset = json;
    }
}

}  // namespace vedette::parse
