// SPDX-License-Identifier: Apache-2.0
#include <simdjson.h>

#include "event/document_framer.h"
#include "parse/json/json_decoder.h"
#include "parse/registry.h"

namespace vedette::parse {

namespace {

/// The share of records that are JSON objects or lists. Below certainty, because a format that is
/// JSON with a meaning of its own may know better.
int recognise_json(const std::vector<std::string_view>& records) {
    constexpr int kScoreMax = 90;
    simdjson::dom::parser parser;
    std::size_t good = 0, seen = 0;
    for (std::string_view record : records) {
        if (record.starts_with("\xEF\xBB\xBF")) record.remove_prefix(3);
        const std::size_t begin = record.find_first_not_of(" \t\r\n");
        if (begin == std::string_view::npos) continue;
        ++seen;
        if (record[begin] != '{' && record[begin] != '[') continue;
        const auto error = parser.parse(simdjson::padded_string(record)).error();
        // Numbers too large for simdjson and damaged text are JSON all the same.
        if (error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR ||
            error == simdjson::UTF8_ERROR) {
            ++good;
        }
    }
    return seen == 0 ? 0 : static_cast<int>(kScoreMax * good / seen);
}

}  // namespace

void register_json(Registry& registry) {
    Format format;
    format.declaration.name = "json";
    format.declaration.recognise = recognise_json;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<json::JsonDecoder>(fields);
    };
    // In a line of syslog or the journal; with the mark of the Common Event Expression too.
    format.inner_starts = {"{", json::kCeeMark};
    format.summary = "JSON lines: ECS, Windows and Sysmon, CloudTrail, and any other object";
    registry.add(std::move(format));

    Format documents;
    documents.declaration.name = "json_document";
    documents.declaration.framing.kind = event::Framing::Kind::documents;
    documents.declaration.recognise_head = event::recognise_documents;
    documents.make = [](event::FieldDictionary& fields) {
        return std::make_unique<json::JsonDecoder>(fields);
    };
    documents.summary = "JSON over several lines: the same, from documents, lists and exports";
    registry.add(std::move(documents));
}

}  // namespace vedette::parse
