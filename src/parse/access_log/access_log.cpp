// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "parse/access_log/limits.h"
#include "parse/access_log/line.h"
#include "parse/clean_text.h"
#include "parse/key_value_scan.h"
#include "parse/line_time.h"
#include "parse/registry.h"
#include "parse/row_fields.h"
#include "parse/url_parts.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using access_log::Line;
using access_log::Request;
using event::FieldId;
using event::ValueKind;

constexpr std::string_view kWeb = "web.access";
constexpr std::string_view kProxy = "web.proxy";

/// Fields without a column of their own.
struct AccessFields {
    explicit AccessFields(event::FieldDictionary& fields)
        : version(*fields.intern("http.version")),
          referrer(*fields.intern("http.request.referrer")),
          request_bytes(*fields.intern("http.request.bytes")),
          response_bytes(*fields.intern("http.response.bytes")),
          body_bytes(*fields.intern("http.response.body.bytes")),
          request(*fields.intern("http.request.line")),
          identity(*fields.intern("access.identity")),
          tail(*fields.intern("access.tail")),
          forwarded(*fields.intern("network.forwarded_ip")),
          vhost(*fields.intern("server.domain")),
          vhost_port(*fields.intern("server.port")) {}

    FieldId version, referrer, request_bytes, response_bytes, body_bytes, request, identity, tail,
        forwarded, vhost, vhost_port;
};

/// What the pairs of a tail mean, by the names that proxies and log formats give them.
struct TailMeaning {
    std::string_view key;
    FieldId AccessFields::*field;
};
constexpr TailMeaning kTailMeanings[] = {
    {"cs_bytes", &AccessFields::request_bytes},
    {"sc_bytes", &AccessFields::response_bytes},
    {"request_length", &AccessFields::request_bytes},
    {"bytes_sent", &AccessFields::response_bytes},
};
/// Keys that only a proxy writes.
constexpr std::array<std::string_view, 4> kProxyKeys = {"proxy_action", "ssl_bump", "cache_status",
                                                        "hierarchy"};

