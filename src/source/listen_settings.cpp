// SPDX-License-Identifier: Apache-2.0
#include "source/listen_settings.h"

#include <charconv>

#include "base/http_server.h"
#include "source/text_probe.h"

namespace vedette::source {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

/// Descriptors of one listener; whoever wants more has raised `ulimit -n`.
constexpr std::size_t kConnectionsMax = 65'536;
constexpr std::size_t kIdleSecondsMax = 14 * 86'400;  // fits into an int of milliseconds

Result<StreamTlsSettings> read_tls(const SourceSettings& settings) {
    StreamTlsSettings tls;
    tls.certificate_path = settings.get("tls_certificate").value_or("");
    tls.key_path = settings.get("tls_key").value_or("");
    tls.client_ca_path = settings.get("tls_client_ca").value_or("");
    if (tls.certificate_path.empty() != tls.key_path.empty()) {
        return fail(ErrorCode::bad_input, "tls_certificate and tls_key belong together",
                    settings.where);
    }
    if (!tls.client_ca_path.empty() && !tls.is_wanted()) {
        return fail(ErrorCode::bad_input, "tls_client_ca needs tls_certificate and tls_key",
                    settings.where);
    }
    return tls;
}

}  // namespace

Result<std::size_t> read_number(const SourceSettings& settings, const std::string& key,
                                std::size_t fallback, std::size_t least, std::size_t most) {
    const auto text = settings.get(key);
    if (!text) return fallback;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < least ||
        value > most) {
        return fail(ErrorCode::bad_input,
                    key + " must be a whole number of " + std::to_string(least) + " to " +
                        std::to_string(most),
                    settings.where);
    }
    return value;
}

const std::vector<std::string>& ListenSettings::names() {
    static const std::vector<std::string> names = {"tls_certificate", "tls_key", "tls_client_ca",
                                                   "allow",           "format",  "connections_max",
                                                   "idle_timeout_s"};
    return names;
}

Result<ListenSettings> ListenSettings::read(const SourceSettings& settings,
                                            const event::FormatDeclarations& formats) {
    ListenSettings out;
    VD_TRY(out.tls, read_tls(settings));
    VD_TRY(out.allowed, AllowedPeers::read(settings.all("allow"), settings.where));
    out.format = settings.get("format").value_or("");
    if (!out.format.empty()) {
        const auto* format = find_format(formats, out.format);
        if (format == nullptr) {
            return fail(ErrorCode::bad_input, "there is no format named " + out.format,
                        settings.where, "`vedette formats` lists them");
        }
        if (format->framing.kind != event::Framing::Kind::lines ||
            format->framing.header != event::Framing::Header::none) {
            return fail(
                ErrorCode::bad_input, "records of format " + out.format + " cannot come one by one",
                settings.where, "leave `format` out, or name one whose lines need no header");
        }
    }
    const StreamListenerSettings defaults;
    VD_TRY(out.connections_max,
           read_number(settings, "connections_max", defaults.connections_max, 1, kConnectionsMax));
    VD_TRY(const std::size_t idle_s,
           read_number(settings, "idle_timeout_s",
                       static_cast<std::size_t>(defaults.idle_timeout_ms) / 1'000, 1,
                       kIdleSecondsMax));
    out.idle_timeout_ms = static_cast<int>(idle_s * 1'000);
    return out;
}

Result<void> ListenSettings::check_reach(const std::string& address, bool is_tls,
                                         const std::string& where) const {
    VD_TRY(const bool is_local, base::is_loopback_address(address));
    const bool has_certificates = is_tls && !tls.client_ca_path.empty();
    if (is_local || has_certificates || !allowed.is_empty()) return {};
    return fail(ErrorCode::bad_input,
                "listening on " + address + " would let everybody write, and nobody was named",
                where,
                "add `allow: [10.0.0.0/8]` with the networks of your senders "
                "(`[0.0.0.0/0, \"::/0\"]` for everybody), or tls_client_ca");
}

StreamListenerSettings ListenSettings::listener(const std::string& address, bool is_tls) const {
    StreamListenerSettings out;
    out.listen = address;
    if (is_tls) out.tls = tls;
    out.allowed = allowed;
    out.connections_max = connections_max;
    out.idle_timeout_ms = idle_timeout_ms;
    return out;
}

}  // namespace vedette::source
