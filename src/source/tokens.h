// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::source::http {

/// Who may write, and as what. Only the SHA-256 of a token is ever kept.
struct Token {
    std::string name;
    std::string sha256_hex;   ///< lower case
    std::string source = {};  ///< its records are of this source; empty: the configured one
    std::vector<std::string> indices = {};  ///< patterns with '*'; empty: every index
    bool may_bulk = true;                   ///< Elasticsearch's API
    bool may_ingest = true;                 ///< /ingest/...

    bool may_write_index(std::string_view index) const;
    bool may_write_source(std::string_view name_of_source) const;
};

/// All tokens of one source.
///
/// Written `name:sha256hex` or `name:sha256hex:scope[,scope...]` with the scopes `source=NAME`,
/// `index=PATTERN` (may be repeated), `api=bulk` and `api=ingest`. Without a scope a token may do
/// everything. Tokens must be long and random: the hash is quick on purpose.
class Tokens {
  public:
    /// Errors: bad_input with the text's place and what is wrong.
    base::Result<void> add(std::string_view line, const std::string& where);
    /// One token a line; empty lines and those beginning with '#' are passed over.
    base::Result<void> add_file(const std::string& path);

    bool is_empty() const { return by_hash_.empty(); }
    std::size_t count() const { return by_hash_.size(); }

    /// The token of an Authorization header: `Bearer TOKEN`, `ApiKey base64(id:TOKEN)` or
    /// `Basic base64(user:TOKEN)`; id and user are not looked at, the token alone says who it is.
    /// nullptr if it is none of ours.
    const Token* find(std::string_view authorization) const;

  private:
    std::map<std::string, Token, std::less<>> by_hash_;
};

/// Lower-case hexadecimal SHA-256.
std::string sha256_hex(std::string_view bytes);

/// Whether `text` fits a pattern in which '*' stands for any bytes.
bool fits_pattern(std::string_view pattern, std::string_view text);

/// Nothing if it is not base64 (RFC 4648 section 4, padding may be missing).
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace vedette::source::http
