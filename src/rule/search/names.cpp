// SPDX-License-Identifier: Apache-2.0
#include "rule/search/names.h"

#include <arpa/inet.h>

#include <algorithm>
#include <numeric>

#include "rule/search/scanner.h"

namespace vedette::rule::search {

namespace {

struct MetaField {
    std::string_view name;
    FieldKind kind;
};

constexpr MetaField kMetaFields[] = {
    {"time", FieldKind::meta_time},     {"arrival", FieldKind::meta_time},
    {"source", FieldKind::meta_text},   {"origin", FieldKind::meta_text},
    {"dataset", FieldKind::meta_text},  {"line", FieldKind::meta_number},
    {"offset", FieldKind::meta_number}, {"row", FieldKind::meta_number},
    {"raw", FieldKind::anywhere},
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The last part of names of long texts, lower case without underscores: ECS names (message,
// process.command_line, url.original) and those of other schemas (CommandLine, ScriptBlockText).
bool is_text_name(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    std::string last;
    for (const char c : dot == std::string_view::npos ? name : name.substr(dot + 1)) {
        if (c != '_') last.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
    for (const std::string_view end :
         {"message", "commandline", "text", "original", "body", "description"}) {
        if (last.size() >= end.size() &&
            last.compare(last.size() - end.size(), end.size(), end) == 0) {
            return true;
        }
    }
    return false;
}

FieldKind kind_of(const event::SchemaField& field) {
    if (field.type == event::StoreType::number) return FieldKind::number;
    if (field.type == event::StoreType::ip) return FieldKind::ip;
    return is_text_name(field.name) ? FieldKind::text : FieldKind::keyword;
}

constexpr std::size_t kNameBytesCompared = 64;  // the longest known name is half of that

std::string without_marks(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c != '.' && c != '_' && c != '-') {
            out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
        }
    }
    return out;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

FieldPlace place_of(std::string_view name) {
    if (name.empty()) return {FieldKind::anywhere, "raw", {}};
    if (name == "@timestamp") name = "time";
    for (const MetaField& field : kMetaFields) {
        if (field.name == name) return {field.kind, std::string(name), {}};
    }
    const auto fields = event::schema_fields();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].name == name) {
            return {kind_of(fields[i]), fields[i].column(), std::string(name),
                    static_cast<event::FieldId>(i)};
        }
    }
    return {is_text_name(name) ? FieldKind::text : FieldKind::keyword, {}, std::string(name)};
}

bool is_schema_name(std::string_view name) {
    const auto fields = event::schema_fields();
    return std::any_of(fields.begin(), fields.end(),
                       [&](const event::SchemaField& field) { return field.name == name; });
}

bool is_plain_name(std::string_view name) {
    if (name.empty() || !(is_letter(name[0]) || name[0] == '_' || name[0] == '@')) return false;
    return std::all_of(name.begin() + 1, name.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-' || c == '@';
    });
}

bool looks_like_address(std::string_view text) {
    const std::string terminated(text.substr(0, text.find('/')));
    unsigned char bytes[sizeof(in6_addr)];
    if (inet_pton(AF_INET6, terminated.c_str(), bytes) == 1) return true;
    if (text.size() != 17) return false;  // aa:bb:cc:dd:ee:ff
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i % 3 == 2 ? text[i] != ':' : !is_hex(text[i])) return false;
    }
    return true;
}

std::string print_field(std::string_view name) {
    if (is_plain_name(name) && keyword(name).empty()) return std::string(name);
    return print_quoted(name);
}

std::optional<std::string> nearest_field(std::string_view name) {
    if (name.size() > kNameBytesCompared) return std::nullopt;
    std::vector<std::string_view> known;
    for (const event::SchemaField& field : event::schema_fields()) known.push_back(field.name);
    for (const MetaField& field : kMetaFields) known.push_back(field.name);
    std::string_view best;
    std::size_t best_steps = name.size() / 4 + 1;  // further away is another word
    for (const std::string_view candidate : known) {
        if (candidate == name || name == "@timestamp") return std::nullopt;
        const std::size_t dot = candidate.rfind('.');
        const bool is_spelling =
            without_marks(name) == without_marks(candidate) ||
            (dot != std::string_view::npos && name.find('.') == std::string_view::npos &&
             candidate.substr(0, dot) == name && candidate.substr(dot) == ".name");
        const std::size_t steps = is_spelling ? 0 : edit_distance(name, candidate);
        if (steps < best_steps) {
            best = candidate;
            best_steps = steps;
        }
    }
    if (best.empty()) return std::nullopt;
    return std::string(best);
}

}  // namespace vedette::rule::search
