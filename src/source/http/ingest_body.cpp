// SPDX-License-Identifier: Apache-2.0
#include "source/http/ingest_body.h"

#include <cstring>

namespace vedette::source::http {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(kBlanks, at), text.size());
}

/// One past the object that begins at `at`, or npos if it does not end. Braces are counted outside
/// of strings; whether the inside is valid is the decoder's business.
std::size_t end_of_object(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    bool is_in_string = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (is_in_string) {
            if (c == '\\') ++at;
            if (c == '"') is_in_string = false;
        } else if (c == '"') {
            is_in_string = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

Result<std::vector<std::string_view>> split_array(std::string_view body) {
    std::vector<std::string_view> records;
    std::size_t at = skip_blanks(body, body.find('[') + 1);
    for (;;) {
        const std::string where = "byte " + std::to_string(at);
        if (at >= body.size() || body[at] != '{') {
            return fail(ErrorCode::bad_input, "an object was expected in the array", where);
        }
        const std::size_t end = end_of_object(body, at);
        if (end == std::string_view::npos) {
            return fail(ErrorCode::bad_input, "an object of the array does not end", where);
        }
        records.push_back(body.substr(at, end - at));
        at = skip_blanks(body, end);
        if (at < body.size() && body[at] == ',') {
            at = skip_blanks(body, at + 1);
            continue;
        }
        if (at < body.size() && body[at] == ']' && skip_blanks(body, at + 1) == body.size()) {
            return records;
        }
        return fail(ErrorCode::bad_input, "a comma or the end of the array was expected",
                    "byte " + std::to_string(at));
    }
}

}  // namespace

bool is_array_of_objects(std::string_view body) {
    const std::size_t open = skip_blanks(body, 0);
    if (open == body.size() || body[open] != '[') return false;
    const std::size_t first = skip_blanks(body, open + 1);
    return first < body.size() && body[first] == '{';
}

Result<std::vector<std::string_view>> split_ingest(std::string_view body, bool may_be_array) {
    if (may_be_array && is_array_of_objects(body)) return split_array(body);
    std::vector<std::string_view> records;
    while (!body.empty()) {
        const void* end = std::memchr(body.data(), '\n', body.size());
        const std::size_t size =
            end == nullptr ? body.size()
                           : static_cast<std::size_t>(static_cast<const char*>(end) - body.data());
        std::string_view line = body.substr(0, size);
        body.remove_prefix(std::min(body.size(), size + 1));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (!line.empty()) records.push_back(line);
    }
    return records;
}

}  // namespace vedette::source::http
