// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace vedette::parse::prometheus {

/// Calls `on_line` for each sample of a WriteRequest, in order, with the sample as a line of the
/// text exposition format (text_line.h): so there is one reader, and the raw text of a row is one
/// that people can read. A native histogram is two lines, `NAME_count` and `NAME_sum`; its buckets,
/// exemplars and metadata are passed over. A series that cannot be read is handed to `on_damaged`,
/// with its bytes within the request. False if the way down to the series cannot be read; those
/// before were handed out.
/// Lives: the line during the call.
/// Source: Prometheus Remote-Write 1.0; prompb/types.proto, prompb/remote.proto
bool walk_write_request(std::string_view request,
                        const std::function<void(std::string_view line)>& on_line,
                        const std::function<void(std::string_view bytes)>& on_damaged);

}  // namespace vedette::parse::prometheus
