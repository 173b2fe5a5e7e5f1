// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/http_server.h"

namespace vedette::source::hec {

/// What HEC says of a request; the numbers are the protocol's `code`.
/// Source: Splunk, "Troubleshoot HTTP Event Collector", possible error codes
enum class Status : std::uint8_t {
    success = 0,
    token_required = 2,
    invalid_authorization = 3,
    invalid_token = 4,
    no_data = 5,
    bad_format = 6,
    incorrect_index = 7,
    busy = 9,
    no_channel = 10,
    bad_channel = 11,
    no_event = 12,
    blank_event = 13,
    ack_disabled = 14,
    bad_fields = 15,
    no_query_token = 16,
    healthy = 17,
    queues_full = 18,
    too_large = 27,
};

/// The answer as Splunk gives it: HTTP status, text and code.
base::HttpResponse answer(Status status);
/// The same, with the number (from 0) of the event that cannot be taken.
base::HttpResponse answer_about_event(Status status, std::size_t event_number);
/// Success, with the id to ask for later.
base::HttpResponse answer_with_ack(std::uint64_t ack_id);

/// For what is no part of the protocol: an address or method that is not served.
base::HttpResponse not_served(int http_status);

}  // namespace vedette::source::hec
