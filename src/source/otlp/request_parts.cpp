// SPDX-License-Identifier: Apache-2.0
#include "source/otlp/request_parts.h"

#include "source/limits.h"
#include "source/otlp/limits.h"

namespace vedette::source::otlp {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

/// What is written around resource, scope and log records, in the longer encoding.
constexpr std::size_t kAroundBytes = 128;

}  // namespace

Result<void> RequestParts::add(std::string_view log_record) {
    const std::size_t heads = resource_.size() + scope_.size() + kAroundBytes;
    if (heads + log_record.size() > kLogRecordBytesMax) {
        ++counts_.too_long;
        return {};
    }
    const bool is_full = row_count_ == kPartRowsMax ||
                         heads + log_records_.size() + log_record.size() > kPartBytesMax;
    if (row_count_ > 0 && is_full) VD_TRY_DO(end_scope());
    if (row_count_ > 0) log_records_.append(separator_);
    log_records_.append(log_record);
    ++row_count_;
    return {};
}

Result<void> RequestParts::end_scope() {
    if (row_count_ == 0) return {};
    const std::string record = write_(resource_, scope_, log_records_);
    bytes_ += record.size();
    if (bytes_ > kOpenedBytesMax) {
        return fail(ErrorCode::limit, "resources are too large to be kept with every log record",
                    "request", "send smaller requests");
    }
    chunks_.add(record, {}, {}, row_count_);
    counts_.log_records += row_count_;
    row_count_ = 0;
    log_records_.clear();
    return {};
}

Result<void> check_log_record_count(std::size_t count) {
    if (count <= kLogRecordsMax) return {};
    return fail(ErrorCode::limit, "more than " + std::to_string(kLogRecordsMax) + " log records",
                "request", "send smaller requests");
}

}  // namespace vedette::source::otlp
