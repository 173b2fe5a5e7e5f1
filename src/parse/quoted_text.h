// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "parse/text_scan.h"

namespace vedette::parse {

/// The text between quotes, as it was written.
struct Quoted {
    std::string_view text;
    bool has_escapes = false;  ///< there is a backslash in it: unescape_bytes() before use
};

/// Eats `"text"` from the front; a backslash hides the quote behind it. Nothing, and eats nothing,
/// if the text does not begin with a quote or the quote is not closed. Cost: linear.
std::optional<Quoted> read_quoted(TextScanner& scanner);

/// Undoes what nginx and Apache do to bytes of a client: \xHH, \", \\, \n, \t, \r, \b, \v, \f, \',
/// \/ and \uHHHH. What is no such escape stays as it is. The result is fit for a column: bytes that
/// are not UTF-8 become U+FFFD, NUL a blank.   Lives: until `scratch` changes; `text` itself if
/// nothing had to be undone. Source: ngx_http_log_escape (nginx 1.26), ap_escape_logitem
/// (httpd 2.4)
std::string_view unescape_bytes(std::string_view text, std::string& scratch);

}  // namespace vedette::parse
