// SPDX-License-Identifier: Apache-2.0
#include "parse/journald/entry_reader.h"

#include "parse/decoder.h"
#include "parse/journald/limits.h"

namespace vedette::parse::journald {

bool EntryReader::read(std::string_view text) {
    fields_.clear();
    kept_count_ = 0;
    is_truncated_ = false;
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
        if (name.size() > kNameBytesMax || name.find('\0') != name.npos) {
            is_truncated_ = true;
            continue;
        }
        if (!add_value(name, field.value(), 0)) return false;
    }
    return true;
}

bool EntryReader::add_value(std::string_view name, Value value, int depth) {
    if (fields_.size() >= kValuesMax) {
        is_truncated_ = true;
        return true;
    }
    simdjson::ondemand::json_type type;
    if (value.type().get(type)) return false;
    switch (type) {
        case simdjson::ondemand::json_type::string: {
            std::string_view text;
            if (value.get_string().get(text)) return false;
            fields_.push_back({name, text.find('\0') == text.npos ? text : keep(text), true});
            return true;
        }
        case simdjson::ondemand::json_type::null: is_truncated_ = true; return true;
        case simdjson::ondemand::json_type::array: {
            simdjson::ondemand::array list;
            if (depth == kDepthMax || value.get_array().get(list)) return false;
            return add_list(name, list, depth + 1);
        }
        case simdjson::ondemand::json_type::object: return false;
        default: {
            std::string_view token = value.raw_json_token();
            while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
                token.remove_suffix(1);
            }
            fields_.push_back({name, token, true});
            return true;
        }
    }
}

/// Numbers are the bytes of one value, everything else are values.
bool EntryReader::add_list(std::string_view name, simdjson::ondemand::array list, int depth) {
    std::string bytes;
    bool has_bytes = false;
    for (auto each : list) {
        Value value;
        if (each.get(value)) return false;
        simdjson::ondemand::json_type type;
        if (value.type().get(type)) return false;
        if (type != simdjson::ondemand::json_type::number) {
            if (!add_value(name, value, depth)) return false;
            continue;
        }
        std::uint64_t byte = 0;
        if (value.get_uint64().get(byte) || byte > 255) return false;
        bytes.push_back(static_cast<char>(byte));
        has_bytes = true;
    }
    if (has_bytes) add_bytes(name, bytes);
    return true;
}

void EntryReader::add_bytes(std::string_view name, const std::string& bytes) {
    if (fields_.size() >= kValuesMax) {
        is_truncated_ = true;
        return;
    }
    std::string valid;
    const bool was_damaged = append_valid_utf8(valid, bytes);
    fields_.push_back({name, keep(valid), !was_damaged});
}

/// A copy with a blank for each NUL.
std::string_view EntryReader::keep(std::string_view text) {
    if (kept_.size() == kept_count_) kept_.emplace_back();
    std::string& copy = kept_[kept_count_++];
    copy.assign(text);
    for (char& c : copy) c = c == '\0' ? ' ' : c;
    return copy;
}

std::string_view EntryReader::first(std::string_view name) const {
    for (const EntryField& field : fields_) {
        if (field.name == name) return field.value;
    }
    return {};
}

}  // namespace vedette::parse::journald
