// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "event/batch.h"

namespace vedette::parse {

/// The parts of a request's target as views into it; empty: not there. Nothing is decoded: what a
/// client percent-encoded stays so.
struct UrlParts {
    std::string_view scheme, user, domain, port, path, query, fragment;
    std::string_view extension;  ///< of the path's last part, at most 12 letters and digits
};

/// Splits "/path?query#fragment", "http://user@host:8080/path", "*", and "host:443" if
/// `is_authority` (the target of CONNECT). IPv6 addresses lose their brackets. Cost: linear.
/// Source: RFC 9112 section 3.2, RFC 3986 section 3
UrlParts split_url(std::string_view target, bool is_authority = false);

/// Puts a target and its parts into the last row's `url.*`. The domain is left out if the row has
/// one.
class UrlFields {
  public:
    explicit UrlFields(event::FieldDictionary& fields);
    void add(std::string_view target, bool is_authority, event::Batch& batch) const;

  private:
    event::FieldId scheme_, port_, query_, fragment_, extension_, user_;
};

}  // namespace vedette::parse
