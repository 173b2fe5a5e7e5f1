// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "parse/metric_row.h"

namespace vedette::parse::prometheus {

/// What stands for the value of a series whose sender says that it has ended. A text of ours: on
/// the wire it is a NaN with a number of its own, which text has no way to write.
inline constexpr std::string_view kStaleText = "StaleNaN";

/// One line of the text exposition format: `name{label="value"} 12.5 1700000000000`, also with
/// quoted names. A reader of many lines.   Lives: what it holds, until the next read().
/// Source: Prometheus, "Exposition formats", text format 0.0.4 and its UTF-8 names; OpenMetrics 1.0
/// for times in seconds and exemplars, which are passed over.
class TextLine {
  public:
    /// False if it is no sample: damaged, or more than kLabelsMax labels.
    bool read(std::string_view line);

    std::string_view name() const { return name_; }
    const std::vector<MetricLabel>& labels() const { return labels_; }
    std::string_view value() const { return value_; }
    std::string_view time() const { return time_; }  ///< as written; empty: none

    /// The name and the labels, those in the order of their names: equal for equal series.
    const std::string& series();

  private:
    bool read_labels(std::string_view line, std::size_t& at);
    bool read_quoted(std::string_view line, std::size_t& at, std::string_view& out);

    std::string_view name_, value_, time_;
    std::vector<MetricLabel> labels_;
    std::string unescaped_;  // quoted texts that had escapes, one behind the other
    std::string series_;
};

/// Whether a name needs no quotes.
bool is_plain_name(std::string_view name, bool may_have_colon);
/// Appends `name{label="value",...}`.
void append_series(std::string& out, std::string_view name, const std::vector<MetricLabel>& labels);

}  // namespace vedette::parse::prometheus
