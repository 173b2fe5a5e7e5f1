// SPDX-License-Identifier: Apache-2.0
#include "parse/url_parts.h"

#include <algorithm>

#include "event/schema.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::ValueKind;

constexpr std::size_t kSchemeBytesMax = 16;
constexpr std::size_t kExtensionBytesMax = 12;

bool is_alphanumeric(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Length of "http://" and the like at the front, or 0.
std::size_t scheme_size(std::string_view target) {
    const std::size_t at = target.substr(0, kSchemeBytesMax + 3).find("://");
    if (at == std::string_view::npos || at == 0) return 0;
    for (const char c : target.substr(0, at)) {
        if (!is_alphanumeric(c) && c != '+' && c != '-' && c != '.') return 0;
    }
    return at + 3;
}

void split_authority(std::string_view authority, UrlParts& out) {
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view info = authority.substr(0, at);
        out.user = info.substr(0, info.find(':'));  // a password is no field
        authority.remove_prefix(at + 1);
    }
    if (authority.starts_with('[')) {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos) return;
        out.domain = authority.substr(1, close - 1);
        authority.remove_prefix(close + 1);
        if (authority.starts_with(':')) out.port = authority.substr(1);
    } else if (const std::size_t colon = authority.rfind(':'); colon != std::string_view::npos) {
        out.domain = authority.substr(0, colon);
        out.port = authority.substr(colon + 1);
    } else {
        out.domain = authority;
    }
}

std::string_view extension_of(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return {};
    const std::string_view extension = name.substr(dot + 1);
    if (extension.size() > kExtensionBytesMax) return {};
    for (const char c : extension) {
        if (!is_alphanumeric(c)) return {};
    }
    return extension;
}

}  // namespace

UrlParts split_url(std::string_view target, bool is_authority) {
    UrlParts out;
    if (const std::size_t size = is_authority ? 0 : scheme_size(target); size > 0) {
        out.scheme = target.substr(0, size - 3);
        target.remove_prefix(size);
        const std::size_t end = std::min(target.find_first_of("/?#"), target.size());
        split_authority(target.substr(0, end), out);
        target.remove_prefix(end);
    } else if (is_authority) {
        split_authority(target, out);
        return out;
    }
    if (const std::size_t at = target.find('#'); at != std::string_view::npos) {
        out.fragment = target.substr(at + 1);
        target = target.substr(0, at);
    }
    if (const std::size_t at = target.find('?'); at != std::string_view::npos) {
        out.query = target.substr(at + 1);
        target = target.substr(0, at);
    }
    out.path = target;
    out.extension = extension_of(target);
    return out;
}

UrlFields::UrlFields(event::FieldDictionary& fields)
    : scheme_(*fields.intern("url.scheme")),
      port_(*fields.intern("url.port")),
      query_(*fields.intern("url.query")),
      fragment_(*fields.intern("url.fragment")),
      extension_(*fields.intern("url.extension")),
      user_(*fields.intern("url.username")) {}

void UrlFields::add(std::string_view target, bool is_authority, event::Batch& batch) const {
    const UrlParts parts = split_url(target, is_authority);
    const auto add = [&](event::FieldId field, std::string_view value) {
        if (!value.empty()) batch.add(field, value);
    };
    add(ecs::kUrlOriginal, target);
    add(scheme_, parts.scheme);
    add(user_, parts.user);
    if (!batch.last_row_has(ecs::kUrlDomain)) add(ecs::kUrlDomain, parts.domain);
    if (is_digits(parts.port, 5)) batch.add(port_, parts.port, ValueKind::integer);
    add(ecs::kUrlPath, parts.path);
    add(query_, parts.query);
    add(fragment_, parts.fragment);
    add(extension_, parts.extension);
}

}  // namespace vedette::parse
