// SPDX-License-Identifier: Apache-2.0
#include "parse/zeek/zeek_map.h"

#include "event/schema.h"
#include "parse/zeek/zeek_tables.h"

namespace vedette::parse::zeek {

namespace {

constexpr FixedValue kEverywhere[] = {{"event.module", "zeek"}};

}  // namespace

ZeekMap::ZeekMap(event::FieldDictionary& fields)
    : path_(*fields.intern("_path")),
      auth_success_(*fields.intern("auth_success")),
      success_(*fields.intern("success")),
      status_code_(*fields.intern("status_code")),
      common_(fields, common_fields(), kEverywhere),
      time_(fields, {"ts", "_write_ts"}) {
    for (const LogTable& log : logs()) {
        std::vector<event::FieldId> marks;
        for (const std::string_view mark : log.marks) {
            if (const auto field = fields.intern(mark)) marks.push_back(*field);
        }
        logs_.push_back({log.table.kind,
                         log.table.dataset,
                         std::move(marks),
                         TableMap(fields, log.table.fields, log.table.values),
                         {}});
    }
}

void ZeekMap::sort_rows(const event::Batch& batch, std::span<const std::uint32_t> rows) {
    log_of_row_.assign(batch.row_count(), 0);
    for (std::size_t i = 0; i < logs_.size(); ++i) {
        logs_[i].rows.clear();
        for (const event::FieldId mark : logs_[i].marks) {
            const event::Column* const column = batch.column(mark);
            if (column == nullptr) continue;
            for (const event::Cell& cell : column->cells) {
                std::uint16_t& log = log_of_row_[cell.row];
                if (log == 0) log = static_cast<std::uint16_t>(i + 1);
            }
        }
    }
    ColumnCursor paths(batch, path_);
    std::size_t last = 0;  // neighbours are mostly of the same log
    for (const std::uint32_t row : rows) {
        std::size_t log = log_of_row_[row] == 0 ? logs_.size() - 1 : log_of_row_[row] - 1u;
        if (const event::Cell* const path = paths.at(row)) {
            const std::string_view name = batch.text(*path);
            log = last;
            if (logs_[log].kind != name) {
                log = 0;
                while (log + 1 < logs_.size() && logs_[log].kind != name) ++log;
            }
            last = log;
        }
        logs_[log].rows.push_back(row);
    }
}

void ZeekMap::map(event::Batch& batch, std::span<const std::uint32_t> rows) {
    if (rows.empty()) return;
    sort_rows(batch, rows);
    for (Log& log : logs_) {
        if (log.rows.empty()) continue;
        const std::uint32_t dataset = batch.dataset_index(log.dataset);
        log.table.begin(batch);
        for (const std::uint32_t row : log.rows) {
            log.table.map(batch, row);
            batch.rows()[row].dataset = dataset;
        }
    }
    batch.settle();
    common_.begin(batch);
    time_.begin(batch);
    for (const std::uint32_t row : rows) {
        common_.map(batch, row);
        if ((batch.rows()[row].flags & event::kRowTimeGuessed) != 0) time_.set(batch, row);
    }
    add_outcomes(batch, rows);
}

/// What succeeded and what failed, where a log says so.
void ZeekMap::add_outcomes(event::Batch& batch, std::span<const std::uint32_t> rows) {
    ColumnCursor auth(batch, auth_success_), success(batch, success_), status(batch, status_code_);
    LinkTarget outcome(batch, event::ecs::kEventOutcome);
    for (const std::uint32_t row : rows) {
        const event::Cell* cell = auth.at(row);
        if (cell == nullptr) cell = success.at(row);
        if (cell != nullptr && outcome.wants(batch, row)) {
            outcome.add(batch, row, batch.text(*cell) == "true" ? "success" : "failure");
            continue;
        }
        cell = status.at(row);
        if (cell == nullptr || cell->size != 3 || !outcome.wants(batch, row)) continue;
        outcome.add(batch, row, batch.text(*cell)[0] < '4' ? "success" : "failure");
    }
}

}  // namespace vedette::parse::zeek