/// Access logs of nginx, Apache and of proxies that write the same lines.
class AccessLogDecoder final : public Decoder {
  public:
    explicit AccessLogDecoder(event::FieldDictionary& fields)
        : names_(fields), fields_(fields), url_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        if (!add_line(clean.text, envelope, sink)) {
            row.flags |= event::kRowNotDecoded;
            sink.batch().add(ecs::kMessage, clean.text);
        }
    }

    bool decode_inner(std::string_view bytes, const event::Envelope& envelope,
                      RowSink& sink) override {
        return add_line(bytes, envelope, sink);
    }

  private:
    bool add_line(std::string_view text, const event::Envelope& envelope, RowSink& sink) {
        Line line;
        if (!access_log::read_line(text, line)) return false;
        const auto time = times_.read(line.time, time_hints(envelope));
        if (!time) return false;
        event::Batch& batch = sink.batch();
        set_time(batch.rows().back(), *time);
        batch.add(ecs::kEventCategory, "web");
        batch.add(ecs::kEventKind, "event");
        add_peers(line, batch);
        const bool is_proxy_target = add_request(line, batch);
        add_response(line, batch);
        const bool is_proxy_tail = add_tail(line.tail, sink);
        // A server that is asked to be a proxy refuses: only one that obliges is one.
        const bool has_served = !line.status.empty() && line.status[0] < '4';
        const bool is_proxy = is_proxy_tail || (is_proxy_target && has_served);
        batch.rows().back().dataset = batch.dataset_index(is_proxy ? kProxy : kWeb);
        return true;
    }

    void add_peers(const Line& line, event::Batch& batch) {
        add_peer(batch, ecs::kSourceIp, ecs::kSourceDomain, line.client);
        add_forwarded(line.forwarded, batch);
        add_text(batch, names_.identity, line.identity);
        add_user(line.user, batch);
        if (line.vhost.empty()) return;
        batch.add(names_.vhost, line.vhost);
        batch.add(ecs::kUrlDomain, line.vhost);
        add_number(batch, names_.vhost_port, line.vhost_port);
    }

    /// Also DOMAIN\user, whose backslash is a server's escape only before an x or another one.
    void add_user(std::string_view user, event::Batch& batch) {
        const bool is_escaped = user.find("\\x") != user.npos || user.find("\\\\") != user.npos;
        if (is_escaped) user = unescape_bytes(user, unescaped_);
        const std::size_t slash = user.find('\\');
        if (slash != user.npos) {
            add_text(batch, ecs::kUserDomain, user.substr(0, slash));
            user.remove_prefix(slash + 1);
        }
        add_text(batch, ecs::kUserName, user);
    }

    void add_forwarded(std::string_view list, event::Batch& batch) {
        for (std::size_t i = 0; i < access_log::kForwardedMax && !list.empty(); ++i) {
            const std::size_t end = std::min(list.find(','), list.size());
            const std::string_view address = split_port(trimmed(list.substr(0, end))).host;
            if (is_ip_address(address)) batch.add(names_.forwarded, address);
            list.remove_prefix(std::min(end + 1, list.size()));
        }
    }

    /// Whether a proxy is asked: CONNECT, or a target with a scheme.
    bool add_request(const Line& line, event::Batch& batch) {
        if (line.request.text == "-" || line.request.text.empty()) return false;
        Request request;
        if (!access_log::read_request(line.request.text, request)) {
            // Rubbish and attacks: as the server wrote it, because that is what people search for.
            batch.add(names_.request, line.request.text);
            return false;
        }
        batch.add(ecs::kHttpRequestMethod, request.method);
        add_text(batch, names_.version, request.version);
        const bool is_connect = request.method == "CONNECT";
        const std::string_view target =
            line.request.has_escapes ? unescape_bytes(request.target, unescaped_) : request.target;
        url_.add(target, is_connect, batch);
        return is_connect || target.find("://") < target.find_first_of("/?");
    }

    void add_response(const Line& line, event::Batch& batch) {
        if (!line.status.empty()) {
            batch.add(ecs::kHttpResponseStatusCode, line.status, ValueKind::integer);
            batch.add(ecs::kEventOutcome, line.status[0] < '4' ? "success" : "failure");
        }
        add_number(batch, names_.body_bytes, line.bytes);
        add_text(batch, names_.referrer, text_of(line.referrer));
        add_text(batch, ecs::kUserAgentOriginal, text_of(line.agent));
    }

    std::string_view text_of(const Quoted& quoted) {
        return quoted.has_escapes ? unescape_bytes(quoted.text, unescaped_) : quoted.text;
    }

    /// Whether only a proxy could have written it.
    bool add_tail(std::string_view tail, RowSink& sink) {
        bool is_proxy = false;
        TextScanner scanner(tail);
        std::string_view kept = tail;
        if (const auto quoted = read_quoted(scanner)) {
            // nginx's packaged format ends in "$http_x_forwarded_for".
            const std::string_view first = quoted->text.substr(0, quoted->text.find(','));
            if (quoted->text == "-" || is_ip_address(split_port(trimmed(first)).host)) {
                if (quoted->text != "-") add_forwarded(quoted->text, sink.batch());
                scanner.skip(" ");
                kept = scanner.rest();
            } else if (scanner.is_at_end() && quoted->text.find('=') != std::string_view::npos) {
                kept = quoted->text;  // the pairs are one quoted field
            }
        }
        if (kept.empty()) return false;
        // Squid's "combined" ends in its own verdict: TCP_MISS:HIER_DIRECT.
        is_proxy = kept.starts_with("TCP_") || kept.starts_with("NONE_NONE:");
        KeyValueScanner pairs(kept);
        std::size_t count = 0;
        while (const auto pair = pairs.next()) {
            if (++count > access_log::kTailPairsMax) break;
            is_proxy = add_pair(*pair, sink) || is_proxy;
        }
        if (pairs.skipped_count() > 0 || count > access_log::kTailPairsMax) {
            sink.batch().add(names_.tail, kept);
        }
        return is_proxy;
    }

    bool add_pair(const KeyValue& pair, RowSink& sink) {
        event::Batch& batch = sink.batch();
        const std::string_view value =
            pair.has_escapes ? unescape_bytes(pair.value, unescaped_) : pair.value;
        if (value.empty() || value == "-") return false;
        const auto kind = is_digits(value, 19) ? ValueKind::integer : ValueKind::text;
        if (const auto field = fields_.intern(pair.key, sink.field_budget())) {
            batch.add(*field, value, kind);
        } else {
            batch.add_overflow(pair.key, value, kind);
            batch.rows().back().flags |= event::kRowOverflow;
        }
        for (const TailMeaning& meaning : kTailMeanings) {
            if (meaning.key == pair.key) add_number(batch, names_.*meaning.field, value);
        }
        if (pair.key == "proxy_action") batch.add(ecs::kEventAction, value);
        for (const std::string_view key : kProxyKeys) {
            if (key == pair.key) return true;
        }
        return false;
    }

    AccessFields names_;
    event::FieldDictionary& fields_;
    UrlFields url_;
    ClfTimeReader times_;              // a cache
    std::string scratch_, unescaped_;  // caches of memory, not of meaning
};

/// 92 times the share of lines of the form: a time in brackets, a quoted request, a status.
int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    ClfTimeReader times;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        Line line;
        if (access_log::read_line(record, line) && times.read(line.time, {})) ++known;
    }
    return count == 0 ? 0 : 92 * known / count;
}

}  // namespace

void register_access_log(Registry& registry) {
    Format format;
    format.declaration.name = "access_log";
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<AccessLogDecoder>(fields);
    };
    format.inner_hints = {"nginx"};
    format.summary = "access logs of nginx, Apache and proxies: common, combined, with tails";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
