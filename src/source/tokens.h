// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::source {

/// The interfaces that the scope `api=` can name: Elasticsearch's, /ingest/..., Splunk's HTTP Event
/// Collector, OpenTelemetry's, Prometheus remote write.
inline constexpr std::array<std::string_view, 5> kApiNames = {"bulk", "ingest", "hec", "otlp",
                                                              "remote_write"};

/// Who may write, and as what. Only the SHA-256 of a token is ever kept.
struct Token {
    std::string name;
    std::string sha256_hex;   ///< lower case
    std::string source = {};  ///< its records are of this source; empty: the configured one
    std::vector<std::string> indices = {};  ///< patterns with '*'; empty: every index
    std::vector<std::string> apis = {};     ///< of kApiNames; empty: every interface

    bool may_use(std::string_view api) const;
    bool may_write_index(std::string_view index) const;
    bool may_write_source(std::string_view name_of_source) const;
};

/// All tokens of one source that listens for HTTP.
///
/// Written `name:sha256hex` or `name:sha256hex:scope[,scope...]` with the scopes `source=NAME`,
/// `index=PATTERN` and `api=NAME` (kApiNames; both may be repeated). Without a scope a token may do
/// everything. Tokens must be long and random: the hash is quick on purpose.
class Tokens {
  public:
    /// Errors: bad_input with the text's place and what is wrong.
    base::Result<void> add(std::string_view line, const std::string& where);
    /// One token a line; empty lines and those beginning with '#' are passed over.
    base::Result<void> add_file(const std::string& path);

    bool is_empty() const { return by_hash_.empty(); }
    std::size_t count() const { return by_hash_.size(); }

    /// The token of an Authorization header: `Bearer TOKEN`, `Splunk TOKEN`, `ApiKey
    /// base64(id:TOKEN)` or `Basic base64(user:TOKEN)`; id and user are not looked at, the token
    /// alone says who it is. nullptr if it is none of ours.
    const Token* find(std::string_view authorization) const;

  private:
    std::map<std::string, Token, std::less<>> by_hash_;
};

/// Lower-case hexadecimal SHA-256.
std::string sha256_hex(std::string_view bytes);

/// Whether `text` fits a pattern in which '*' stands for any bytes.
bool fits_pattern(std::string_view pattern, std::string_view text);

}  // namespace vedette::source
