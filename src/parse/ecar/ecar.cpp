// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/registry.h"
#include "parse/table_map.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

using enum Convert;

constexpr FieldRule kCommon[] = {
    {"hostname", "host.name"},
    {"action", "event.action", lower},
    {"id", "event.id"},
    {"pid", "process.pid"},
    {"ppid", "process.parent.pid"},
    {"tid", "process.thread.id"},
    {"properties.image_path", "process.executable"},
    {"properties.command_line", "process.command_line"},
    {"properties.parent_image_path", "process.parent.executable"},
    {"properties.user", "user.name"},
    {"properties.sid", "user.id"},
    {"properties.hash_md5", "hash.md5"},
    {"properties.md5", "hash.md5"},
    {"properties.sha256", "hash.sha256"},
};
// Which process an event is about: objectID for the process itself, actorID where it did something.
constexpr FieldRule kProcess[] = {{"objectID", "process.entity_id"},
                                  {"actorID", "process.parent.entity_id"},
                                  {"properties.current_directory", "process.working_directory"}};
constexpr FieldRule kFile[] = {{"actorID", "process.entity_id"},
                               {"properties.file_path", "file.path"},
                               {"properties.new_path", "file.path"},
                               {"properties.size", "file.size"}};
constexpr FieldRule kFlow[] = {{"actorID", "process.entity_id"},
                               {"properties.src_ip", "source.ip"},
                               {"properties.src_port", "source.port"},
                               {"properties.dest_ip", "destination.ip"},
                               {"properties.dest_port", "destination.port"},
                               {"properties.protocol", "network.transport", lower},
                               {"properties.l4protocol", "network.transport", lower},
                               {"properties.direction", "network.direction", lower},
                               {"properties.size", "network.bytes"}};
constexpr FieldRule kModule[] = {{"actorID", "process.entity_id"},
                                 {"properties.module_path", "file.path"},
                                 {"properties.file_path", "file.path"}};
constexpr FieldRule kRegistry[] = {{"actorID", "process.entity_id"},
                                   {"properties.registry_key", "registry.path"},
                                   {"properties.key", "registry.path"},
                                   {"properties.registry_value", "registry.data.strings"},
                                   {"properties.value", "registry.value"}};
constexpr FieldRule kSession[] = {{"actorID", "process.entity_id"},
                                  {"properties.src_ip", "source.ip"},
                                  {"properties.src_port", "source.port"},
                                  {"properties.requesting_user", "user.name"},
                                  {"properties.logon_id", "session.id"}};
constexpr FieldRule kService[] = {{"actorID", "process.entity_id"},
                                  {"properties.name", "service.name"},
                                  {"properties.service_name", "service.name"}};
constexpr FieldRule kOther[] = {{"actorID", "process.entity_id"}};

constexpr FixedValue kEverywhere[] = {{"event.kind", "event"}, {"event.module", "ecar"}};
constexpr FixedValue kProcessValues[] = {{"event.category", "process"}};
constexpr FixedValue kFileValues[] = {{"event.category", "file"}};
constexpr FixedValue kFlowValues[] = {{"event.category", "network"}};
constexpr FixedValue kModuleValues[] = {{"event.category", "library"}};
constexpr FixedValue kRegistryValues[] = {{"event.category", "registry"}};
constexpr FixedValue kSessionValues[] = {{"event.category", "authentication"}};
constexpr FixedValue kServiceValues[] = {{"event.category", "configuration"}};

// By `object`; the last one is for all others.
constexpr KindTable kKinds[] = {
    {"PROCESS", "ecar.process", kProcess, kProcessValues},
    {"FILE", "ecar.file", kFile, kFileValues},
    {"FLOW", "ecar.flow", kFlow, kFlowValues},
    {"MODULE", "ecar.module", kModule, kModuleValues},
    {"REGISTRY", "ecar.registry", kRegistry, kRegistryValues},
    {"USER_SESSION", "ecar.user_session", kSession, kSessionValues},
    {"SERVICE", "ecar.service", kService, kServiceValues},
    {"THREAD", "ecar.thread", kOther, kProcessValues},
    {"", "ecar.other", kOther, {}},
};

/// The last part of a Windows or Unix path: where it begins.
std::size_t name_begin(std::string_view path) {
    const std::size_t at = path.find_last_of("/\\");
    return at == std::string_view::npos ? 0 : at + 1;
}

