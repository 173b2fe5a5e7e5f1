// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "parse/named_values.h"

namespace vedette::parse {

/// A label of a metric series. Names and values may be anything; they are made fit for columns.
struct MetricLabel {
    std::string_view name, value;
};

/// One value of one metric series.
struct MetricSample {
    std::string_view name;  ///< of the metric; empty: it has none
    std::span<const MetricLabel> labels;
    std::string_view series;  ///< what tells this series from all others, for people
    std::string_view value;   ///< as written; empty: none
    bool is_stale = false;    ///< its sender says that the series has ended
    bool is_counter = false;  ///< it only grows, but for restarts
};

/// Fills rows of metrics, whatever format brought them: `metric.name`, `metric.value`,
/// `metric.series`, `metric.type`, `metric.stale`, `labels.*`; the host that the label `instance`
/// names, and the service that `job` names.
/// Threads: one at a time.
class MetricRow {
  public:
    explicit MetricRow(event::FieldDictionary& fields);

    /// Adds to the sink's current row.
    void add(const MetricSample& sample, RowSink& sink);

  private:
    void add_text(event::FieldId field, std::string_view value, RowSink& sink);

    NamedValues named_;
    event::FieldId name_, value_, series_, type_, stale_, service_;  // kNoField: no room
    std::string label_, scratch_;                                    // caches of memory
};

/// The kind of a number as JSON would write it; text for everything else.
event::ValueKind metric_value_kind(std::string_view value);

}  // namespace vedette::parse
