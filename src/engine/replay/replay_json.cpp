// SPDX-License-Identifier: Apache-2.0
#include "engine/replay/replay_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/json_text.h"

namespace vedette::engine::replay {

namespace {

using base::Result;
using simdjson::dom::array;
using simdjson::dom::element;

std::string day_text(std::int32_t day) {
    return base::format_rfc3339({day * base::kNsPerDay}, 0).substr(0, 10);
}

using Counted = std::vector<std::pair<std::string, std::uint64_t>>;

Counted by_hits(const std::map<std::string, std::uint64_t>& values, std::size_t values_max) {
    Counted out(values.begin(), values.end());
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (out.size() > values_max) out.resize(values_max);
    return out;
}

void append_values(std::string& out, const ReplayResult& result, std::size_t values_max) {
    std::vector<std::pair<std::string, Counted>> fields;
    for (const auto& [field, values] : result.values) {
        fields.emplace_back(field, by_hits(values, values_max));
    }
    std::stable_sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) {
        return a.second.front().second > b.second.front().second;
    });
    out += ",\"values\":[";
    for (const auto& [field, values] : fields) {
        if (out.back() != '[') out += ',';
        out += "{\"field\":";
        base::append_json_string(out, field);
        out += ",\"values\":[";
        for (const auto& [value, hits] : values) {
            if (out.back() != '[') out += ',';
            out += "{\"value\":";
            base::append_json_string(out, value);
            out += fmt::format(",\"hits\":{}}}", hits);
        }
        out += "]}";
    }
    out += ']';
}

void append_samples(std::string& out, const ReplayResult& result) {
    out += ",\"samples\":[";
    for (const ReplaySample& sample : result.samples) {
        if (out.back() != '[') out += ',';
        out += fmt::format("{{\"id\":\"{}:{}\",\"time\":\"{}\"", sample.id.offset, sample.id.row,
                           base::format_rfc3339(sample.time, 9));
        for (const auto& [key, text] :
             {std::pair<const char*, const std::string&>{"dataset", sample.dataset},
              {"host", sample.host},
              {"user", sample.user}}) {
            out += fmt::format(",\"{}\":", key);
            base::append_json_string(out, text);
        }
        out += '}';
    }
    out += ']';
}

/// Members of a JSON object; what is missing or of another kind makes it bad.
class Reader {
  public:
    std::uint64_t number(const element& from, const char* key) {
        std::uint64_t value = 0;
        is_good_ = from[key].get(value) == simdjson::SUCCESS && is_good_;
        return value;
    }
    std::string text(const element& from, const char* key) {
        std::string_view value;
        is_good_ = from[key].get(value) == simdjson::SUCCESS && is_good_;
        return std::string(value);
    }
    bool boolean(const element& from, const char* key) {
        bool value = false;
        is_good_ = from[key].get(value) == simdjson::SUCCESS && is_good_;
        return value;
    }
    array list(const element& from, const char* key) {
        array value;
        is_good_ = from[key].get(value) == simdjson::SUCCESS && is_good_;
        return is_good_ ? value : array();
    }
    base::Timestamp time(const std::string& text) {
        const auto value = base::parse_rfc3339(text);
        is_good_ = is_good_ && value.has_value();
        return value.value_or(base::Timestamp());
    }
    event::EventId id(const std::string& text) {
        event::EventId id;
        const std::size_t colon = text.find(':');
        is_good_ = is_good_ && colon != std::string::npos;
        if (!is_good_) return id;
        std::from_chars(text.data(), text.data() + colon, id.offset);
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), id.row);
        return id;
    }
    bool is_good() const { return is_good_; }

  private:
    bool is_good_ = true;
};

}  // namespace

std::string to_json(const ReplayResult& result, std::size_t values_max) {
    std::string out = fmt::format(
        "{{\"events\":{},\"candidates\":{},\"hits\":{},\"records_decoded\":{},\"undecided\":{},"
        "\"are_values_complete\":{},\"days\":[",
        result.events, result.candidates, result.hits, result.records_decoded, result.undecided,
        result.are_values_complete);
    for (const auto& [day, counts] : result.days) {
        if (out.back() != '[') out += ',';
        out += fmt::format("{{\"day\":\"{}\",\"events\":{},\"hits\":{}}}", day_text(day),
                           counts.events, counts.hits);
    }
    out += ']';
    append_values(out, result, values_max);
    append_samples(out, result);
    return out + '}';
}

Result<ReplayResult> replay_of_json(std::string_view json) {
    simdjson::dom::parser parser;
    element root;
    const simdjson::padded_string padded(json);
    Reader in;
    ReplayResult out;
    const bool is_json = parser.parse(padded).get(root) == simdjson::SUCCESS && root.is_object();
    if (is_json) {
        out.events = in.number(root, "events");
        out.candidates = in.number(root, "candidates");
        out.hits = in.number(root, "hits");
        out.records_decoded = in.number(root, "records_decoded");
        out.undecided = in.number(root, "undecided");
        out.are_values_complete = in.boolean(root, "are_values_complete");
        if (in.is_good()) {
            for (const element day : in.list(root, "days")) {
                const base::Timestamp time = in.time(in.text(day, "day") + "T00:00:00Z");
                out.days[time.day()] = {in.number(day, "events"), in.number(day, "hits")};
            }
        }
        if (in.is_good()) {
            for (const element field : in.list(root, "values")) {
                auto& values = out.values[in.text(field, "field")];
                if (!in.is_good()) break;
                for (const element value : in.list(field, "values")) {
                    values[in.text(value, "value")] = in.number(value, "hits");
                }
            }
        }
        if (in.is_good()) {
            for (const element sample : in.list(root, "samples")) {
                out.samples.push_back({in.id(in.text(sample, "id")),
                                       in.time(in.text(sample, "time")), in.text(sample, "dataset"),
                                       in.text(sample, "host"), in.text(sample, "user")});
            }
        }
    }
    if (is_json && in.is_good()) return out;
    return base::fail(base::ErrorCode::corrupt, "this is no result of a replay");
}

}  // namespace vedette::engine::replay
