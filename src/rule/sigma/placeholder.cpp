// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/placeholder.h"

#include <algorithm>

#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

using base::ErrorCode;

bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The name of the placeholder that begins at `at`, or empty.
std::string_view name_at(std::string_view text, std::size_t at) {
    if (text[at] != '%') return {};
    std::size_t end = at + 1;
    while (end < text.size() && is_name(text[end])) ++end;
    if (end == at + 1 || end == text.size() || text[end] != '%') return {};
    return text.substr(at + 1, end - at - 1);
}

std::string quote(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (!is_name(c) && static_cast<unsigned char>(c) < 0x80) out.push_back('\\');
        out.push_back(c);
    }
    return out;
}

}  // namespace

base::Result<std::vector<PlaceholderPart>> cut_placeholders(std::string_view text,
                                                            const LoadOptions& options) {
    std::vector<PlaceholderPart> parts;
    std::string plain;
    const auto flush = [&] {
        if (!plain.empty()) parts.push_back({false, {std::move(plain)}});
        plain.clear();
    };
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view name = name_at(text, at);
        if (text.substr(at).starts_with("\\%")) {
            plain.push_back('%');
            at += 2;
        } else if (name.empty()) {
            plain.push_back(text[at++]);
        } else {
            flush();
            const auto values = options.placeholders.find(name);
            if (values == options.placeholders.end() || values->second.empty()) {
                const auto refused = options.refused_placeholders.find(name);
                if (refused != options.refused_placeholders.end()) {
                    return base::fail(ErrorCode::unsupported, refused->second);
                }
                return base::fail(ErrorCode::unsupported,
                                  "the placeholder %" + std::string(name) + "% has no values here",
                                  {},
                                  "give it some in the configuration, or make a look-up list of "
                                  "this name, to use this rule");
            }
            parts.push_back({true, values->second});
            at += name.size() + 2;
        }
    }
    flush();
    return parts;
}

base::Result<std::vector<std::string>> fill_placeholders(std::string_view text,
                                                         const LoadOptions& options,
                                                         PlaceholderQuoting quoting) {
    VD_TRY(const std::vector<PlaceholderPart> parts, cut_placeholders(text, options));
    std::vector<std::string> out(1);
    for (const PlaceholderPart& part : parts) {
        const bool needs_quotes = part.is_placeholder && quoting == PlaceholderQuoting::regex;
        std::vector<std::string> longer;
        for (const std::string& begin : out) {
            for (const std::string& value : part.values) {
                if (longer.size() >= kFormsPerValueMax) {
                    return base::fail(ErrorCode::limit, "the value becomes more than " +
                                                            std::to_string(kFormsPerValueMax) +
                                                            " forms");
                }
                longer.push_back(begin + (needs_quotes ? quote(value) : value));
            }
        }
        out = std::move(longer);
    }
    return out;
}

}  // namespace vedette::rule::sigma
