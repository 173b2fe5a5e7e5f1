// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/registry.h"
#include "parse/syslog/fields.h"
#include "parse/syslog/header.h"
#include "parse/syslog/recognise.h"
#include "parse/syslog/structured_data.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::ValueKind;

constexpr std::string_view kDataset = "linux.syslog";

/// "sshd" of "sshd", "/usr/sbin/sshd" and "sshd(pam_unix)": what inner formats are asked by.
std::string_view program_name(std::string_view program) {
    if (program.starts_with('/')) program.remove_prefix(program.rfind('/') + 1);
    const std::size_t bracket = program.find('(');
    return bracket == 0 ? program : program.substr(0, bracket);
}

/// How often a message stands for itself: rsyslog's "message repeated 5 times: [ text]" and the
/// older "last message repeated 3 times". `inner` is the text that was repeated, if it is there.
struct Repeat {
    std::string_view count, inner;
};
Repeat read_repeat(std::string_view message) {
    TextScanner scanner(message);
    scanner.skip("last ");
    if (!scanner.skip("message repeated ")) return {};
    const std::string_view count = scanner.word();
    if (!is_digits(count, 9)) return {};
    if (scanner.rest() == "times" || scanner.rest() == "time") return {count, {}};
    if (!scanner.skip("times: [") || !scanner.skip_end("]")) return {};
    return {count, trimmed(scanner.rest())};
}

/// Syslog lines of both standards. The message goes on to the format that the program's name asks
/// for (sshd, sudo), which adds to the same row and names the data set anew.
class SyslogDecoder final : public Decoder {
  public:
    explicit SyslogDecoder(event::FieldDictionary& fields)
        : fields_(fields), structured_data_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        const syslog::Header header = read(clean.text, envelope);
        if (!header.time && !header.priority) row.flags |= event::kRowNotDecoded;
        add(header, sink);
    }

    /// Inside another envelope a time and a word before a colon are no syslog: a priority or a
    /// program's name has to be there.
    bool decode_inner(std::string_view bytes, const event::Envelope& envelope,
                      RowSink& sink) override {
        const syslog::Header header = read(bytes, envelope);
        if (!header.priority && (!header.time || header.program.empty())) return false;
        add(header, sink);
        return true;
    }

  private:
    static syslog::Header read(std::string_view line, const event::Envelope& envelope) {
        while (line.ends_with('\r') || line.ends_with('\n')) line.remove_suffix(1);
        syslog::Header header = syslog::read_header(line, time_hints(envelope));
        give_back_mark(header, line);
        return header;
    }

    void add(const syslog::Header& header, RowSink& sink) {
        event::Batch& batch = sink.batch();
        event::Row& row = batch.rows().back();
        row.dataset = batch.dataset_index(kDataset);
        if (header.time) set_time(row, *header.time);
        add_priority(header, batch);
        add_origin(header, batch);
        if (!header.structured_data.empty()) structured_data_.read(header.structured_data, sink);
        add_message(header, sink);
    }

    void add_priority(const syslog::Header& header, event::Batch& batch) {
        if (!header.priority) return;
        const unsigned facility = *header.priority / 8, severity = *header.priority % 8;
        add_number(batch, fields_.priority, *header.priority);
        add_number(batch, fields_.facility_code, facility);
        batch.add(fields_.facility_name, syslog::kFacilityNames[facility]);
        add_number(batch, fields_.severity_code, severity);
        batch.add(fields_.severity_name, syslog::kSeverityNames[severity]);
        batch.add(ecs::kLogLevel, syslog::kSeverityNames[severity]);
        if (header.is_rfc5424) batch.add(fields_.version, "1");
    }

    /// Where a message names its own kind in the place of a program: Cisco's "%ASA-6-302013: text",
    /// "CEF:0|...". Such a name belongs to the message.
    static void give_back_mark(syslog::Header& header, std::string_view line) {
        const std::string_view name = header.program;
        const bool is_mark = name.starts_with('%') || name == "CEF" || name == "LEEF";
        if (!is_mark || !header.process_id.empty()) return;
        header.message = line.substr(static_cast<std::size_t>(name.data() - line.data()));
        header.program = {};
    }

    void add_origin(const syslog::Header& header, event::Batch& batch) {
        if (!header.host.empty()) batch.add(ecs::kHostName, header.host);
        if (!header.program.empty()) {
            const std::string_view name = program_name(header.program);
            batch.add(ecs::kProcessName, name);
            if (header.program.starts_with('/')) {
                batch.add(ecs::kProcessExecutable, header.program);
            } else if (name.size() != header.program.size()) {
                batch.add(fields_.program, header.program);
            }
        }
        if (is_digits(header.process_id, 10)) {
            batch.add(ecs::kProcessPid, header.process_id, ValueKind::integer);
        } else if (!header.process_id.empty()) {
            batch.add(fields_.process_id, header.process_id);
        }
        if (!header.message_id.empty()) batch.add(fields_.message_id, header.message_id);
    }

    void add_message(const syslog::Header& header, RowSink& sink) {
        sink.batch().add(ecs::kMessage, header.message);
        const Repeat repeat = read_repeat(header.message);
        if (!repeat.count.empty()) {
            sink.batch().add(fields_.repeated, repeat.count, ValueKind::integer);
        }
        const std::string_view text = repeat.inner.empty() ? header.message : repeat.inner;
        if (!header.program.empty() && sink.inner(program_name(header.program), text)) return;
        sink.inner({}, text);
    }

    static void add_number(event::Batch& batch, event::FieldId field, unsigned value) {
        char digits[10];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        batch.add(field, {digits, static_cast<std::size_t>(end - digits)}, ValueKind::integer);
    }

    syslog::Fields fields_;
    syslog::StructuredDataReader structured_data_;
    std::string scratch_;  // a cache of memory, not of meaning
};

}  // namespace

void register_syslog(Registry& registry) {
    Format format;
    format.declaration.name = "syslog";
    format.declaration.version = 2;  // 1 took "%ASA-6-302013" for a program
    format.declaration.recognise = syslog::recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<SyslogDecoder>(fields);
    };
    format.summary = "syslog lines, RFC 5424 and RFC 3164, with or without priority";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
