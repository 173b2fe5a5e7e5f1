// SPDX-License-Identifier: Apache-2.0
#include "source/http/bulk_answer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>

#include "base/json_text.h"
#include "source/http/limits.h"

namespace vedette::source::http {

namespace {

struct Told {
    int status;
    std::string_view result;      // of a success
    std::string_view error_type;  // of an error
    std::string_view reason;
};

Told told(ItemFate fate) {
    switch (fate) {
        case ItemFate::created: return {201, "created", {}, {}};
        case ItemFate::repeated: return {200, "noop", {}, {}};
        case ItemFate::rejected:
            return {429,
                    {},
                    "es_rejected_execution_exception",
                    "rejected execution: the journal has no room, send it again later"};
        case ItemFate::unsupported:
            return {400,
                    {},
                    "illegal_argument_exception",
                    "events are never changed or deleted: only index and create are supported"};
        case ItemFate::denied:
            return {403, {}, "security_exception", "the token may not write into this index"};
        case ItemFate::no_index:
            return {400,
                    {},
                    "invalid_index_name_exception",
                    "an index name of 1 to 255 bytes without control characters is needed"};
        case ItemFate::bad_id:
            return {400,
                    {},
                    "illegal_argument_exception",
                    "_id is too long, it must be no longer than 512 bytes"};
        case ItemFate::empty_document:
            return {400, {}, "document_parsing_exception", "the document is empty"};
        case ItemFate::large_document:
            return {413, {}, "illegal_argument_exception", "the document is larger than 16 MiB"};
    }
    return {500, {}, "exception", {}};
}

void append_error(std::string& out, const Told& what) {
    out.append(R"("error":{"type":")").append(what.error_type);
    out.append(R"(","reason":")").append(what.reason).append(R"("},)");
}

void append_item(std::string& out, const BulkItem& item, const std::string& quoted_index,
                 ItemFate fate, AnswerStyle style) {
    const Told what = told(fate);
    out.append("{\"").append(name(item.action)).append("\":{");
    if (style == AnswerStyle::full) {
        out.append("\"_index\":").append(quoted_index).append(",\"_id\":");
        base::append_json_string(out, item.id.empty() ? new_document_id() : item.id);
        out.push_back(',');
        if (!is_error(fate)) {
            out.append(R"("_version":1,"result":")").append(what.result);
            out.append(
                R"(","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":0,"_primary_term":1,)");
        }
    }
    if (is_error(fate)) append_error(out, what);
    out.append("\"status\":").append(std::to_string(what.status)).append("}}");
}

}  // namespace

bool is_error(ItemFate fate) { return fate != ItemFate::created && fate != ItemFate::repeated; }

AnswerStyle style_for_filter_path(std::string_view filter_path) {
    if (filter_path.empty()) return AnswerStyle::full;
    while (!filter_path.empty()) {
        const std::string_view part = filter_path.substr(0, filter_path.find(','));
        filter_path.remove_prefix(std::min(filter_path.size(), part.size() + 1));
        const bool is_told_anyway = part == "took" || part == "errors" ||
                                    part == "items.*.status" ||
                                    part.substr(0, 13) == "items.*.error";
        if (!is_told_anyway) return AnswerStyle::full;
    }
    return AnswerStyle::compact;
}

std::string bulk_answer(const BulkBody& body, const std::vector<ItemFate>& fates, AnswerStyle style,
                        std::int64_t took_ms) {
    std::vector<std::string> quoted(body.indices.size());
    for (std::size_t i = 0; i < quoted.size(); ++i) {
        base::append_json_string(quoted[i], body.indices[i]);
    }
    const bool has_errors = std::any_of(fates.begin(), fates.end(), is_error);
    std::string out = "{\"took\":" + std::to_string(took_ms);
    out.append(has_errors ? ",\"errors\":true,\"items\":[" : ",\"errors\":false,\"items\":[");
    out.reserve(out.size() + body.items.size() * (style == AnswerStyle::full ? 220 : 30));
    for (std::size_t i = 0; i < body.items.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_item(out, body.items[i], quoted[body.items[i].index], fates[i], style);
    }
    return out.append("]}");
}

std::string new_document_id() {
    static const auto start =
        static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
    static std::atomic<std::uint64_t> count{0};
    char text[33];
    const int size =
        std::snprintf(text, sizeof text, "%llx-%llx", static_cast<unsigned long long>(start),
                      static_cast<unsigned long long>(count.fetch_add(1)));
    return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace vedette::source::http
