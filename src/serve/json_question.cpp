// SPDX-License-Identifier: Apache-2.0
#include "serve/json_question.h"

#include <simdjson.h>

#include <algorithm>

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::Result;

/// False where the value is of another kind.
bool put(const simdjson::dom::element& value, std::string* to) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return false;
    *to = text;
    return true;
}

bool put(const simdjson::dom::element& value, std::int64_t* to) {
    return value.get(*to) == simdjson::SUCCESS;
}

bool put(const simdjson::dom::element& value, std::uint64_t* to) {
    return value.get(*to) == simdjson::SUCCESS;
}

bool put(const simdjson::dom::element& value, std::optional<std::uint64_t>* to) {
    std::uint64_t number = 0;
    if (!put(value, &number)) return false;
    *to = number;
    return true;
}

}  // namespace

JsonQuestion& JsonQuestion::text(std::string_view name, std::string& to) {
    members_.emplace_back(name, &to);
    return *this;
}

JsonQuestion& JsonQuestion::number(std::string_view name, std::int64_t& to) {
    members_.emplace_back(name, &to);
    return *this;
}

JsonQuestion& JsonQuestion::number(std::string_view name, std::uint64_t& to) {
    members_.emplace_back(name, &to);
    return *this;
}

JsonQuestion& JsonQuestion::number(std::string_view name, std::optional<std::uint64_t>& to) {
    members_.emplace_back(name, &to);
    return *this;
}

std::string JsonQuestion::names() const {
    std::string out = "use ";
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (i > 0) out += i + 1 == members_.size() ? " and " : ", ";
        out += members_[i].first;
    }
    return out;
}

Result<void> JsonQuestion::read(std::string_view body) const {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    const simdjson::padded_string padded(body);
    if (parser.parse(padded).get(object) != simdjson::SUCCESS) {
        return base::fail(ErrorCode::bad_input, "the body is no JSON object");
    }
    for (const auto& [key, value] : object) {
        const std::string_view name = key;
        const auto member = std::find_if(members_.begin(), members_.end(),
                                         [&](const auto& one) { return one.first == name; });
        const bool is_known = member != members_.end();
        const simdjson::dom::element element = value;
        if (is_known && std::visit([&](auto* to) { return put(element, to); }, member->second)) {
            continue;
        }
        return base::fail(
            ErrorCode::bad_input,
            (is_known ? "this cannot be used: " : "this is not known: ") + std::string(name), {},
            names());
    }
    return {};
}

}  // namespace vedette::serve
