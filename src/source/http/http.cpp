// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "base/log.h"
#include "source/http/limits.h"
#include "source/http/reception.h"
#include "source/registry.h"

namespace vedette::source {

namespace http {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

constexpr std::string_view kDefaultListen = "127.0.0.1:9200";

class HttpSource final : public Source {
  public:
    HttpSource(SourceContext context, Tokens tokens, base::HttpServerSettings settings)
        : name_(context.name),
          reception_(std::make_shared<Reception>(std::move(context), std::move(tokens))),
          server_(std::move(settings),
                  {[this](base::HttpRequest request, base::HttpResponder respond) {
                       reception_->handle(std::move(request), std::move(respond));
                   },
                   [this](const base::HttpRequest& head) { return reception_->refuse(head); }}) {}

    Result<void> start() override {
        VD_TRY_DO(server_.start());
        base::log::info("source.listening", {{"source", name_}, {"port", server_.port()}});
        return {};
    }
    void stop() override { server_.stop(); }

  private:
    const std::string name_;
    std::shared_ptr<Reception> reception_;
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

Result<std::unique_ptr<Source>> make_http(const SourceSettings& settings, SourceContext context) {
    base::HttpServerSettings server;
    server.listen = settings.get("listen").value_or(std::string(kDefaultListen));
    server.certificate_path = settings.get("tls_certificate").value_or("");
    server.key_path = settings.get("tls_key").value_or("");
    if (server.certificate_path.empty() != server.key_path.empty()) {
        return fail(ErrorCode::bad_input, "tls_certificate and tls_key belong together",
                    settings.where);
    }
    VD_TRY(server.body_bytes_max, megabytes(settings, "body_mb_max", kBodyBytesMax));
    VD_TRY(Tokens tokens, read_tokens(settings));
    VD_TRY(const bool is_local, base::is_loopback_address(server.listen));
    if (!is_local && tokens.is_empty()) {
        return fail(ErrorCode::bad_input,
                    "listening on " + server.listen + " would let everybody write: no tokens",
                    settings.where,
                    "add tokens: [name:sha256], or listen on 127.0.0.1; make one with: "
                    "openssl rand -hex 32");
    }
    if (!is_local && server.certificate_path.empty()) {
        base::log::warn("source.http_not_encrypted",
                        {{"source", context.name}, {"listen", server.listen}});
    }
    return std::make_unique<HttpSource>(std::move(context), std::move(tokens), std::move(server));
}

}  // namespace
}  // namespace http

void register_http(Registry& registry);
void register_http(Registry& registry) {
    registry.add({"http",
                  http::make_http,
                  {"listen", "tls_certificate", "tls_key", "tokens", "token_file", "body_mb_max"}});
}

}  // namespace vedette::source
