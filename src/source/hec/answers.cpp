// SPDX-License-Identifier: Apache-2.0
#include "source/hec/answers.h"

#include <string>

#include "source/limits.h"

namespace vedette::source::hec {

using base::HttpResponse;

namespace {

struct Meaning {
    int http_status;
    std::string_view text;
};

Meaning meaning(Status status) {
    switch (status) {
        case Status::success: return {200, "Success"};
        case Status::token_required: return {401, "Token is required"};
        case Status::invalid_authorization: return {401, "Invalid authorization"};
        case Status::invalid_token: return {403, "Invalid token"};
        case Status::no_data: return {400, "No data"};
        case Status::bad_format: return {400, "Invalid data format"};
        case Status::incorrect_index: return {400, "Incorrect index"};
        case Status::busy: return {503, "Server is busy"};
        case Status::no_channel: return {400, "Data channel is missing"};
        case Status::bad_channel: return {400, "Invalid data channel"};
        case Status::no_event: return {400, "Event field is required"};
        case Status::blank_event: return {400, "Event field cannot be blank"};
        case Status::ack_disabled: return {400, "ACK is disabled"};
        case Status::bad_fields: return {400, "Error in handling indexed fields"};
        case Status::no_query_token: return {400, "Query string authorization is not enabled"};
        case Status::healthy: return {200, "HEC is healthy"};
        case Status::queues_full: return {503, "HEC is unhealthy, queues are full"};
        case Status::too_large: return {413, "Request entity too large"};
    }
    return {500, "Internal server error"};
}

HttpResponse written(Status status, const std::string& more) {
    const Meaning what = meaning(status);
    HttpResponse response{what.http_status,
                          "{\"text\":\"" + std::string(what.text) + "\",\"code\":" +
                              std::to_string(static_cast<int>(status)) + more + "}"};
    if (what.http_status == 503) {
        response.headers.emplace_back("Retry-After", std::to_string(kRetryAfterSeconds));
    }
    return response;
}

}  // namespace

HttpResponse answer(Status status) { return written(status, ""); }

HttpResponse answer_about_event(Status status, std::size_t event_number) {
    return written(status, ",\"invalid-event-number\":" + std::to_string(event_number));
}

HttpResponse answer_with_ack(std::uint64_t ack_id) {
    return written(Status::success, ",\"ackId\":" + std::to_string(ack_id));
}

HttpResponse not_served(int http_status) {
    const std::string_view text = http_status == 405
                                      ? "Method Not Allowed"
                                      : "The requested URL was not found on this server.";
    return HttpResponse{http_status, "{\"text\":\"" + std::string(text) +
                                         "\",\"code\":" + std::to_string(http_status) + "}"};
}

}  // namespace vedette::source::hec
