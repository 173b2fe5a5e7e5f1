// SPDX-License-Identifier: Apache-2.0
#include "source/http_listener.h"

#include <charconv>

#include "base/log.h"
#include "source/limits.h"

namespace vedette::source {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

class HttpListener final : public Source {
  public:
    HttpListener(std::string name, base::HttpServerSettings settings, base::HttpHandlers handlers)
        : name_(std::move(name)), server_(std::move(settings), std::move(handlers)) {}

    Result<void> start() override {
        VD_TRY_DO(server_.start());
        base::log::info("source.listening", {{"source", name_}, {"port", server_.port()}});
        return {};
    }
    void stop() override { server_.stop(); }

  private:
    const std::string name_;
    base::HttpServer server_;
};

Result<std::size_t> megabytes(const SourceSettings& settings, const std::string& key,
                              std::size_t fallback_bytes) {
    const auto text = settings.get(key);
    if (!text) return fallback_bytes;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value == 0 ||
        value > fallback_bytes >> 20) {
        return fail(ErrorCode::bad_input,
                    key + " must be a whole number of 1 to " + std::to_string(fallback_bytes >> 20),
                    settings.where);
    }
    return value << 20;
}

Result<Tokens> read_tokens(const SourceSettings& settings) {
    Tokens tokens;
    for (const std::string& line : settings.all("tokens")) {
        VD_TRY_DO(tokens.add(line, settings.where));
    }
    for (const std::string& path : settings.all("token_file")) VD_TRY_DO(tokens.add_file(path));
    const bool is_wanted = settings.get("tokens") || settings.get("token_file");
    if (is_wanted && tokens.is_empty()) {
        return fail(ErrorCode::bad_input, "there is no token in the token file", settings.where,
                    "leave token_file out to let everybody on this machine in");
    }
    return tokens;
}

}  // namespace

std::vector<std::string> http_listening_names() {
    return {"listen", "tls_certificate", "tls_key", "tokens", "token_file", "body_mb_max"};
}

Result<HttpListening> read_http_listening(const SourceSettings& settings,
                                          std::string_view default_listen,
                                          const std::string& source_name) {
    HttpListening out;
    base::HttpServerSettings& server = out.server;
    server.listen = settings.get("listen").value_or(std::string(default_listen));
    server.certificate_path = settings.get("tls_certificate").value_or("");
    server.key_path = settings.get("tls_key").value_or("");
    if (server.certificate_path.empty() != server.key_path.empty()) {
        return fail(ErrorCode::bad_input, "tls_certificate and tls_key belong together",
                    settings.where);
    }
    VD_TRY(server.body_bytes_max, megabytes(settings, "body_mb_max", kBodyBytesMax));
    VD_TRY(out.tokens, read_tokens(settings));
    VD_TRY(const bool is_local, base::is_loopback_address(server.listen));
    if (!is_local && out.tokens.is_empty()) {
        return fail(ErrorCode::bad_input,
                    "listening on " + server.listen + " would let everybody write: no tokens",
                    settings.where,
                    "add tokens: [name:sha256], or listen on 127.0.0.1; make one with: "
                    "openssl rand -hex 32");
    }
    if (!is_local && server.certificate_path.empty()) {
        base::log::warn("source.http_not_encrypted",
                        {{"source", source_name}, {"listen", server.listen}});
    }
    return out;
}

HttpRefusal http_refusal(const base::HttpRequest& head, const Tokens& tokens,
                         std::string_view api) {
    if (tokens.is_empty()) {
        return head.header("origin").empty() ? HttpRefusal::none : HttpRefusal::web_page;
    }
    const std::string_view authorization = head.header("authorization");
    if (authorization.empty()) return HttpRefusal::no_token;
    const Token* const token = tokens.find(authorization);
    if (token == nullptr) return HttpRefusal::unknown_token;
    return token->may_use(api) ? HttpRefusal::none : HttpRefusal::other_api;
}

void count_http_refusal(const SourceContext& context, int status) {
    context.counters.number(
        "vedette_http_refused_total",
        "source=\"" + context.name + "\",status=\"" + std::to_string(status) + "\"")++;
}

event::Envelope http_envelope(const SourceContext& context, const base::HttpRequest& request,
                              const Token* token) {
    event::Envelope envelope;
    envelope.source = token != nullptr && !token->source.empty() ? token->source : context.name;
    envelope.origin = request.peer;
    envelope.arrival = context.clock.now();
    return envelope;
}

void set_format(event::Envelope& envelope, std::string_view name,
                const event::FormatDeclarations& formats) {
    envelope.format = name;
    for (const event::FormatDeclaration& format : formats) {
        if (format.name == name) envelope.format_version = format.version;
    }
}

std::unique_ptr<Source> make_http_listener(std::string source_name,
                                           base::HttpServerSettings settings,
                                           base::HttpHandlers handlers) {
    return std::make_unique<HttpListener>(std::move(source_name), std::move(settings),
                                          std::move(handlers));
}

}  // namespace vedette::source
