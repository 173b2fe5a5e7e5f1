// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/url_key.h"

#include <algorithm>

#include "event/address.h"
#include "rule/intel/domain_name.h"

namespace vedette::rule::intel {

namespace {

constexpr std::string_view kMark = "://";

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/// Escapes of what needs none are opened, the others written with capital letters.
void append_path(std::string& out, std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    for (std::size_t at = 0; at < text.size(); ++at) {
        const int high = at + 2 < text.size() && text[at] == '%' ? digit(text[at + 1]) : -1;
        const int low = high >= 0 ? digit(text[at + 2]) : -1;
        if (low < 0) {
            out.push_back(text[at]);
            continue;
        }
        const auto byte = static_cast<char>(high * 16 + low);
        if (is_unreserved(byte)) {
            out.push_back(byte);
        } else {
            out.push_back('%');
            out.push_back(kDigits[high]);
            out.push_back(kDigits[low]);
        }
        at += 2;
    }
}

/// The scheme in lower case, or nothing if there is none or it is no scheme.
bool take_scheme(std::string_view& text, std::string& scheme) {
    const std::size_t end = text.find(kMark);
    if (end == std::string_view::npos || end > text.find_first_of("/?#")) {
        scheme = "http";
        return true;
    }
    for (const char c : text.substr(0, end)) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return false;
        scheme.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
    text.remove_prefix(end + kMark.size());
    return !scheme.empty();
}

bool append_host(std::string& out, std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) {
        const auto address = event::read_address(host.substr(1, host.size() - 2));
        if (!address || address->is_v4()) return false;
        out += '[' + event::Network{*address, 128}.text() + ']';
        return true;
    }
    if (event::read_address(host)) {
        out += host;
        return true;
    }
    std::string room;
    const auto name = domain_name(host, room);
    if (!name) return false;
    out += *name;
    return true;
}

}  // namespace

std::optional<std::string_view> url_key(std::string_view text, std::string& room) {
    const bool has_odd = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
    });
    if (has_odd) return std::nullopt;
    std::string scheme, out;
    if (!take_scheme(text, scheme)) return std::nullopt;
    text = text.substr(0, text.find('#'));
    const std::size_t path_at = std::min(text.find_first_of("/?"), text.size());
    std::string_view host = text.substr(0, path_at), path = text.substr(path_at), port;
    if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
        host.remove_prefix(at + 1);
    }
    const std::size_t colon = host.rfind(':');
    if (colon != std::string_view::npos && !host.ends_with(']')) {
        port = host.substr(colon + 1);
        host = host.substr(0, colon);
        const bool is_port = port.size() <= 5 && std::all_of(port.begin(), port.end(), [](char c) {
                                 return c >= '0' && c <= '9';
                             });
        if (!is_port) return std::nullopt;
    }
    const bool is_web = scheme == "http" || scheme == "https";
    if (!is_web) out = scheme + std::string(kMark);
    if (!append_host(out, host)) return std::nullopt;
    const bool is_usual = port.empty() || (is_web && (port == "80" || port == "443"));
    if (!is_usual) out.append(":").append(port);
    if (!path.starts_with('/')) out.push_back('/');
    append_path(out, path);
    room = std::move(out);
    return room;
}

std::string_view url_host(std::string_view key) {
    // Behind a scheme that is kept; a path may hold the mark as well, but never before a slash.
    const std::size_t mark = key.find(kMark);
    if (mark != std::string_view::npos && mark < key.find('/'))
        key.remove_prefix(mark + kMark.size());
    key = key.substr(0, key.find('/'));
    if (key.starts_with('[')) {
        const std::size_t close = key.find(']');
        return key.substr(1, (close == std::string_view::npos ? key.size() : close) - 1);
    }
    return key.substr(0, key.find(':'));
}

bool is_host_alone(std::string_view key) {
    const std::size_t mark = key.find(kMark);
    if (mark != std::string_view::npos && mark < key.find('/'))
        key.remove_prefix(mark + kMark.size());
    return key.find('/') == key.size() - 1;
}

}  // namespace vedette::rule::intel
