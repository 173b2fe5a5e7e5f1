// SPDX-License-Identifier: Apache-2.0
#include "store/host/url_query.h"

#include <algorithm>

#include "store/host/limits.h"

namespace vedette::store::host {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() &&
                               hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
        if (is_escape) {
            out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
            i += 2;
        } else {
            out.push_back(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

}  // namespace

NamedValues parse_url_query(std::string_view target) {
    const std::size_t mark = target.find('?');
    NamedValues out;
    std::string_view rest =
        mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty() && out.size() < kParametersMax) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const std::size_t equals = pair.find('=');
        if (pair.empty()) continue;
        out.emplace_back(decoded(pair.substr(0, equals)),
                         equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1)));
    }
    return out;
}

}  // namespace vedette::store::host
