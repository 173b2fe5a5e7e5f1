// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_server.h"
#include "source/source.h"
#include "source/tokens.h"

namespace vedette::source {

/// Where a source listens for HTTP and who may write to it.
struct HttpListening {
    base::HttpServerSettings server;
    Tokens tokens;
};

/// The settings that every source understands which listens for HTTP: listen, tls_certificate,
/// tls_key, tokens, token_file, body_mb_max.
std::vector<std::string> http_listening_names();

/// Reads them. Without tokens only loopback addresses are allowed; a network without TLS is warned
/// of. Errors: bad_input with a hint, for settings that cannot be used.
base::Result<HttpListening> read_http_listening(const SourceSettings& settings,
                                                std::string_view default_listen,
                                                const std::string& source_name);

/// Why a request must not be looked at any further, before its body is read.
enum class HttpRefusal : std::uint8_t {
    none,
    web_page,  ///< without tokens only loopback reaches us, but so does any page in a browser there
    no_token,
    unknown_token,
    other_api,  ///< the token is known, and not for this interface
};
/// `api`: of kApiNames.
HttpRefusal http_refusal(const base::HttpRequest& head, const Tokens& tokens, std::string_view api);

/// Counts an answer that refuses a request, by its status.
void count_http_refusal(const SourceContext& context, int status);

/// The envelope of what a request brings: the source that its token names, else the configured one,
/// and its sender's address. `token` may be nullptr.
event::Envelope http_envelope(const SourceContext& context, const base::HttpRequest& request,
                              const Token* token);

/// Names the format of what a request brings, with the version that is in force.
void set_format(event::Envelope& envelope, std::string_view name,
                const event::FormatDeclarations& formats);

/// A source that is one HTTP server and what is done with its requests.
std::unique_ptr<Source> make_http_listener(std::string source_name,
                                           base::HttpServerSettings settings,
                                           base::HttpHandlers handlers);

}  // namespace vedette::source
