// SPDX-License-Identifier: Apache-2.0
#include "parse/clean_text.h"
#include "parse/quoted_text.h"
#include "parse/registry.h"
#include "parse/row_fields.h"
#include "parse/url_parts.h"
#include "parse/web_error_log/line.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using web_error_log::Line;

struct ErrorFields {
    explicit ErrorFields(event::FieldDictionary& fields)
        : thread(*fields.intern("process.thread.id")),
          connection(*fields.intern("nginx.error.connection_id")),
          server(*fields.intern("server.domain")),
          upstream(*fields.intern("nginx.error.upstream")),
          referrer(*fields.intern("http.request.referrer")),
          version(*fields.intern("http.version")),
          request(*fields.intern("http.request.line")) {}
    event::FieldId thread, connection, server, upstream, referrer, version, request;
};

/// Error logs of nginx and Apache.
class WebErrorLogDecoder final : public Decoder {
  public:
    explicit WebErrorLogDecoder(event::FieldDictionary& fields) : names_(fields), url_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        Line line;
        if (!web_error_log::read_line(clean.text, time_hints(envelope), line)) {
            row.flags |= event::kRowNotDecoded;
            sink.batch().add(ecs::kMessage, clean.text);
            return;
        }
        set_time(row, line.time);
        add(line, sink.batch());
    }

  private:
    void add(const Line& line, event::Batch& batch) {
        batch.rows().back().dataset =
            batch.dataset_index(line.is_nginx ? "nginx.error" : "apache.error");
        batch.add(ecs::kEventKind, "event");
        batch.add(ecs::kEventCategory, "web");
        add_text(batch, ecs::kLogLevel, line.level);
        add_text(batch, ecs::kEventProvider, line.module);
        add_text(batch, ecs::kEventCode, line.code);
        add_number(batch, ecs::kErrorCode, line.error_number);
        add_number(batch, ecs::kProcessPid, line.process_id);
        add_number(batch, names_.thread, line.thread_id);
        add_number(batch, names_.connection, line.connection);
        // Apache escapes what clients wrote; nginx does not.
        batch.add(ecs::kMessage,
                  line.is_nginx ? line.message : unescape_bytes(line.message, unescaped_));
        const HostAndPort client = client_of(line);
        add_peer(batch, ecs::kSourceIp, ecs::kSourceDomain, client.host);
        add_number(batch, ecs::kSourcePort, client.port);
        add_text(batch, names_.server, line.server);
        add_text(batch, names_.upstream, line.upstream);
        add_text(batch, names_.referrer, line.referrer);
        add_text(batch, ecs::kUrlDomain, split_port(line.host).host);
        add_request(line.request, batch);
    }

    /// Apache 2.4 writes "address:port", IPv6 without brackets; 2.2 and nginx the address alone.
    static HostAndPort client_of(const Line& line) {
        const std::size_t colon = line.client.rfind(':');
        if (line.module.empty() || line.client.starts_with('[') || colon == line.client.npos) {
            return split_port(line.client);
        }
        return {line.client.substr(0, colon), line.client.substr(colon + 1)};
    }

    void add_request(std::string_view request, event::Batch& batch) {
        if (request.empty()) return;
        TextScanner scanner(request);
        const std::string_view method = scanner.word();
        const std::string_view rest = scanner.rest();
        const std::size_t version = rest.rfind(" HTTP/");
        if (version == rest.npos || method.empty()) {
            batch.add(names_.request, request);
            return;
        }
        batch.add(ecs::kHttpRequestMethod, method);
        batch.add(names_.version, rest.substr(version + 6));
        url_.add(rest.substr(0, version), method == "CONNECT", batch);
    }

    ErrorFields names_;
    UrlFields url_;
    std::string scratch_, unescaped_;  // caches of memory, not of meaning
};

int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        Line line;
        if (web_error_log::read_line(record, {}, line)) ++known;
    }
    // A message may go on in further lines, so half of them are enough to be quite sure.
    if (count == 0 || known == 0) return 0;
    return known * 2 >= count ? 60 + 33 * known / count : 60 * known / count;
}

}  // namespace

void register_web_error_log(Registry& registry) {
    Format format;
    format.declaration.name = "web_error_log";
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<WebErrorLogDecoder>(fields);
    };
    format.summary = "error logs of nginx and Apache";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
