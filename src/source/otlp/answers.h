// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/http_server.h"

namespace vedette::source::otlp {

/// Answers go in the encoding of the request.
enum class Encoding : std::uint8_t { protobuf, json };

/// ExportLogsServiceResponse; with its partial_success if some log records are left out.
base::HttpResponse accepted(Encoding encoding, std::size_t rejected_count,
                            std::string_view why_rejected);

/// A failure, with google.rpc.Status as OTLP wants it. 503 tells when to come again.
/// Source: OTLP specification 1.7, "OTLP/HTTP Response"
base::HttpResponse failed(Encoding encoding, int http_status, std::string_view message);

}  // namespace vedette::source::otlp
