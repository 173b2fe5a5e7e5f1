// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include "parse/otlp/log_record.h"
#include "parse/otlp/protobuf_json.h"

namespace vedette::parse::otlp {

/// Calls `on_log_record` for each log record of a request, in order. False if the way down to them
/// cannot be read; those before were handed out. What cannot be read of a log record itself is
/// handed out with an empty `log_record` and its bytes.
/// Lives: views during the call.
using OnLogRecord = std::function<void(const LogParts& parts, std::string_view bytes)>;
bool walk_json(std::string_view request, const OnLogRecord& on_log_record);
bool walk_protobuf(std::string_view request, ProtobufJson& writer,
                   const OnLogRecord& on_log_record);

/// The request with this log record alone, in JSON: the raw text of its row.
void write_request(const LogParts& parts, std::string& out);

}  // namespace vedette::parse::otlp
