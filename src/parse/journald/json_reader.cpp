// SPDX-License-Identifier: Apache-2.0
#include "parse/journald/json_reader.h"

#include <cstdint>

#include "parse/journald/limits.h"

namespace vedette::parse::journald {

bool JsonReader::read(std::string_view text, Entry& entry) {
    entry.clear();
    padded_.assign(text);
    padded_.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::document document;
    if (parser_.iterate(padded_.data(), text.size(), padded_.capacity()).get(document))
        return false;
    simdjson::ondemand::object object;
    if (document.get_object().get(object)) return false;
    for (auto each : object) {
        simdjson::ondemand::field field;
        if (std::move(each).get(field)) return false;
        std::string_view name;
        if (field.unescaped_key().get(name)) return false;
        if (!add_value(name, field.value(), 0, entry)) return false;
    }
    return true;
}

bool JsonReader::add_value(std::string_view name, Value value, int depth, Entry& entry) {
    simdjson::ondemand::json_type type;
    if (value.type().get(type)) return false;
    switch (type) {
        case simdjson::ondemand::json_type::string: {
            std::string_view text;
            if (value.get_string().get(text)) return false;
            entry.add(name, text);
            return true;
        }
        case simdjson::ondemand::json_type::null: entry.set_truncated(); return true;
        case simdjson::ondemand::json_type::array: {
            simdjson::ondemand::array list;
            if (depth == kDepthMax || value.get_array().get(list)) return false;
            return add_list(name, list, depth + 1, entry);
        }
        case simdjson::ondemand::json_type::object: return false;
        default: {
            std::string_view token = value.raw_json_token();
            while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
                token.remove_suffix(1);
            }
            entry.add(name, token);
            return true;
        }
    }
}

/// Numbers are the bytes of one value, everything else are values.
bool JsonReader::add_list(std::string_view name, simdjson::ondemand::array list, int depth,
                          Entry& entry) {
    std::string bytes;
    bool has_bytes = false;
    for (auto each : list) {
        Value value;
        if (each.get(value)) return false;
        simdjson::ondemand::json_type type;
        if (value.type().get(type)) return false;
        if (type != simdjson::ondemand::json_type::number) {
            if (!add_value(name, value, depth, entry)) return false;
            continue;
        }
        std::uint64_t byte = 0;
        if (value.get_uint64().get(byte) || byte > 255) return false;
        bytes.push_back(static_cast<char>(byte));
        has_bytes = true;
    }
    if (has_bytes) entry.add_copy(name, bytes);
    return true;
}

}  // namespace vedette::parse::journald
