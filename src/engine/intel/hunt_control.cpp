// SPDX-License-Identifier: Apache-2.0
#include "engine/intel/hunt_control.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/base64.h"
#include "base/json_text.h"
#include "cases/record.h"

namespace vedette::engine::intel {

namespace {

constexpr std::string_view kPrefix = "{\"type\":\"intel_hunt\",";

}  // namespace

std::string hunt_control(const HuntRun& run) {
    std::string out = std::string(kPrefix) + "\"set\":";
    base::append_json_string(out, run.set);
    out +=
        fmt::format(",\"indicators\":{},\"values\":{},\"events\":{},\"left_out\":{},\"findings\":[",
                    run.indicators, run.values, run.events, run.left_out);
    for (const cases::Finding& finding : run.findings) {
        // As base64, because a log may hold bytes that no JSON can.
        out += out.back() == '[' ? "\"" : ",\"";
        base::append_base64(out, cases::encode(finding));
        out += '"';
    }
    return out + "]}";
}

std::optional<HuntRun> hunt_of_control(std::string_view payload) {
    if (!payload.starts_with(kPrefix)) return std::nullopt;
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    simdjson::dom::array findings;
    std::string_view set;
    const simdjson::padded_string padded(payload);
    HuntRun out;
    if (parser.parse(padded).get(object) != simdjson::SUCCESS ||
        object["set"].get(set) != simdjson::SUCCESS ||
        object["indicators"].get(out.indicators) != simdjson::SUCCESS ||
        object["values"].get(out.values) != simdjson::SUCCESS ||
        object["events"].get(out.events) != simdjson::SUCCESS ||
        object["left_out"].get(out.left_out) != simdjson::SUCCESS ||
        object["findings"].get(findings) != simdjson::SUCCESS ||
        findings.size() > kHuntFindingsMax) {
        return std::nullopt;
    }
    out.set = set;
    for (const simdjson::dom::element element : findings) {
        std::string_view text;
        if (element.get(text) != simdjson::SUCCESS) return std::nullopt;
        const auto bytes = base::base64_decoded(text);
        if (!bytes) return std::nullopt;
        auto finding = cases::decode_finding(*bytes);
        if (!finding) return std::nullopt;
        out.findings.push_back(std::move(*finding));
    }
    return out;
}

}  // namespace vedette::engine::intel
