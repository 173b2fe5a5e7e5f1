// SPDX-License-Identifier: Apache-2.0
#include "base/json_scan.h"
#include "source/otlp/limits.h"
#include "source/otlp/request_cut.h"
#include "source/otlp/request_parts.h"

namespace vedette::source::otlp {

using base::ErrorCode;
using base::JsonScan;
using base::Result;

namespace {

/// An object taken apart: one member that is a list of what is inside, and all others as written.
struct Opened {
    std::string_view inside;  ///< empty: not there, or null
    std::string rest;         ///< `"key":value,...`
};

Result<void> damaged(std::string_view what) {
    return base::fail(ErrorCode::bad_input, "not JSON as OTLP has it", std::string(what));
}

Result<Opened> open(std::string_view written, std::string_view list_name) {
    Opened out;
    JsonScan scan(written);
    const bool is_object = scan.object([&](std::string_view key) {
        std::string_view value;
        if (!scan.value(value)) return false;
        if (key == list_name) {
            // Twice there would be log records that nobody has counted.
            if (!out.inside.empty()) return false;
            if (value != "null") out.inside = value;
            return value == "null" || value.front() == '[';
        }
        if (!out.rest.empty()) out.rest += ',';
        out.rest.append("\"").append(key).append("\":").append(value);
        return true;
    });
    if (!is_object || !scan.is_at_end()) {
        VD_TRY_DO(damaged(list_name));
    }
    return out;
}

/// Calls `on_element` with each element of a list as written.
template <class OnElement>
Result<void> each(std::string_view list, std::string_view name, OnElement&& on_element) {
    if (list.empty()) return {};
    Result<void> result;
    JsonScan scan(list);
    const bool is_list = scan.list([&] {
        std::string_view element;
        if (!scan.value(element)) return false;
        result = on_element(element);
        return result.has_value();
    });
    if (!result) return result;
    return is_list ? Result<void>{} : damaged(name);
}

/// Calls `on_resource(resource)`, then for each of its scopes `on_scope(scope)`.
template <class OnResource, class OnScope>
Result<void> walk(std::string_view body, OnResource&& on_resource, OnScope&& on_scope) {
    VD_TRY(const Opened request, open(body, "resourceLogs"));
    return each(request.inside, "resourceLogs", [&](std::string_view written) -> Result<void> {
        VD_TRY(Opened resource, open(written, "scopeLogs"));
        on_resource(resource);
        return each(resource.inside, "scopeLogs", [&](std::string_view in) -> Result<void> {
            VD_TRY(Opened scope, open(in, "logRecords"));
            return on_scope(scope);
        });
    });
}

std::string with_comma(std::string_view members) {
    return members.empty() ? std::string() : std::string(members) + ",";
}

std::string write_part(std::string_view resource, std::string_view scope,
                       std::string_view log_records) {
    std::string out = "{\"resourceLogs\":[{" + with_comma(resource) + "\"scopeLogs\":[{" +
                      with_comma(scope) + "\"logRecords\":[";
    return out.append(log_records).append("]}]}]}");
}

}  // namespace

Result<CutCounts> cut_json(std::string_view body, RecordChunks& chunks) {
    std::size_t count = 0;
    const auto count_one = [&](std::string_view) -> Result<void> {
        return check_log_record_count(++count);
    };
    VD_TRY_DO(walk(
        body, [](const Opened&) {},
        [&](const Opened& scope) { return each(scope.inside, "logRecords", count_one); }));
    if (count == 0) return CutCounts{};
    if (body.size() <= kPartBytesMax && count <= kPartRowsMax) {
        chunks.add(body, {}, {}, count);
        return CutCounts{count, 0};
    }
    RequestParts parts(chunks, ",", write_part);
    VD_TRY_DO(walk(
        body, [&](Opened& resource) { parts.begin_resource(std::move(resource.rest)); },
        [&](Opened& scope) -> Result<void> {
            parts.begin_scope(std::move(scope.rest));
            VD_TRY_DO(each(scope.inside, "logRecords",
                           [&](std::string_view written) { return parts.add(written); }));
            return parts.end_scope();
        }));
    return parts.counts();
}

}  // namespace vedette::source::otlp
