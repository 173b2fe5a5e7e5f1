// SPDX-License-Identifier: Apache-2.0
#include "parse/application_log/limits.h"
#include "parse/application_log/line.h"
#include "parse/clean_text.h"
#include "parse/log_stamp.h"
#include "parse/registry.h"
#include "parse/row_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using application_log::Line;

struct ApplicationFields {
    explicit ApplicationFields(event::FieldDictionary& fields)
        : thread_id(*fields.intern("process.thread.id")),
          thread_name(*fields.intern("process.thread.name")),
          stack_trace(*fields.intern("error.stack_trace")),
          error_type(*fields.intern("error.type")),
          error_message(*fields.intern("error.message")) {}
    event::FieldId thread_id, thread_name, stack_trace, error_type, error_message;
};

/// Android's levels are letters.
std::string_view full_name(std::string_view level) {
    static constexpr std::pair<char, std::string_view> kLetters[] = {
        {'V', "verbose"}, {'D', "debug"}, {'I', "info"}, {'W', "warn"},
        {'E', "error"},   {'F', "fatal"}, {'T', "trace"}};
    if (level.size() != 1) return level;
    for (const auto& [letter, name] : kLetters) {
        if (letter == level[0]) return name;
    }
    return level;
}

/// What programs write into logs of their own, with the lines that belong to a first one.
class ApplicationLogDecoder final : public Decoder {
  public:
    explicit ApplicationLogDecoder(event::FieldDictionary& fields) : names_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        event::Batch& batch = sink.batch();
        row.dataset = batch.dataset_index("application.log");
        Line line;
        if (!application_log::read_record(clean.text, time_hints(envelope), line)) {
            // A first line without a time: the input begins within a record.
            batch.add(ecs::kMessage, clean.text);
            return;
        }
        set_time(row, line.time);
        add(line, batch);
    }

  private:
    void add(const Line& line, event::Batch& batch) {
        if (!line.level.empty()) {
            lower_.assign(full_name(line.level));
            for (char& c : lower_) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            batch.add(ecs::kLogLevel, lower_);
        }
        add_text(batch, ecs::kLogLogger, line.logger);
        add_number(batch, ecs::kProcessPid, line.process_id);
        add_number(batch, names_.thread_id, line.thread_id);
        add_text(batch, names_.thread_name, line.thread_name);
        batch.add(ecs::kMessage, line.message);
        add_text(batch, names_.error_type, line.error_type);
        add_text(batch, names_.error_message, line.error_message);
        add_text(batch, names_.stack_trace, line.rest);
    }

    ApplicationFields names_;
    std::string scratch_, lower_;  // caches of memory, not of meaning
};

bool goes_on(std::string_view record, std::string_view line) {
    return record.size() < application_log::kJoinedBytesMax && !begins_with_log_stamp(line);
}

/// Most lines begin with a time, and of those most name a level; lines of stack traces between them
/// count for neither.
int recognise(const std::vector<std::string_view>& records) {
    std::size_t stamped = 0, levelled = 0, indented = 0;
    for (const std::string_view record : records) {
        Line line;
        if (!application_log::read_record(record, {}, line)) {
            indented += record.starts_with(' ') || record.starts_with('\t') ? 1 : 0;
            continue;
        }
        ++stamped;
        levelled += line.level.empty() ? 0 : 1;
    }
    if (records.empty() || !begins_with_log_stamp(records.front())) return 0;
    if ((stamped + indented) * 2 < records.size()) return 0;
    return levelled * 2 >= stamped ? 55 : 25;
}

}  // namespace

void register_application_log(Registry& registry) {
    Format format;
    format.declaration.name = "application_log";
    format.declaration.framing.continues = goes_on;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<ApplicationLogDecoder>(fields);
    };
    format.summary = "logs that programs write themselves, with their stack traces";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
