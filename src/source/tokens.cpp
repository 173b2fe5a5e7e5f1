// SPDX-License-Identifier: Apache-2.0
#include "source/tokens.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/files.h"
#include "source/limits.h"

namespace vedette::source {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kSha256HexDigits = 64;
constexpr std::string_view kHint =
    "write name:sha256 or name:sha256:scope,scope with source=NAME, index=PATTERN, api=bulk, "
    "api=ingest, api=hec, api=otlp; sha256 as from: printf %s TOKEN | sha256sum";

bool is_sha256_hex(std::string_view text) {
    return text.size() == kSha256HexDigits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Takes the part of `rest` before the first `separator` off.
std::string_view take_part(std::string_view& rest, char separator) {
    const std::string_view part = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return part;
}

Result<void> read_scopes(std::string_view scopes, const std::string& where, Token& token) {
    while (!scopes.empty()) {
        std::string_view value = trimmed(take_part(scopes, ','));
        const std::string_view key = take_part(value, '=');
        if (key == "source" && !value.empty()) {
            token.source = value;
        } else if (key == "index" && !value.empty()) {
            token.indices.emplace_back(value);
        } else if (key == "api" &&
                   std::find(kApiNames.begin(), kApiNames.end(), value) != kApiNames.end()) {
            token.apis.emplace_back(value);
        } else {
            return fail(
                ErrorCode::bad_input,
                "the token " + token.name + " has a scope that is none: " + std::string(key), where,
                std::string(kHint));
        }
    }
    return {};
}

}  // namespace

bool Token::may_use(std::string_view api) const {
    return apis.empty() || std::find(apis.begin(), apis.end(), api) != apis.end();
}

bool Token::may_write_index(std::string_view index) const {
    return indices.empty() ||
           std::any_of(indices.begin(), indices.end(),
                       [&](const std::string& pattern) { return fits_pattern(pattern, index); });
}

bool Token::may_write_source(std::string_view name_of_source) const {
    return source.empty() || source == name_of_source;
}

Result<void> Tokens::add(std::string_view line, const std::string& where) {
    std::string_view rest = trimmed(line);
    Token token;
    token.name = trimmed(take_part(rest, ':'));
    token.sha256_hex = lower(trimmed(take_part(rest, ':')));
    if (token.name.empty() || !is_sha256_hex(token.sha256_hex)) {
        return fail(ErrorCode::bad_input, "a token needs a name and 64 hexadecimal digits", where,
                    std::string(kHint));
    }
    VD_TRY_DO(read_scopes(rest, where, token));
    if (by_hash_.size() == kTokensMax) {
        return fail(ErrorCode::limit, "more than " + std::to_string(kTokensMax) + " tokens", where);
    }
    const std::string name = token.name;
    if (!by_hash_.try_emplace(token.sha256_hex, std::move(token)).second) {
        return fail(ErrorCode::bad_input, "the token " + name + " is there twice", where);
    }
    return {};
}

Result<void> Tokens::add_file(const std::string& path) {
    VD_TRY(const std::string text, base::read_file(path, kTokenFileBytesMax));
    std::string_view rest = text;
    for (int number = 1; !rest.empty(); ++number) {
        const std::string_view line = trimmed(take_part(rest, '\n'));
        if (line.empty() || line.front() == '#') continue;
        VD_TRY_DO(add(line, path + ":" + std::to_string(number)));
    }
    return {};
}

const Token* Tokens::find(std::string_view authorization) const {
    std::string_view rest = trimmed(authorization);
    const std::string scheme = lower(take_part(rest, ' '));
    rest = trimmed(rest);
    std::string secret;
    if (scheme == "bearer" || scheme == "splunk") {
        secret = rest;
    } else if (scheme == "apikey" || scheme == "basic") {
        const auto pair = base::base64_decoded(rest);
        const std::size_t colon = pair ? pair->find(':') : std::string::npos;
        if (colon == std::string::npos) return nullptr;
        secret = pair->substr(colon + 1);
    } else {
        return nullptr;
    }
    // Looking up a hash leaks nothing useful: nobody can steer the hash of a token.
    const auto found = by_hash_.find(sha256_hex(secret));
    return found == by_hash_.end() ? nullptr : &found->second;
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    ::EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, ::EVP_sha256(), nullptr);
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (unsigned int i = 0; i < size; ++i) {
        out.push_back(kDigits[digest[i] >> 4]);
        out.push_back(kDigits[digest[i] & 15]);
    }
    return out;
}

bool fits_pattern(std::string_view pattern, std::string_view text) {
    // The last star may be stretched: going back to it is enough, so the cost is pattern x text.
    std::size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p, ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace vedette::source
