// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <unordered_map>

#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/journald/export_reader.h"
#include "parse/journald/json_reader.h"
#include "parse/journald/limits.h"
#include "parse/registry.h"
#include "parse/text_scan.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::FieldId;
using event::ValueKind;

constexpr std::string_view kName = "journald";
constexpr std::string_view kExportName = "journald_export";
constexpr std::string_view kDataset = "linux.journal";

/// Fields of the journal that have an ECS name, the better one first where two say the same. They
/// are added behind the inner format, which knows better who acted and what was run.
struct Link {
    std::string_view name;
    FieldId ecs;
    ValueKind kind = ValueKind::text;
};
constexpr Link kLinks[] = {
    {"_HOSTNAME", ecs::kHostName},
    {"_EXE", ecs::kProcessExecutable},
    {"_PID", ecs::kProcessPid, ValueKind::integer},
    {"SYSLOG_PID", ecs::kProcessPid, ValueKind::integer},
};
/// Of entries that no inner format has read.
constexpr Link kOwnLinks[] = {
    {"_CMDLINE", ecs::kProcessCommandLine},
    {"_UID", ecs::kUserId},
};
/// Keywords of syslog(3)'s severities, by number.
constexpr std::array<std::string_view, 8> kLevels = {"emerg",   "alert",  "crit", "err",
                                                     "warning", "notice", "info", "debug"};

/// Entries of systemd's journal. The message goes on to the format that the program asks for.
class JournaldDecoder final : public Decoder {
  public:
    enum class Form { json, exported };

    JournaldDecoder(event::FieldDictionary& fields, Form form)
        : fields_(fields), unit_(*fields.intern("service.name")), form_(form) {}

    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        event::Row& row = sink.row(record);
        event::Batch& batch = sink.batch();
        row.dataset = batch.dataset_index(kDataset);
        if (!read(record, row)) {
            row.flags |= event::kRowNotDecoded;
            const CleanText clean = clean_text(record, scratch_);
            if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
            batch.add(ecs::kMessage, clean.text);
            return;
        }
        if (entry_.is_truncated()) row.flags |= event::kRowTruncated;
        read_time(row);
        add_own(row, sink);
        add_meaning(sink);
    }

  private:
    bool read(std::string_view record, event::Row& row) {
        // Values of the export form have their size in bytes: they are cleaned one by one.
        if (form_ == Form::exported) return journald::read_export(record, entry_);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        return json_.read(clean.text, entry_);
    }

    /// The time that the sender stamped is nearer to what happened than the journal's own.
    void read_time(event::Row& row) {
        for (const std::string_view name : {"_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"}) {
            if (const auto time = parse_epoch(entry_.first(name))) return set_time(row, *time);
        }
    }

    void add_own(event::Row& row, RowSink& sink) {
        for (const journald::EntryField& field : entry_.fields()) {
            if (!field.is_utf8) row.flags |= event::kRowInvalidUtf8;
            if (field.name == "MESSAGE") {
                sink.batch().add(ecs::kMessage, field.value);
                continue;
            }
            const FieldId id = id_of(field.name, sink);
            if (id != event::kNoField) {
                sink.batch().add(id, field.value);
            } else {
                sink.batch().add_overflow(field.name, field.value, ValueKind::text);
                row.flags |= event::kRowOverflow;
            }
        }
    }

    FieldId id_of(std::string_view name, RowSink& sink) {
        name_.assign(name);
        if (const auto found = remembered_.find(name_); found != remembered_.end()) {
            return found->second;
        }
        const auto id = fields_.intern(name, sink.field_budget());
        if (!id) return event::kNoField;
        if (remembered_.size() < journald::kRememberedFieldsMax) remembered_.emplace(name_, *id);
        return *id;
    }

    void add_meaning(RowSink& sink) {
        event::Batch& batch = sink.batch();
        const std::string_view program = program_name();
        if (!program.empty()) batch.add(ecs::kProcessName, program);
        const std::string_view priority = entry_.first("PRIORITY");
        if (priority.size() == 1 && priority[0] >= '0' && priority[0] <= '7') {
            batch.add(ecs::kLogLevel, kLevels[static_cast<std::size_t>(priority[0] - '0')]);
        }
        const std::string_view message = entry_.first("MESSAGE");
        const bool is_taken =
            (!program.empty() && sink.inner(program, message)) || sink.inner({}, message);
        for (const Link& link : kLinks) add_link(link, batch);
        if (!is_taken) {
            for (const Link& link : kOwnLinks) add_link(link, batch);
        }
        const std::string_view unit = entry_.first("_SYSTEMD_UNIT");
        if (!unit.empty() && !batch.last_row_has(unit_)) batch.add(unit_, unit);
    }

    void add_link(const Link& link, event::Batch& batch) {
        const std::string_view value = entry_.first(link.name);
        if (value.empty() || batch.last_row_has(link.ecs)) return;
        if (link.kind == ValueKind::integer && !is_digits(value, 10)) return;
        batch.add(link.ecs, value, link.kind);
    }

    /// "sshd" of "sshd" and "/usr/sbin/sshd": what inner formats are asked by.
    std::string_view program_name() const {
        std::string_view program = entry_.first("SYSLOG_IDENTIFIER");
        if (program.empty()) program = entry_.first("_COMM");
        if (program.starts_with('/')) program.remove_prefix(program.rfind('/') + 1);
        return program;
    }

    event::FieldDictionary& fields_;
    FieldId unit_;
    Form form_;
    journald::JsonReader json_;
    journald::Entry entry_;
    std::unordered_map<std::string, FieldId> remembered_;
    std::string scratch_, name_;  // caches of memory, not of meaning
};

int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        const bool is_object = record.starts_with('{');
        if (is_object && record.find("\"__REALTIME_TIMESTAMP\"") != record.npos) ++known;
    }
    return count == 0 ? 0 : 97 * known / count;
}

/// What journalctl and systemd-journal-upload begin every entry with.
int recognise_export(std::string_view head) {
    if (!head.starts_with("__CURSOR=")) return 0;
    return head.find("\n__REALTIME_TIMESTAMP=") == head.npos ? 0 : 98;
}

}  // namespace

void register_journald(Registry& registry) {
    using Form = JournaldDecoder::Form;
    Format format;
    format.declaration.name = kName;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<JournaldDecoder>(fields, Form::json);
    };
    format.summary = "systemd's journal as JSON (journalctl -o json)";
    registry.add(std::move(format));

    Format exported;
    exported.declaration.name = kExportName;
    exported.declaration.framing.kind = event::Framing::Kind::entries;
    exported.declaration.recognise_head = recognise_export;
    exported.make = [](event::FieldDictionary& fields) {
        return std::make_unique<JournaldDecoder>(fields, Form::exported);
    };
    exported.summary = "systemd's journal in its export form (journalctl -o export)";
    registry.add(std::move(exported));
}

}  // namespace vedette::parse