/// Records of eCAR, the endpoint telemetry of DARPA's OpTC and of what imitates it.
class EcarMap final : public RowMap {
  public:
    explicit EcarMap(event::FieldDictionary& fields)
        : object_(*fields.intern("object")),
          principal_(*fields.intern("principal")),
          common_(fields, kCommon, kEverywhere),
          time_(fields, {"timestamp_ms", "timestamp"}) {
        for (const KindTable& table : kKinds) {
            kinds_.push_back({&table, TableMap(fields, table.fields, table.values), {}});
        }
    }

    void map(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        sort_rows(batch, rows);
        for (Kind& kind : kinds_) {
            if (kind.rows.empty()) continue;
            const std::uint32_t dataset = batch.dataset_index(kind.table->dataset);
            kind.map.begin(batch);
            for (const std::uint32_t row : kind.rows) {
                kind.map.map(batch, row);
                batch.rows()[row].dataset = dataset;
            }
        }
        batch.settle();
        common_.begin(batch);
        time_.begin(batch);
        for (const std::uint32_t row : rows) {
            common_.map(batch, row);
            time_.set(batch, row);
        }
        batch.settle();
        add_users(batch, rows);
        add_names(batch, rows, event::ecs::kProcessExecutable, event::ecs::kProcessName);
        add_names(batch, rows, event::ecs::kProcessParentExecutable,
                  event::ecs::kProcessParentName);
        add_names(batch, rows, event::ecs::kFilePath, event::ecs::kFileName);
    }

  private:
    struct Kind {
        const KindTable* table;
        TableMap map;
        std::vector<std::uint32_t> rows;
    };

    void sort_rows(const event::Batch& batch, std::span<const std::uint32_t> rows) {
        for (Kind& kind : kinds_) kind.rows.clear();
        ColumnCursor objects(batch, object_);
        for (const std::uint32_t row : rows) {
            const event::Cell* const object = objects.at(row);
            std::size_t kind = object == nullptr ? kinds_.size() - 1 : 0;
            while (kind + 1 < kinds_.size() && kinds_[kind].table->kind != batch.text(*object)) {
                ++kind;
            }
            kinds_[kind].rows.push_back(row);
        }
    }

    /// DOMAIN\user in its parts.
    void add_users(event::Batch& batch, std::span<const std::uint32_t> rows) {
        ColumnCursor principals(batch, principal_);
        LinkTarget user(batch, event::ecs::kUserName), domain(batch, event::ecs::kUserDomain);
        for (const std::uint32_t row : rows) {
            const event::Cell* const cell = principals.at(row);
            if (cell == nullptr || cell->size == 0) continue;
            const std::size_t slash = batch.text(*cell).find('\\');
            const bool has_domain = slash != std::string_view::npos;
            const std::size_t begin = has_domain ? slash + 1 : 0;
            if (has_domain && slash > 0 && domain.wants(batch, row)) {
                domain.link(batch, row, *cell, 0, slash);
            }
            if (begin < cell->size && user.wants(batch, row)) {
                user.link(batch, row, *cell, begin, cell->size - begin);
            }
        }
    }

    static void add_names(event::Batch& batch, std::span<const std::uint32_t> rows,
                          event::FieldId path, event::FieldId name) {
        ColumnCursor paths(batch, path);
        LinkTarget names(batch, name);
        for (const std::uint32_t row : rows) {
            const event::Cell* const found = paths.at(row);
            if (found == nullptr || !names.wants(batch, row)) continue;
            const event::Cell cell = *found;
            const std::size_t begin = name_begin(batch.text(cell));
            if (begin < cell.size) names.link(batch, row, cell, begin, cell.size - begin);
        }
    }

    event::FieldId object_, principal_;
    std::vector<Kind> kinds_;
    TableMap common_;
    TimeFields time_;
};

}  // namespace

void register_ecar(Registry& registry) {
    Mapping mapping;
    mapping.name = "ecar";
    mapping.marks = {{"object", "action", "objectID", "hostname"},
                     {"object", "action", "actorID", "hostname"}};
    mapping.make = [](event::FieldDictionary& fields) { return std::make_unique<EcarMap>(fields); };
    registry.add(std::move(mapping));
}

}  // namespace vedette::parse
