// SPDX-License-Identifier: Apache-2.0
#include "parse/syslog/structured_data.h"

#include "parse/syslog/limits.h"

namespace vedette::parse::syslog {

namespace {

constexpr std::string_view kPrefix = "log.syslog.structured_data.";

/// Eats an SD-NAME: printable ASCII but '=', blank, ']' and '"'. Empty if there is none.
std::string_view read_name(std::string_view& rest) {
    const std::string_view name = rest.substr(0, rest.find_first_of("= ]\""));
    if (name.size() > kStructuredNameBytesMax) return {};
    rest.remove_prefix(name.size());
    return name;
}

/// Eats `"value"` and leaves its text without escapes in `value`. A backslash before any other
/// character than '"', '\' and ']' is an ordinary one (RFC 5424 section 6.3.3).
bool read_quoted(std::string_view& rest, std::string& value) {
    value.clear();
    if (rest.empty() || rest.front() != '"') return false;
    std::size_t at = 1;
    while (at < rest.size()) {
        const std::size_t stop = rest.find_first_of("\"\\", at);
        if (stop == std::string_view::npos) return false;
        value.append(rest, at, stop - at);
        if (rest[stop] == '"') {
            rest.remove_prefix(stop + 1);
            return true;
        }
        if (stop + 1 >= rest.size()) return false;
        const char escaped = rest[stop + 1];
        if (escaped != '"' && escaped != '\\' && escaped != ']') value += '\\';
        value += escaped;
        at = stop + 2;
    }
    return false;
}

}  // namespace

void StructuredDataReader::read(std::string_view elements, RowSink& sink) {
    parameter_count_ = 0;
    while (read_element(elements, sink)) {
    }
}

bool StructuredDataReader::read_element(std::string_view& rest, RowSink& sink) {
    if (rest.empty() || rest.front() != '[') return false;
    rest.remove_prefix(1);
    const std::string_view id = read_name(rest);
    if (id.empty()) return false;
    bool is_bare = true;
    while (!rest.empty() && rest.front() == ' ') {
        rest.remove_prefix(1);
        if (!read_parameter(rest, id, sink)) return false;
        is_bare = false;
    }
    if (is_bare) add(id, {}, {}, event::ValueKind::empty_object, sink);
    if (rest.empty() || rest.front() != ']') return false;
    rest.remove_prefix(1);
    return true;
}

bool StructuredDataReader::read_parameter(std::string_view& rest, std::string_view id,
                                          RowSink& sink) {
    if (++parameter_count_ > kStructuredParametersMax) {
        sink.batch().rows().back().flags |= event::kRowTruncated;
        return false;
    }
    const std::string_view name = read_name(rest);
    if (name.empty() || rest.empty() || rest.front() != '=') return false;
    rest.remove_prefix(1);
    if (!read_quoted(rest, value_)) return false;
    add(id, name, value_, event::ValueKind::text, sink);
    return true;
}

void StructuredDataReader::add(std::string_view id, std::string_view name, std::string_view value,
                               event::ValueKind kind, RowSink& sink) {
    name_.assign(kPrefix).append(id);
    if (!name.empty()) name_.append(1, '.').append(name);
    const auto known = remembered_.find(name_);
    if (known != remembered_.end()) return sink.batch().add(known->second, value, kind);
    const auto field = fields_.intern(name_, sink.field_budget());
    if (!field) return sink.batch().add_overflow(name_, value, kind);
    if (remembered_.size() < kRememberedFieldsMax) remembered_.emplace(name_, *field);
    sink.batch().add(*field, value, kind);
}

}  // namespace vedette::parse::syslog
