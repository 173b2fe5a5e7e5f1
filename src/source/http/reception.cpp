// SPDX-License-Identifier: Apache-2.0
#include "source/http/reception.h"

#include <algorithm>

#include "base/json_text.h"
#include "event/limits.h"
#include "source/delivery.h"
#include "source/http/ingest_body.h"
#include "source/http/limits.h"
#include "source/http/shipper_answers.h"
#include "source/http_listener.h"
#include "source/limits.h"
#include "source/request_body.h"

namespace vedette::source::http {

using base::ErrorCode;
using base::HttpRequest;
using base::HttpResponse;
using base::Result;

/// One request on its way to its answer. Shared, because the answer comes from the journal's
/// thread.
struct Reception::Asked {
    std::shared_ptr<HttpRequest> request;
    base::HttpResponder respond;
    const Token* token = nullptr;  // nullptr: everything is allowed

    void answer(HttpResponse response) const {
        finish_elastic_answer(*request, response);
        respond(std::move(response));
    }
};

namespace {

bool is_index_name(std::string_view name) {
    return !name.empty() && name.size() <= kIndexBytesMax &&
           std::none_of(name.begin(), name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

bool is_source_name(std::string_view name) {
    return !name.empty() && name.size() <= kSourceNameBytesMax &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

HttpResponse no_room() {
    HttpResponse response = elastic_error(429, "es_rejected_execution_exception",
                                          "the journal has no room, send it again later");
    response.headers.emplace_back("Retry-After", std::to_string(kRetryAfterSeconds));
    return response;
}

HttpResponse of_error(const base::Error& error) {
    switch (error.code) {
        case ErrorCode::limit: return elastic_error(413, "content_too_long", error.message());
        case ErrorCode::unsupported:
            return elastic_error(415, "media_type_header_exception", error.message());
        default: return elastic_error(400, "illegal_argument_exception", error.message());
    }
}

bool is_writing(std::string_view method) { return method == "POST" || method == "PUT"; }

bool is_ingest(const std::vector<std::string>& parts) {
    return !parts.empty() && parts[0] == "ingest";
}

}  // namespace

Reception::Reception(SourceContext context, Tokens tokens)
    : context_(std::move(context)),
      tokens_(std::move(tokens)),
      counters_(context_.counters.stage("source " + context_.name)) {}

std::optional<HttpResponse> Reception::refuse(const HttpRequest& head) const {
    const std::string_view api = is_ingest(head.path_parts()) ? "ingest" : "bulk";
    HttpResponse out;
    switch (http_refusal(head, tokens_, api)) {
        case HttpRefusal::none: return std::nullopt;
        case HttpRefusal::web_page:
            out = elastic_error(403, "security_exception",
                                "not for web pages: set tokens to allow it");
            break;
        case HttpRefusal::no_token:
        case HttpRefusal::unknown_token:
            out = elastic_error(401, "security_exception",
                                "missing or unknown token: use Bearer, ApiKey or Basic");
            out.headers.emplace_back("WWW-Authenticate", "Basic realm=\"vedette\", ApiKey, Bearer");
            break;
        case HttpRefusal::other_api:
            out = elastic_error(403, "security_exception", "the token may not use this interface");
            break;
    }
    count_http_refusal(context_, out.status);
    finish_elastic_answer(head, out);
    return out;
}

void Reception::handle(HttpRequest request, base::HttpResponder respond) {
    Asked asked{std::make_shared<HttpRequest>(std::move(request)), std::move(respond), nullptr};
    if (!tokens_.is_empty()) {
        asked.token = tokens_.find(asked.request->header("authorization"));
        if (asked.token == nullptr)
            return asked.answer(elastic_error(401, "security_exception", ""));
    }
    const std::vector<std::string> parts = asked.request->path_parts();
    const bool is_write = is_writing(asked.request->method);
    if (is_ingest(parts)) {
        if (parts.size() == 2 && is_write) return ingest(asked, parts[1]);
        return asked.answer(elastic_error(is_write ? 404 : 405, "illegal_argument_exception",
                                          "send records with POST /ingest/SOURCE-NAME"));
    }
    if (is_write && !parts.empty()) {
        const std::string& verb = parts.size() == 1 ? parts[0] : parts[1];
        if (parts.size() <= 2 && verb == "_bulk") {
            const std::string index = parts.size() == 2 ? parts[0] : "";
            return bulk(asked, index);
        }
        const bool is_create = verb == "_create" || asked.request->parameter("op_type") == "create";
        if ((verb == "_doc" || verb == "_create") && (parts.size() == 2 || parts.size() == 3)) {
            return document(asked, parts[0], parts.size() == 3 ? parts[2] : "",
                            is_create ? BulkAction::create : BulkAction::index);
        }
    }
    if (auto answer = shipper_answer(*asked.request)) return asked.answer(std::move(*answer));
    asked.answer(elastic_error(404, "illegal_argument_exception",
                               "events are taken here (_bulk, _doc, /ingest/NAME), not searched: "
                               "no handler found for " +
                                   asked.request->method + " " + asked.request->path));
}

const event::FormatDeclaration* Reception::format_named(std::string_view name) const {
    for (const event::FormatDeclaration& format : context_.formats) {
        if (format.name == name) return &format;
    }
    return nullptr;
}

void Reception::bulk(const Asked& asked, std::string_view default_index) {
    auto opened = opened_body(*asked.request);
    if (!opened) return asked.answer(of_error(opened.error()));
    // The documents of the items lie in the body.
    asked.request->body = std::move(*opened);
    auto body = split_bulk(asked.request->body, default_index);
    if (!body) return asked.answer(of_error(body.error()));
    take_items(asked, std::move(*body), false);
}

void Reception::document(const Asked& asked, std::string_view index, std::string id,
                         BulkAction action) {
    auto opened = opened_body(*asked.request);
    if (!opened) return asked.answer(of_error(opened.error()));
    asked.request->body = std::move(*opened);
    BulkBody body{{std::string(index)}, {}};
    body.items.push_back({action, 0, std::move(id), asked.request->body});
    take_items(asked, std::move(body), true);
}

/// What can be said of each item before any is offered; `created` for those that go on.
std::vector<ItemFate> Reception::judge(const BulkBody& body, const Token* token) const {
    std::vector<ItemFate> by_index;
    for (const std::string& index : body.indices) {
        const bool may = token == nullptr || token->may_write_index(index);
        by_index.push_back(!is_index_name(index) ? ItemFate::no_index
                           : may                 ? ItemFate::created
                                                 : ItemFate::denied);
    }
    std::vector<ItemFate> fates;
    fates.reserve(body.items.size());
    for (const BulkItem& item : body.items) {
        const bool is_supported =
            item.action == BulkAction::index || item.action == BulkAction::create;
        fates.push_back(!is_supported                               ? ItemFate::unsupported
                        : by_index[item.index] != ItemFate::created ? by_index[item.index]
                        : item.id.size() > kIdBytesMax              ? ItemFate::bad_id
                        : item.document.empty()                     ? ItemFate::empty_document
                        : item.document.size() > kDocumentBytesMax  ? ItemFate::large_document
                                                                    : ItemFate::created);
    }
    return fates;
}

namespace {

/// A `_bulk` between being split and being answered.
struct BulkInWork {
    BulkBody body;
    std::vector<ItemFate> fates;
    std::vector<std::uint32_t> chunk_of;  // per item that goes on
    AnswerStyle style = AnswerStyle::full;

    void learn(const Fates& result) {
        for (std::size_t i = 0; i < fates.size(); ++i) {
            const bool is_lost =
                (fates[i] == ItemFate::repeated && result.earlier != Fate::durable) ||
                (fates[i] == ItemFate::created && result.chunks[chunk_of[i]] != Fate::durable);
            if (is_lost) fates[i] = ItemFate::rejected;
        }
    }
};

std::vector<std::string> keys_of(const BulkInWork& work) {
    std::vector<std::string> keys(work.body.items.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const BulkItem& item = work.body.items[i];
        if (work.fates[i] != ItemFate::created || item.id.empty()) continue;
        keys[i] = work.body.indices[item.index] + '\0' + item.id;
    }
    return keys;
}

HttpResponse single_answer(const BulkInWork& work) {
    const std::string all = bulk_answer(work.body, work.fates, AnswerStyle::full, 0);
    const ItemFate fate = work.fates.front();
    if (fate == ItemFate::rejected) return no_room();
    // The one item, without the list and the action's name around it.
    const std::size_t begin = all.find("\":{", all.find("\"items\":[")) + 2;
    HttpResponse response{201, all.substr(begin, all.size() - 3 - begin)};
    const std::size_t status = response.body.rfind("\"status\":");
    response.status = std::stoi(response.body.substr(status + 9));
    return response;
}

}  // namespace

void Reception::take_items(const Asked& asked, BulkBody body, bool is_single) {
    auto work = std::make_shared<BulkInWork>();
    work->fates = judge(body, asked.token);
    work->body = std::move(body);
    work->chunk_of.resize(work->fates.size());
    work->style = style_for_filter_path(asked.request->parameter("filter_path").value_or(""));
    event::Envelope shared = http_envelope(context_, *asked.request, asked.token);
    set_format(shared, "json", context_.formats);
    counters_.received += work->fates.size();
    counters_.bytes += asked.request->body.size();

    const auto delivery = std::make_shared<Delivery>(
        context_.sink, [this, self = shared_from_this(), asked, work, is_single,
                        arrival = shared.arrival](const Fates& result) {
            work->learn(result);
            const auto count = [&](ItemFate fate) {
                return static_cast<std::uint64_t>(
                    std::count(work->fates.begin(), work->fates.end(), fate));
            };
            counters_.sent += count(ItemFate::created);
            counters_.dropped += count(ItemFate::repeated);
            const std::uint64_t rejected = count(ItemFate::rejected);
            counters_.errors += rejected;
            if (is_single) return asked.answer(single_answer(*work));
            const auto took = context_.clock.now().unix_ms() - arrival.unix_ms();
            HttpResponse response{200, bulk_answer(work->body, work->fates, work->style, took)};
            // The status stays 200, as with Elasticsearch: senders look at the items and repeat
            // those.
            if (rejected > 0) {
                response.headers.emplace_back("Retry-After", std::to_string(kRetryAfterSeconds));
            }
            asked.answer(std::move(response));
        });
    {
        const std::lock_guard lock(claiming_mutex());
        std::vector<std::string> keys = keys_of(*work);
        const std::vector<bool> known = context_.sink.seen(keys);
        RecordChunks chunks(std::move(shared));
        bool has_repeated = false;
        for (std::size_t i = 0; i < work->fates.size(); ++i) {
            if (work->fates[i] != ItemFate::created) continue;
            const BulkItem& item = work->body.items[i];
            if (known[i]) {
                work->fates[i] = ItemFate::repeated;
                has_repeated = true;
                continue;
            }
            work->chunk_of[i] =
                chunks.add(item.document, work->body.indices[item.index], std::move(keys[i]));
        }
        delivery->offer_all(chunks.take());
        if (has_repeated) delivery->wait_for_earlier();
    }
    // The documents are in the chunks now; only names are needed for the answer.
    for (BulkItem& item : work->body.items) item.document = {};
    std::string().swap(asked.request->body);
    delivery->release();
}

void Reception::ingest(const Asked& asked, const std::string& source_name) {
    if (!is_source_name(source_name)) {
        return asked.answer(elastic_error(400, "illegal_argument_exception",
                                          "a source name has 1 to 64 letters, digits, . - _"));
    }
    if (asked.token != nullptr && !asked.token->may_write_source(source_name)) {
        return asked.answer(
            elastic_error(403, "security_exception", "the token may not write as this source"));
    }
    const std::string wanted = asked.request->parameter("format").value_or("");
    const event::FormatDeclaration* format = wanted.empty() ? nullptr : format_named(wanted);
    if (!wanted.empty() && format == nullptr) {
        return asked.answer(
            elastic_error(400, "illegal_argument_exception", "there is no format named " + wanted));
    }
    const auto opened = opened_body(*asked.request);
    if (!opened) return asked.answer(of_error(opened.error()));
    const auto records = split_ingest(*opened, wanted.empty() || wanted == "json");
    if (!records) return asked.answer(of_error(records.error()));
    for (const std::string_view record : *records) {
        if (record.size() > kDocumentBytesMax) {
            return asked.answer(elastic_error(413, "content_too_long", "a record is over 16 MiB"));
        }
    }
    if (format == nullptr) {
        const std::size_t looked_at = std::min(records->size(), kRecogniseRecordsMax);
        format = &event::recognise(
            context_.formats, {records->begin(), records->begin() + static_cast<long>(looked_at)});
    }
    event::Envelope shared = http_envelope(context_, *asked.request, asked.token);
    shared.source = source_name;
    shared.format = format->name;
    shared.format_version = format->version;
    RecordChunks chunks(std::move(shared));
    event::HeaderContext header;
    for (const std::string_view record : *records) {
        if (header.wants(format->framing, record)) {
            header.take(format->framing, record);
            continue;
        }
        header.is_open = false;
        chunks.add(record, header.text, {});
    }
    const std::size_t count = records->size();
    counters_.received += count;
    counters_.bytes += opened->size();
    const auto delivery = std::make_shared<Delivery>(
        context_.sink, [this, self = shared_from_this(), asked, count](const Fates& result) {
            const bool is_all = std::all_of(result.chunks.begin(), result.chunks.end(),
                                            [](Fate fate) { return fate == Fate::durable; });
            (is_all ? counters_.sent : counters_.errors) += count;
            if (!is_all) return asked.answer(no_room());
            asked.answer({200, "{\"accepted\":" + std::to_string(count) + "}"});
        });
    delivery->offer_all(chunks.take());
    delivery->release();
}

}  // namespace vedette::source::http
