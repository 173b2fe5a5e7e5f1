// SPDX-License-Identifier: Apache-2.0
#include "source/otlp/answers.h"

#include <string>

#include "base/json_text.h"
#include "base/protobuf_wire.h"
#include "source/limits.h"

namespace vedette::source::otlp {

using base::HttpResponse;

namespace {

constexpr std::string_view kProtobufType = "application/x-protobuf";

std::string quoted(std::string_view text) {
    std::string out;
    base::append_json_string(out, text);
    return out;
}

/// Source: google/rpc/code.proto
int rpc_code(int http_status) {
    switch (http_status) {
        case 401: return 16;  // UNAUTHENTICATED
        case 403: return 7;   // PERMISSION_DENIED
        case 404:
        case 405: return 12;  // UNIMPLEMENTED
        case 413: return 8;   // RESOURCE_EXHAUSTED
        case 503: return 14;  // UNAVAILABLE
        default: return 3;    // INVALID_ARGUMENT
    }
}

}  // namespace

HttpResponse accepted(Encoding encoding, std::size_t rejected_count,
                      std::string_view why_rejected) {
    if (encoding == Encoding::json) {
        if (rejected_count == 0) return {200, "{}"};
        // 64-bit numbers are strings in protobuf's JSON.
        return {200, "{\"partialSuccess\":{\"rejectedLogRecords\":\"" +
                         std::to_string(rejected_count) +
                         "\",\"errorMessage\":" + quoted(why_rejected) + "}}"};
    }
    std::string body;
    if (rejected_count > 0) {
        std::string partial;
        base::append_protobuf_number(partial, 1, rejected_count);
        base::append_protobuf_bytes(partial, 2, why_rejected);
        base::append_protobuf_bytes(body, 1, partial);
    }
    return {200, std::move(body), std::string(kProtobufType)};
}

HttpResponse failed(Encoding encoding, int http_status, std::string_view message) {
    const int code = rpc_code(http_status);
    HttpResponse response{http_status, {}};
    if (encoding == Encoding::json) {
        response.body =
            "{\"code\":" + std::to_string(code) + ",\"message\":" + quoted(message) + "}";
    } else {
        base::append_protobuf_number(response.body, 1, static_cast<std::uint64_t>(code));
        base::append_protobuf_bytes(response.body, 2, message);
        response.content_type = kProtobufType;
    }
    if (http_status == 503) {
        response.headers.emplace_back("Retry-After", std::to_string(kRetryAfterSeconds));
    }
    return response;
}

}  // namespace vedette::source::otlp
