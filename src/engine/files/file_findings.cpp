// SPDX-License-Identifier: Apache-2.0
#include "engine/files/file_findings.h"

#include <simdjson.h>

#include "base/base64.h"
#include "base/json_text.h"
#include "cases/record.h"
#include "rule/yara/limits.h"

namespace vedette::engine::files {

namespace {

constexpr std::string_view kPrefix = "{\"type\":\"file_findings\",";

}  // namespace

std::string file_findings_control(const FileFindings& found) {
    std::string out = std::string(kPrefix) + "\"path\":";
    base::append_json_string(out, found.path);
    out += ",\"sha256\":";
    base::append_json_string(out, found.sha256);
    out += ",\"rules\":";
    base::append_json_string(out, found.rules);
    out += ",\"findings\":[";
    for (const cases::Finding& finding : found.findings) {
        // As base64, because a path may hold bytes that no JSON can.
        out += out.back() == '[' ? "\"" : ",\"";
        base::append_base64(out, cases::encode(finding));
        out += '"';
    }
    return out + "]}";
}

std::optional<FileFindings> file_findings_of_control(std::string_view payload) {
    if (!payload.starts_with(kPrefix)) return std::nullopt;
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    simdjson::dom::array findings;
    std::string_view path, sha256, rules;
    const simdjson::padded_string padded(payload);
    if (parser.parse(padded).get(object) != simdjson::SUCCESS ||
        object["path"].get(path) != simdjson::SUCCESS ||
        object["sha256"].get(sha256) != simdjson::SUCCESS ||
        object["rules"].get(rules) != simdjson::SUCCESS ||
        object["findings"].get(findings) != simdjson::SUCCESS ||
        findings.size() > rule::yara::kMatchesMax) {
        return std::nullopt;
    }
    FileFindings out{std::string(path), std::string(sha256), std::string(rules), {}};
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

}  // namespace vedette::engine::files
