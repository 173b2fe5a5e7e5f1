// SPDX-License-Identifier: Apache-2.0
#include "rule/search/hit.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json_text.h"
#include "event/schema.h"

namespace vedette::rule::search {

namespace {

std::string time_text(base::Timestamp time) {
    return base::format_rfc3339(time, time.unix_ns % base::kNsPerMs == 0 ? 3 : 9);
}

// Puts a field in, or replaces its first value by all of them, which only the map has.
void set_field(Hit& hit, std::size_t schema_count, std::string_view name, std::string_view value) {
    const auto end = hit.fields.begin() + static_cast<std::ptrdiff_t>(schema_count);
    const auto found =
        std::find_if(hit.fields.begin(), end, [&](const auto& f) { return f.first == name; });
    if (found != end) {
        found->second = value;
    } else {
        hit.fields.emplace_back(name, value);
    }
}

void read_schema_fields(base::ByteReader& in, Hit& hit) {
    for (const event::SchemaField& field : event::schema_fields()) {
        if (field.type == event::StoreType::number) {
            if (in.get<std::uint8_t>() != 0) continue;  // NULL
            hit.fields.emplace_back(field.name, std::to_string(in.get<std::int64_t>()));
            continue;
        }
        const std::string_view text = in.text();
        if (!text.empty()) hit.fields.emplace_back(field.name, text);
    }
}

Hit read_hit(base::ByteReader& in) {
    Hit hit;
    hit.offset = in.get<std::uint64_t>();
    hit.row = in.get<std::uint32_t>();
    hit.time.unix_ns = in.get<std::int64_t>();
    hit.arrival.unix_ns = in.get<std::int64_t>();
    hit.source = in.text();
    hit.origin = in.text();
    hit.dataset = in.text();
    hit.line = in.get<std::uint64_t>();
    hit.flags = in.get<std::uint16_t>();
    read_schema_fields(in, hit);
    const std::size_t schema_count = hit.fields.size();
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        const std::string_view name = in.text();
        set_field(hit, schema_count, name, in.text());
    }
    hit.raw = in.text();
    return hit;
}

auto damaged() {
    return base::fail(base::ErrorCode::corrupt, "the store's answer is not what was asked for");
}

}  // namespace

std::string hit_columns() {
    std::string out = "offset, row, time, arrival, source, origin, dataset, line, flags, ";
    for (const event::SchemaField& field : event::schema_fields())
        out += '`' + field.column() + "`, ";
    return out + "fields, raw";
}

base::Result<std::vector<Hit>> decode_hits(std::string_view row_binary) {
    base::ByteReader in(row_binary);
    std::vector<Hit> hits;
    while (!in.is_at_end()) {
        hits.push_back(read_hit(in));
        if (!in.is_good()) return damaged();
    }
    return hits;
}

base::Result<std::uint64_t> decode_count(std::string_view row_binary) {
    base::ByteReader in(row_binary);
    const auto count = in.get<std::uint64_t>();
    if (!in.is_good() || !in.is_at_end()) return damaged();
    return count;
}

std::string Hit::field(std::string_view name) const {
    if (name == "time" || name == "@timestamp") return time_text(time);
    if (name == "arrival") return time_text(arrival);
    if (name == "source") return source;
    if (name == "origin") return origin;
    if (name == "dataset") return dataset;
    if (name == "line") return std::to_string(line);
    if (name == "offset") return std::to_string(offset);
    if (name == "row") return std::to_string(row);
    if (name == "raw") return raw;
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == name; });
    return found == fields.end() ? std::string() : found->second;
}

void append_json(std::string& out, const Hit& hit) {
    out += "{\"id\":\"" + std::to_string(hit.offset) + '.' + std::to_string(hit.row);
    out += "\",\"time\":\"" + time_text(hit.time) + "\",\"arrival\":\"" + time_text(hit.arrival);
    out += "\",\"source\":";
    base::append_json_string(out, hit.source);
    out += ",\"origin\":";
    base::append_json_string(out, hit.origin);
    out += ",\"dataset\":";
    base::append_json_string(out, hit.dataset);
    out += ",\"line\":" + std::to_string(hit.line) + ",\"flags\":" + std::to_string(hit.flags);
    out += ",\"fields\":";
    append_json_fields(out, hit);
    out += ",\"raw\":";
    base::append_json_string(out, hit.raw);
    out += '}';
}

void append_json_fields(std::string& out, const Hit& hit) {
    out += '{';
    bool is_first = true;
    for (const auto& [name, value] : hit.fields) {
        if (!is_first) out += ',';
        is_first = false;
        base::append_json_string(out, name);
        out += ':';
        base::append_json_string(out, value);
    }
    out += '}';
}

}  // namespace vedette::rule::search
