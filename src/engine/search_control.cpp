// SPDX-License-Identifier: Apache-2.0
#include "engine/search_control.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_text.h"
#include "cases/record.h"
#include "engine/limits.h"

namespace vedette::engine {

namespace {

constexpr std::string_view kSearchesPrefix = "{\"type\":\"searches\",";
constexpr std::string_view kRunPrefix = "{\"type\":\"search_run\",";

/// A finding's record as digits, because a log may hold bytes that no JSON can.
std::string hex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(kDigits[byte >> 4]);
        out.push_back(kDigits[byte & 15]);
    }
    return out;
}

std::optional<std::string> bytes_of_hex(std::string_view digits) {
    const auto value = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    };
    if (digits.size() % 2 != 0) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = value(digits[i]), low = value(digits[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
    }
    return out;
}

bool get_text(simdjson::dom::object object, const char* key, std::string& out) {
    std::string_view text;
    if (object[key].get(text) != simdjson::SUCCESS) return false;
    out = text;
    return true;
}

std::optional<SavedSearch> saved_search(simdjson::dom::element element) {
    simdjson::dom::object object;
    SavedSearch out;
    std::string severity;
    simdjson::dom::array attack;
    if (element.get(object) != simdjson::SUCCESS || !get_text(object, "name", out.name) ||
        !get_text(object, "title", out.title) || !get_text(object, "query", out.query) ||
        !get_text(object, "description", out.description) ||
        !get_text(object, "severity", severity) ||
        object["every_ns"].get(out.every_ns) != simdjson::SUCCESS ||
        object["over_ns"].get(out.over_ns) != simdjson::SUCCESS ||
        object["attack"].get(attack) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    const auto level = cases::parse_severity(severity);
    if (!level || out.every_ns < kSearchEveryNsMin || out.over_ns < out.every_ns ||
        out.over_ns > kSearchOverNsMax) {
        return std::nullopt;
    }
    out.severity = *level;
    for (const simdjson::dom::element id : attack) {
        std::string_view text;
        if (id.get(text) != simdjson::SUCCESS) return std::nullopt;
        out.attack.emplace_back(text);
    }
    return out;
}

}  // namespace

std::string searches_control(const std::vector<SavedSearch>& searches) {
    std::string out = std::string(kSearchesPrefix) + "\"searches\":[";
    for (const SavedSearch& search : searches) {
        if (out.back() != '[') out += ',';
        out += "{\"name\":";
        base::append_json_string(out, search.name);
        out += ",\"title\":";
        base::append_json_string(out, search.title);
        out += ",\"description\":";
        base::append_json_string(out, search.description);
        out += ",\"query\":";
        base::append_json_string(out, search.query);
        out += fmt::format(",\"severity\":\"{}\",\"every_ns\":{},\"over_ns\":{}",
                           cases::name(search.severity), search.every_ns, search.over_ns);
        base::append_json_strings(out, "attack", search.attack);
        out += '}';
    }
    return out + "]}";
}

std::optional<std::vector<SavedSearch>> searches_of_control(std::string_view payload) {
    if (!payload.starts_with(kSearchesPrefix)) return std::nullopt;
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    simdjson::dom::array searches;
    const simdjson::padded_string padded(payload);
    if (parser.parse(padded).get(object) != simdjson::SUCCESS ||
        object["searches"].get(searches) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    std::vector<SavedSearch> out;
    for (const simdjson::dom::element element : searches) {
        auto search = saved_search(element);
        if (!search) return std::nullopt;
        out.push_back(std::move(*search));
    }
    return out;
}

std::string search_run_control(const SearchRun& run) {
    std::string out = std::string(kRunPrefix) + "\"search\":";
    base::append_json_string(out, run.search);
    out += fmt::format(",\"to_ns\":{},\"skipped\":{},\"left_out\":{},\"error\":", run.to.unix_ns,
                       run.skipped, run.left_out);
    base::append_json_string(out, run.error);
    out += ",\"findings\":[";
    for (const cases::Finding& finding : run.findings) {
        if (out.back() != '[') out += ',';
        out += '"' + hex(cases::encode(finding)) + '"';
    }
    return out + "]}";
}

std::optional<SearchRun> search_run_of_control(std::string_view payload) {
    if (!payload.starts_with(kRunPrefix)) return std::nullopt;
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    simdjson::dom::array findings;
    const simdjson::padded_string padded(payload);
    SearchRun out;
    if (parser.parse(padded).get(object) != simdjson::SUCCESS ||
        !get_text(object, "search", out.search) || !get_text(object, "error", out.error) ||
        object["to_ns"].get(out.to.unix_ns) != simdjson::SUCCESS ||
        object["skipped"].get(out.skipped) != simdjson::SUCCESS ||
        object["left_out"].get(out.left_out) != simdjson::SUCCESS ||
        object["findings"].get(findings) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    for (const simdjson::dom::element element : findings) {
        std::string_view digits;
        if (element.get(digits) != simdjson::SUCCESS) return std::nullopt;
        const auto bytes = bytes_of_hex(digits);
        if (!bytes) return std::nullopt;
        auto finding = cases::decode_finding(*bytes);
        if (!finding) return std::nullopt;
        out.findings.push_back(std::move(*finding));
    }
    return out;
}

}  // namespace vedette::engine
