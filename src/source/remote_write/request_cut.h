// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "source/record_chunks.h"

namespace vedette::source::remote_write {

struct CutCounts {
    std::size_t samples = 0;   ///< taken; a native histogram is two
    std::size_t too_long = 0;  ///< over kSampleBytesMax with its labels: left out
};

/// Makes records of a WriteRequest. One that is small enough is one record, byte for byte as it
/// came. Of a larger one each record is a request again, with as many series as fit; a series of
/// many samples goes in parts, each with all its labels. Only the way down to the samples is read;
/// what is in them is the decoder's, which keeps what is damaged. A request without samples gives
/// no record.
///
/// Errors: bad_input if the way down cannot be read; limit beyond kSamplesMax, and if labels are so
/// large that taking the request apart would make more than kOpenedBytesMax of it.
/// Source: Prometheus Remote-Write 1.0; prompb/remote.proto and prompb/types.proto
base::Result<CutCounts> cut_request(std::string_view body, RecordChunks& chunks);

}  // namespace vedette::source::remote_write
