// SPDX-License-Identifier: Apache-2.0
#include "source/http/tokens.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/files.h"
#include "source/http/limits.h"

namespace vedette::source::http {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kSha256HexDigits = 64;
constexpr std::string_view kHint =
    "write name:sha256 or name:sha256:scope,scope with source=NAME, index=PATTERN, api=bulk, "
    "api=ingest; sha256 as from: printf %s TOKEN | sha256sum";

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
    bool has_api = false;
    while (!scopes.empty()) {
        std::string_view value = trimmed(take_part(scopes, ','));
        const std::string_view key = take_part(value, '=');
        if (key == "source" && !value.empty()) {
            token.source = value;
        } else if (key == "index" && !value.empty()) {
            token.indices.emplace_back(value);
        } else if (key == "api" && (value == "bulk" || value == "ingest")) {
            if (!has_api) token.may_bulk = token.may_ingest = false;
            has_api = true;
            (value == "bulk" ? token.may_bulk : token.may_ingest) = true;
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

bool Token::may_write_index(std::string_view index) const {
    return may_bulk && (indices.empty() || std::any_of(indices.begin(), indices.end(),
                                                       [&](const std::string& pattern) {
                                                           return fits_pattern(pattern, index);
                                                       }));
}

bool Token::may_write_source(std::string_view name_of_source) const {
    return may_ingest && (source.empty() || source == name_of_source);
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
    if (scheme == "bearer") {
        secret = rest;
    } else if (scheme == "apikey" || scheme == "basic") {
        const auto pair = base64_decoded(rest);
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

std::optional<std::string> base64_decoded(std::string_view text) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    std::string out;
    std::uint32_t bits = 0;
    int bit_count = 0;
    for (const char c : text) {
        static constexpr std::string_view kAlphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const std::size_t value = kAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            out.push_back(static_cast<char>(bits >> bit_count & 0xFF));
        }
    }
    return out;
}

}  // namespace vedette::source::http
