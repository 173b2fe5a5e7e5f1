// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "event/batch.h"
#include "event/schema.h"
#include "parse/text_scan.h"

namespace vedette::parse {

/// Adds a text to the last row if there is one.
inline void add_text(event::Batch& batch, event::FieldId field, std::string_view value) {
    if (!value.empty()) batch.add(field, value);
}

/// Adds a number that is not negative to the last row; a text that is none is left out.
inline void add_number(event::Batch& batch, event::FieldId field, std::string_view value) {
    if (is_digits(value, 19)) batch.add(field, value, event::ValueKind::integer);
}

/// Adds an address to the last row: to `ip` if it is one, else to `domain`.
inline void add_peer(event::Batch& batch, event::FieldId ip, event::FieldId domain,
                     std::string_view value) {
    if (value.empty()) return;
    batch.add(is_ip_address(value) ? ip : domain, value);
}

/// Splits "192.0.2.1:80" and "[2001:db8::1]:80" at the colon before the port; an address without a
/// port comes back whole.
struct HostAndPort {
    std::string_view host, port;
};
inline HostAndPort split_port(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return {text, {}};
        const std::string_view rest = text.substr(close + 1);
        return {text.substr(1, close - 1), rest.starts_with(':') ? rest.substr(1) : rest};
    }
    const std::size_t colon = text.rfind(':');
    const bool is_single = colon != std::string_view::npos && text.find(':') == colon;
    if (!is_single || !is_digits(text.substr(colon + 1), 5)) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace vedette::parse
