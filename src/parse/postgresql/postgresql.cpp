// SPDX-License-Identifier: Apache-2.0
#include "parse/clean_text.h"
#include "parse/postgresql/line.h"
#include "parse/registry.h"
#include "parse/row_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using postgresql::Line;

struct PostgresqlFields {
    explicit PostgresqlFields(event::FieldDictionary& fields)
        : database(*fields.intern("postgresql.log.database")),
          query(*fields.intern("postgresql.log.query")),
          detail(*fields.intern("postgresql.log.detail")),
          hint(*fields.intern("postgresql.log.hint")),
          context(*fields.intern("postgresql.log.context")),
          application(*fields.intern("postgresql.log.application_name")) {}
    event::FieldId database, query, detail, hint, context, application;
};

/// The server's log on standard error, each message with its DETAIL, HINT, CONTEXT and STATEMENT.
class PostgresqlDecoder final : public Decoder {
  public:
    explicit PostgresqlDecoder(event::FieldDictionary& fields) : names_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        event::Batch& batch = sink.batch();
        row.dataset = batch.dataset_index("postgresql.log");
        Line line;
        if (!postgresql::read_record(clean.text, time_hints(envelope), line)) {
            row.flags |= event::kRowNotDecoded;
            batch.add(ecs::kMessage, clean.text);
            return;
        }
        set_time(row, line.time);
        add(line, batch);
    }

  private:
    void add(const Line& line, event::Batch& batch) {
        batch.add(ecs::kEventKind, "event");
        add_text(batch, ecs::kLogLevel, line.level);
        add_number(batch, ecs::kProcessPid, line.process_id);
        batch.add(ecs::kMessage, line.message);
        add_text(batch, ecs::kUserName, line.user);
        add_text(batch, names_.database, line.database);
        add_text(batch, names_.application, line.application);
        add_text(batch, names_.detail, line.detail);
        add_text(batch, names_.hint, line.hint);
        add_text(batch, names_.context, line.context);
        add_text(batch, names_.query, line.query);
        add_peer(batch, ecs::kSourceIp, ecs::kSourceDomain, line.client);
        add_number(batch, ecs::kSourcePort, line.client_port);
        batch.add(ecs::kEventCategory,
                  line.action == postgresql::Action::login ? "authentication" : "database");
        if (line.action == postgresql::Action::other) return;
        batch.add(ecs::kEventAction, postgresql::name(line.action));
        const bool has_failed = line.level == "FATAL" || line.level == "ERROR";
        batch.add(ecs::kEventOutcome, has_failed ? "failure" : "success");
    }

    PostgresqlFields names_;
    std::string scratch_;  // a cache of memory, not of meaning
};

int recognise(const std::vector<std::string_view>& records) {
    std::size_t known = 0, own = 0;
    for (const std::string_view record : records) {
        if (record.starts_with('\t')) continue;
        ++own;
        Line line;
        if (postgresql::read_record(record, {}, line)) ++known;
    }
    return own > 0 && known * 10 >= own * 9 ? 85 : 0;
}

}  // namespace

void register_postgresql(Registry& registry) {
    Format format;
    format.declaration.name = "postgresql";
    format.declaration.framing.continues = postgresql::goes_on;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<PostgresqlDecoder>(fields);
    };
    format.summary = "PostgreSQL's log, each message with its detail and statement";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
