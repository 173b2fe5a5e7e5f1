// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "parse/clean_text.h"
#include "parse/quoted_text.h"
#include "parse/registry.h"
#include "parse/row_fields.h"
#include "parse/time_fields.h"
#include "parse/url_parts.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::ValueKind;

/// One line of Squid's own format, as views into it; "-" is empty.
struct SquidLine {
    std::string_view time, elapsed_ms, client, result, status, bytes, method, url, user, hierarchy,
        server, mime_type;
    std::string_view tail;  ///< headers and fields that a logformat put behind
};

std::string_view unless_dash(std::string_view value) {
    return value == "-" ? std::string_view() : value;
}

/// A word, or what stands between quotes.
std::string_view read_word(TextScanner& scanner) {
    scanner.skip_blanks();
    if (const auto quoted = read_quoted(scanner)) {
        scanner.skip(" ");
        return unless_dash(quoted->text);
    }
    return unless_dash(scanner.word());
}

bool read_line(std::string_view text, SquidLine& out) {
    TextScanner scanner(text);
    out.time = scanner.word();
    out.elapsed_ms = read_word(scanner);
    if (out.elapsed_ms.starts_with('-')) out.elapsed_ms = "0";  // a clock that was set back
    out.client = read_word(scanner);
    TextScanner result(read_word(scanner));
    const auto code = result.until("/");
    if (!code || !is_digits(result.rest(), 3) || !is_digits(out.elapsed_ms, 18)) return false;
    out.result = *code;
    out.status = result.rest();
    out.bytes = read_word(scanner);
    if (!out.bytes.empty() && !is_digits(out.bytes, 19)) return false;
    out.method = read_word(scanner);
    out.url = read_word(scanner);
    out.user = read_word(scanner);
    TextScanner from(read_word(scanner));
    out.hierarchy = from.until("/").value_or(from.rest());
    out.server = out.hierarchy.data() == from.rest().data() ? "" : unless_dash(from.rest());
    out.mime_type = read_word(scanner);
    out.tail = trimmed(scanner.rest());
    return !out.hierarchy.empty() && !out.client.empty();
}

struct SquidFields {
    explicit SquidFields(event::FieldDictionary& fields)
        : duration(*fields.intern("event.duration")),
          response_bytes(*fields.intern("http.response.bytes")),
          mime_type(*fields.intern("http.response.mime_type")),
          result(*fields.intern("squid.result")),
          hierarchy(*fields.intern("squid.hierarchy")),
          tail(*fields.intern("squid.tail")) {}
    event::FieldId duration, response_bytes, mime_type, result, hierarchy, tail;
};

/// Squid's access.log.
class SquidDecoder final : public Decoder {
  public:
    explicit SquidDecoder(event::FieldDictionary& fields) : names_(fields), url_(fields) {}

    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        if (add_line(clean.text, sink)) return;
        row.flags |= event::kRowNotDecoded;
        sink.batch().add(ecs::kMessage, clean.text);
    }

    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        return add_line(bytes, sink);
    }

  private:
    bool add_line(std::string_view text, RowSink& sink) {
        SquidLine line;
        if (!read_line(text, line)) return false;
        const auto time = parse_epoch(line.time);
        if (!time) return false;
        event::Batch& batch = sink.batch();
        set_time(batch.rows().back(), *time);
        batch.rows().back().dataset = batch.dataset_index("squid.access");
        batch.add(ecs::kEventCategory, "web");
        batch.add(ecs::kEventKind, "event");
        batch.add(ecs::kEventAction, line.result);
        batch.add(names_.result, line.result);
        const bool is_denied = line.result.find("DENIED") != line.result.npos;
        const bool is_failure = is_denied || line.status[0] >= '4' || line.status == "000";
        batch.add(ecs::kEventOutcome, is_failure ? "failure" : "success");
        add_peer(batch, ecs::kSourceIp, ecs::kSourceDomain, line.client);
        add_user(line.user, batch);
        add_request(line, batch);
        add_text(batch, names_.hierarchy, line.hierarchy);
        add_peer(batch, ecs::kDestinationIp, ecs::kDestinationDomain, line.server);
        add_text(batch, names_.mime_type, line.mime_type);
        add_text(batch, names_.tail, line.tail);
        return true;
    }

    void add_request(const SquidLine& line, event::Batch& batch) {
        if (line.status != "000") {
            batch.add(ecs::kHttpResponseStatusCode, line.status, ValueKind::integer);
        }
        add_number(batch, names_.response_bytes, line.bytes);
        std::int64_t elapsed_ms = 0;
        std::from_chars(line.elapsed_ms.data(), line.elapsed_ms.data() + line.elapsed_ms.size(),
                        elapsed_ms);
        if (elapsed_ms <= INT64_MAX / 1'000'000) {
            char digits[20];
            const auto end = std::to_chars(digits, digits + sizeof digits, elapsed_ms * 1'000'000);
            batch.add(names_.duration, {digits, static_cast<std::size_t>(end.ptr - digits)},
                      ValueKind::integer);
        }
        add_text(batch, ecs::kHttpRequestMethod, line.method);
        if (!line.url.empty()) url_.add(line.url, line.method == "CONNECT", batch);
    }

    static void add_user(std::string_view user, event::Batch& batch) {
        const std::size_t slash = user.find('\\');
        if (slash != user.npos) {
            add_text(batch, ecs::kUserDomain, user.substr(0, slash));
            user.remove_prefix(slash + 1);
        }
        add_text(batch, ecs::kUserName, user);
    }

    SquidFields names_;
    UrlFields url_;
    std::string scratch_;  // a cache of memory, not of meaning
};

int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        SquidLine line;
        if (read_line(record, line) && parse_epoch(line.time)) ++known;
    }
    return count == 0 ? 0 : 94 * known / count;
}

}  // namespace

void register_squid(Registry& registry) {
    Format format;
    format.declaration.name = "squid";
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<SquidDecoder>(fields);
    };
    format.inner_hints = {"squid-1", "(squid-1)", "(squid)"};
    format.summary = "Squid's native access.log";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
