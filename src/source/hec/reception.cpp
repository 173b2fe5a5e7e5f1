// SPDX-License-Identifier: Apache-2.0
#include "source/hec/reception.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

#include "base/json_scan.h"
#include "base/json_text.h"
#include "source/delivery.h"
#include "source/hec/event_body.h"
#include "source/hec/limits.h"
#include "source/hec/raw_body.h"
#include "source/http_listener.h"
#include "source/record_chunks.h"
#include "source/request_body.h"

namespace vedette::source::hec {

using base::HttpRequest;
using base::HttpResponse;

namespace {

enum class Endpoint { none, event, raw, ack, health };

/// "/services/collector[/NAME[/1.0]]"; without a name it is that of events.
Endpoint endpoint_of(const HttpRequest& request) {
    std::vector<std::string> parts = request.path_parts();
    if (!parts.empty() && parts.back() == "1.0") parts.pop_back();
    if (parts.size() < 2 || parts.size() > 3) return Endpoint::none;
    if (parts[0] != "services" || parts[1] != "collector") return Endpoint::none;
    if (parts.size() == 2 || parts[2] == "event") return Endpoint::event;
    if (parts[2] == "raw") return Endpoint::raw;
    if (parts[2] == "ack") return Endpoint::ack;
    return parts[2] == "health" ? Endpoint::health : Endpoint::none;
}

std::string channel_of(const HttpRequest& request) {
    const std::string_view header = request.header("x-splunk-request-channel");
    return header.empty() ? request.parameter("channel").value_or("") : std::string(header);
}

bool is_channel(std::string_view name) {
    return !name.empty() && name.size() <= kChannelBytesMax &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// What a query says of all its events, as the JSON object that the decoder reads. Nothing if it is
/// too long.
std::optional<std::string> metadata(const HttpRequest& request, std::string_view format) {
    static constexpr std::array<const char*, 4> kNames = {"host", "source", "sourcetype", "index"};
    std::string out;
    const auto add = [&](std::string_view name, std::string_view value) {
        out += out.empty() ? '{' : ',';
        base::append_json_string(out, name);
        out += ':';
        base::append_json_string(out, value);
    };
    for (const char* const name : kNames) {
        const auto value = request.parameter(name);
        if (value && !value->empty()) add(name, *value);
    }
    if (out.size() > kMetadataBytesMax) return std::nullopt;
    if (!format.empty()) add("format", format);
    if (!out.empty()) out += '}';
    return out;
}

Status status_of(const base::Error& error) {
    return error.code == base::ErrorCode::limit ? Status::too_large : Status::bad_format;
}

/// Where the ids of this start begin: not where those of the last one stood. 2^53 is where numbers
/// of JavaScript stop being exact.
std::uint64_t first_ack_id() {
    std::random_device random;
    return std::uniform_int_distribution<std::uint64_t>(1, 1ull << 52)(random);
}

/// The ids of {"acks":[1,2]}. Nothing if it is something else.
std::optional<std::vector<std::uint64_t>> read_acks(std::string_view body) {
    base::JsonScan scan(body);
    std::vector<std::uint64_t> ids;
    const auto take_id = [&] {
        std::string_view written;
        if (ids.size() == kAcksAskedMax || !scan.value(written)) return false;
        std::uint64_t id = 0;
        const auto [end, error] =
            std::from_chars(written.data(), written.data() + written.size(), id);
        if (error != std::errc() || end != written.data() + written.size()) return false;
        ids.push_back(id);
        return true;
    };
    bool has_acks = false;
    const bool is_object = scan.object([&](std::string_view key) {
        std::string_view passed;
        if (key != "acks") return scan.value(passed);
        has_acks = true;
        return scan.list(take_id);
    });
    if (!is_object || !has_acks || !scan.is_at_end()) return std::nullopt;
    return ids;
}

}  // namespace

/// One request on its way to its answer.
struct Reception::Asked {
    std::shared_ptr<HttpRequest> request;
    base::HttpResponder respond;
    const SourceContext* context;
    const Token* token = nullptr;  // nullptr: everything is allowed
    std::string channel = {};

