// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "source/record_chunks.h"

namespace vedette::source::otlp {

struct CutCounts {
    std::size_t log_records = 0;  ///< taken
    std::size_t too_long = 0;     ///< over kLogRecordBytesMax with resource and scope: left out
};

/// Makes records of a request, ExportLogsServiceRequest in one of its encodings. One that is small
/// enough is one record, byte for byte as it came. Of a larger one each record is a request again,
/// with one resource, one scope and as many log records as fit: their bytes, the resource's and the
/// scope's are as they came, what holds them together is written anew. Only the way down to the log
/// records is read; what is in them is the decoder's, which keeps what is damaged.
///
/// Errors: bad_input if the way down cannot be read; limit beyond kLogRecordsMax, and if resources
/// are so large that taking the request apart would make more than kOpenedBytesMax of it.
/// Source: OpenTelemetry, opentelemetry-proto 1.7, logs.proto; OTLP specification 1.7
base::Result<CutCounts> cut_protobuf(std::string_view body, RecordChunks& chunks);
base::Result<CutCounts> cut_json(std::string_view body, RecordChunks& chunks);

}  // namespace vedette::source::otlp
