// SPDX-License-Identifier: Apache-2.0
#include "store/host/form_body.h"

#include <optional>

#include "store/host/limits.h"

namespace vedette::store::host {

namespace {

using base::ErrorCode;

/// What stands behind `key=` in a header line: in quotes or up to a semicolon or line end.
std::optional<std::string_view> parameter(std::string_view line, std::string_view key) {
    std::size_t at = line.find(key);
    while (at != std::string_view::npos && at > 0 && line[at - 1] != ' ' && line[at - 1] != ';') {
        at = line.find(key, at + 1);
    }
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view value = line.substr(at + key.size());
    if (value.starts_with('"')) {
        const std::size_t end = value.find('"', 1);
        if (end == std::string_view::npos) return std::nullopt;
        return value.substr(1, end - 1);
    }
    return value.substr(0, value.find_first_of("; \r\n"));
}

auto broken() { return base::fail(ErrorCode::bad_input, "the form is not whole"); }

}  // namespace

bool is_form(std::string_view content_type) {
    return content_type.starts_with("multipart/form-data");
}

base::Result<NamedValues> parse_form(std::string_view content_type, std::string_view body) {
    const auto boundary = parameter(content_type, "boundary=");
    if (!boundary || boundary->empty() || boundary->size() > 70) return broken();
    const std::string mark = "\r\n--" + std::string(*boundary);
    NamedValues out;
    if (!body.starts_with(std::string_view(mark).substr(2))) return broken();
    body.remove_prefix(mark.size() - 2);
    while (!body.starts_with("--")) {
        if (!body.starts_with("\r\n")) return broken();
        const std::size_t head_end = body.find("\r\n\r\n");
        if (head_end == std::string_view::npos) return broken();
        const auto name = parameter(body.substr(0, head_end), "name=");
        body.remove_prefix(head_end + 4);
        const std::size_t end = body.find(mark);
        if (!name || end == std::string_view::npos) return broken();
        if (out.size() == kParametersMax) {
            return base::fail(ErrorCode::limit, "the form has too many fields");
        }
        out.emplace_back(*name, body.substr(0, end));
        body.remove_prefix(end + mark.size());
    }
    return out;
}

}  // namespace vedette::store::host