    void answer(HttpResponse response) const {
        if (response.status >= 400 && response.status != 503) {
            count_http_refusal(*context, response.status);
        }
        respond(std::move(response));
    }
    void answer(Status status) const { answer(hec::answer(status)); }
};

Reception::Reception(SourceContext context, Tokens tokens, bool has_acks)
    : context_(std::move(context)),
      tokens_(std::move(tokens)),
      has_acks_(has_acks),
      counters_(context_.counters.stage("source " + context_.name)),
      acks_forgotten_(context_.counters.number("vedette_hec_acks_forgotten_total",
                                               "source=\"" + context_.name + "\"")),
      acks_(first_ack_id()) {}

std::optional<HttpResponse> Reception::refuse(const HttpRequest& head) const {
    // Load balancers ask without a token, as with Splunk.
    if (endpoint_of(head) == Endpoint::health) return std::nullopt;
    Status status = Status::success;
    switch (http_refusal(head, tokens_, "hec")) {
        case HttpRefusal::none: return std::nullopt;
        case HttpRefusal::no_token:
            status = head.parameter("token") ? Status::no_query_token : Status::token_required;
            break;
        case HttpRefusal::unknown_token: {
            const bool has_scheme =
                head.header("authorization").find(' ') != std::string_view::npos;
            status = has_scheme ? Status::invalid_token : Status::invalid_authorization;
            break;
        }
        case HttpRefusal::web_page:
        case HttpRefusal::other_api: status = Status::invalid_token; break;
    }
    HttpResponse out = answer(status);
    count_http_refusal(context_, out.status);
    return out;
}

void Reception::handle(HttpRequest request, base::HttpResponder respond) {
    Asked asked{std::make_shared<HttpRequest>(std::move(request)), std::move(respond), &context_};
    const Endpoint endpoint = endpoint_of(*asked.request);
    const bool is_post = asked.request->method == "POST" || asked.request->method == "PUT";
    if (endpoint == Endpoint::none) return asked.answer(not_served(404));
    if (endpoint == Endpoint::health) {
        if (is_post) return asked.answer(not_served(405));
        return asked.respond(health());
    }
    if (!is_post) return asked.answer(not_served(405));
    if (!tokens_.is_empty()) {
        asked.token = tokens_.find(asked.request->header("authorization"));
        if (asked.token == nullptr) return asked.answer(Status::invalid_token);
    }
    asked.channel = channel_of(*asked.request);
    if (endpoint == Endpoint::ack && !has_acks_) return asked.answer(Status::ack_disabled);
    if (has_acks_ && asked.channel.empty()) return asked.answer(Status::no_channel);
    if (!asked.channel.empty() && !is_channel(asked.channel)) {
        return asked.answer(Status::bad_channel);
    }
    auto opened = opened_body(*asked.request);
    if (!opened) return asked.answer(status_of(opened.error()));
    // Records are views into the body until they are in chunks.
    asked.request->body = std::move(*opened);
    switch (endpoint) {
        case Endpoint::event: return events(asked);
        case Endpoint::raw: return raw(asked);
        default: return acks(asked);
    }
}

HttpResponse Reception::health() const {
    const bool is_busy = context_.clock.now().unix_ns < busy_until_ns_.load();
    return answer(is_busy ? Status::queues_full : Status::healthy);
}

bool Reception::is_index_denied(const Asked& asked, std::string_view written_index) const {
    if (asked.token == nullptr || written_index.empty()) return false;
    std::string index;
    return !base::append_json_unescaped(index, written_index) ||
           !asked.token->may_write_index(index);
}

void Reception::events(const Asked& asked) {
    const EventBody body = cut_events(asked.request->body);
    if (body.status == Status::no_data) return asked.answer(Status::no_data);
    if (body.status != Status::success) {
        return asked.answer(answer_about_event(body.status, body.event_number));
    }
    const auto context = metadata(*asked.request, {});
    if (!context) return asked.answer(Status::bad_format);
    const std::string index = asked.request->parameter("index").value_or("");
    for (std::size_t i = 0; i < body.events.size(); ++i) {
        const std::string_view own = body.events[i].index;
        const bool is_denied = own.empty() ? asked.token != nullptr && !index.empty() &&
                                                 !asked.token->may_write_index(index)
                                           : is_index_denied(asked, own);
        if (is_denied) return asked.answer(answer_about_event(Status::incorrect_index, i));
    }
    event::Envelope envelope = http_envelope(context_, *asked.request, asked.token);
    set_format(envelope, "hec", context_.formats);
    RecordChunks chunks(std::move(envelope));
    for (const CutEvent& event : body.events) chunks.add(event.text, *context, {});
    deliver(asked, chunks.take(), body.events.size(), asked.request->body.size());
}

void Reception::raw(const Asked& asked) {
    const std::string& body = asked.request->body;
    if (body.find_first_not_of("\r\n") == std::string::npos) return asked.answer(Status::no_data);
    const std::string index = asked.request->parameter("index").value_or("");
    if (asked.token != nullptr && !index.empty() && !asked.token->may_write_index(index)) {
        return asked.answer(Status::incorrect_index);
    }
    const RawKind kind =
        raw_kind(context_.formats, asked.request->parameter("sourcetype").value_or(""), body);
    const auto context = metadata(*asked.request, kind.format);
    if (!context) return asked.answer(Status::bad_format);
    event::Envelope envelope = http_envelope(context_, *asked.request, asked.token);
    set_format(envelope, "hec_raw", context_.formats);
    envelope.context = *context;
    auto chunks = raw_chunks(body, kind.framing, envelope);
    std::size_t count = 0;
    for (const event::Chunk& chunk : chunks) count += chunk.record_count();
    deliver(asked, std::move(chunks), count, body.size());
}

void Reception::deliver(const Asked& asked, std::vector<event::Chunk> chunks, std::size_t count,
                        std::size_t bytes) {
    counters_.received += count;
    counters_.bytes += bytes;
    const std::uint64_t ack_id = has_acks_ ? acks_.open(asked.channel, context_.clock.now()) : 0;
    acks_forgotten_ = acks_.forgotten_count();
    std::string().swap(asked.request->body);
    const auto delivery = std::make_shared<Delivery>(
        context_.sink,
        [this, self = shared_from_this(), asked, count, ack_id](const Fates& result) {
            const bool is_all = std::all_of(result.chunks.begin(), result.chunks.end(),
                                            [](Fate fate) { return fate == Fate::durable; });
            (is_all ? counters_.sent : counters_.errors) += count;
            if (!is_all) {
                busy_until_ns_ = context_.clock.now().unix_ns + kBusySeconds * base::kNsPerSecond;
            }
            if (!has_acks_) return asked.answer(is_all ? Status::success : Status::busy);
            if (is_all) acks_.set_durable(asked.channel, ack_id);
        });
    const bool is_taken = delivery->offer_all(std::move(chunks));
    delivery->release();
    if (!has_acks_) return;
    // Of what was taken and is refused by the journal later, the id stays false.
    asked.answer(is_taken ? answer_with_ack(ack_id) : answer(Status::busy));
}

void Reception::acks(const Asked& asked) {
    const auto ids = read_acks(asked.request->body);
    if (!ids) return asked.answer(Status::bad_format);
    const auto are_durable = acks_.are_durable(asked.channel, *ids, context_.clock.now());
    std::string body = "{\"acks\":{";
    for (std::size_t i = 0; i < ids->size(); ++i) {
        if (i > 0) body += ',';
        body += "\"" + std::to_string((*ids)[i]) + "\":" + (are_durable[i] ? "true" : "false");
    }
    asked.respond({200, body + "}}"});
}

}  // namespace vedette::source::hec
