// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "event/schema.h"
#include "parse/cloud_audit/services.h"
#include "parse/registry.h"
#include "parse/text_scan.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

/// The address in "192.0.2.1", "192.0.2.1:443", "[2001:db8::1]:443" or "2001:db8::1"; else nothing.
std::string_view address_in(std::string_view text) {
    if (text.starts_with('[')) {
        text = text.substr(1, text.find(']') - 1);
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        text = text.substr(0, text.find(':'));
    }
    return is_ip_address(text) ? text : std::string_view();
}

class CloudMap final : public RowMap {
  public:
    CloudMap(event::FieldDictionary& fields, const CloudService& service)
        : service_(service),
          fields_(fields, service.fields, {}),
          time_(fields, {service.time, service.other_time}) {
        const auto field = [&](std::string_view name) {
            return fields.intern(name).value_or(event::kNoField);
        };
        for (const KindTable& table : service.kinds) {
            kinds_.push_back({&table, TableMap(fields, table.fields, table.values), {}});
        }
        for (const std::string_view name : service.addresses) addresses_.push_back(field(name));
        if (!service.kind_field.empty()) kind_ = field(service.kind_field);
        if (!service.outcome_field.empty()) outcome_ = field(service.outcome_field);
    }

    void map(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        sort_rows(batch, rows);
        for (Kind& kind : kinds_) {
            if (kind.rows.empty()) continue;
            const std::uint32_t dataset = batch.dataset_index(kind.table->dataset);
            kind.map.begin(batch);
            for (const std::uint32_t row : kind.rows) {
                kind.map.map(batch, row);
                batch.rows()[row].dataset = dataset;
            }
        }
        batch.settle();
        fields_.begin(batch);
        time_.begin(batch);
        for (const std::uint32_t row : rows) {
            fields_.map(batch, row);
            time_.set(batch, row);
        }
        add_outcomes(batch, rows);
        add_addresses(batch, rows);
    }

  private:
    struct Kind {
        const KindTable* table;
        TableMap map;
        std::vector<std::uint32_t> rows;
    };

    void sort_rows(const event::Batch& batch, std::span<const std::uint32_t> rows) {
        for (Kind& kind : kinds_) kind.rows.clear();
        ColumnCursor names(batch, kind_);
        for (const std::uint32_t row : rows) {
            const event::Cell* const name = names.at(row);
            std::size_t kind = name == nullptr ? kinds_.size() - 1 : 0;
            while (kind + 1 < kinds_.size() && kinds_[kind].table->kind != batch.text(*name))
                ++kind;
            kinds_[kind].rows.push_back(row);
        }
    }

    void add_outcomes(event::Batch& batch, std::span<const std::uint32_t> rows) {
        ColumnCursor results(batch, outcome_);
        LinkTarget outcome(batch, event::ecs::kEventOutcome);
        for (const std::uint32_t row : rows) {
            const event::Cell* const cell = results.at(row);
            if (cell == nullptr || cell->size == 0 || !outcome.wants(batch, row)) continue;
            const std::string_view result = batch.text(*cell);
            const bool is_success =
                std::any_of(service_.success.begin(), service_.success.end(),
                            [&](std::string_view begin) { return result.starts_with(begin); });
            outcome.add(batch, row, is_success ? "success" : "failure");
        }
    }

    void add_addresses(event::Batch& batch, std::span<const std::uint32_t> rows) {
        for (const event::FieldId field : addresses_) {
            // What the field before has given is a value of its own by now.
            batch.settle();
            ColumnCursor found(batch, field);
            LinkTarget source(batch, event::ecs::kSourceIp);
            for (const std::uint32_t row : rows) {
                const event::Cell* const cell = found.at(row);
                if (cell == nullptr || cell->size == 0 || !source.wants(batch, row)) continue;
                const std::string_view text = batch.text(*cell);
                const std::string_view address = address_in(text);
                if (address.empty()) continue;
                const auto skip = static_cast<std::size_t>(address.data() - text.data());
                source.link(batch, row, *cell, skip, address.size());
            }
        }
    }

    const CloudService& service_;
    event::FieldId kind_ = event::kNoField, outcome_ = event::kNoField;
    std::vector<event::FieldId> addresses_;
    std::vector<Kind> kinds_;
    TableMap fields_;
    TimeFields time_;
};

}  // namespace

void register_cloud_audit(Registry& registry) {
    for (const CloudService& service : cloud_services()) {
        Mapping mapping;
        mapping.name = service.name;
        for (const auto marks : service.marks)
            mapping.marks.emplace_back(marks.begin(), marks.end());
        mapping.make = [&service](event::FieldDictionary& fields) {
            return std::make_unique<CloudMap>(fields, service);
        };
        registry.add(std::move(mapping));
    }
}

}  // namespace vedette::parse
