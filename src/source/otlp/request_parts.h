// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "source/otlp/request_cut.h"

namespace vedette::source::otlp {

/// Gathers log records of one scope until they fill a part; what both encodings have in common.
class RequestParts {
  public:
    /// How a part is written: around resource, scope and log records of one encoding.
    using Write = std::function<std::string(std::string_view resource, std::string_view scope,
                                            std::string_view log_records)>;
    /// `separator` stands between log records.
    RequestParts(RecordChunks& chunks, std::string_view separator, Write write)
        : chunks_(chunks), separator_(separator), write_(std::move(write)) {}

    void begin_resource(std::string rest) { resource_ = std::move(rest); }
    void begin_scope(std::string rest) { scope_ = std::move(rest); }
    /// Errors: limit.
    base::Result<void> add(std::string_view log_record);
    base::Result<void> end_scope();

    const CutCounts& counts() const { return counts_; }

  private:
    RecordChunks& chunks_;
    const std::string_view separator_;
    const Write write_;
    std::string resource_, scope_, log_records_;
    std::size_t row_count_ = 0;  // in log_records_
    std::size_t bytes_ = 0;      // of all parts
    CutCounts counts_;
};

/// Errors: limit, told to the sender.
base::Result<void> check_log_record_count(std::size_t count);

}  // namespace vedette::source::otlp
