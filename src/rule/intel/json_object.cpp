// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/json_object.h"

#include <charconv>

#include "rule/intel/limits.h"

namespace vedette::rule::intel {

JsonObject::JsonObject(std::string_view written) {
    base::JsonScan in(written);
    is_good_ = in.object([&](std::string_view key) {
        std::string_view value;
        if (members_.size() == kMembersMax || !in.value(value)) return false;
        members_.emplace_back(key, value);
        return true;
    }) && in.is_at_end();
}

std::string_view JsonObject::member(std::string_view key) const {
    for (const auto& [name, value] : members_) {
        if (name == key) return value;
    }
    return {};
}

std::string JsonObject::text(std::string_view key) const {
    return json_text_of(member(key)).value_or(std::string());
}

std::optional<std::int64_t> JsonObject::whole(std::string_view key) const {
    std::string_view written = member(key);
    if (written.size() > 2 && written.front() == '"')
        written = written.substr(1, written.size() - 2);
    std::int64_t value = 0;
    const char* const end = written.data() + written.size();
    const auto [stop, error] = std::from_chars(written.data(), end, value);
    if (written.empty() || error != std::errc()) return std::nullopt;
    // 75.0 is as good as 75; what follows a number in JSON is part of it.
    return stop == end || *stop == '.' ? std::optional(value) : std::nullopt;
}

bool JsonObject::is_true(std::string_view key) const {
    const std::string_view written = member(key);
    return written == "true" || written == "1" || written == "\"1\"" || written == "\"true\"";
}

std::optional<std::string> json_text_of(std::string_view written) {
    base::JsonScan in(written);
    std::string_view inner;
    std::string out;
    if (!in.string(inner) || !base::append_json_unescaped(out, inner)) return std::nullopt;
    return out;
}

}  // namespace vedette::rule::intel
