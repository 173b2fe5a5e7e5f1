// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"

#include <algorithm>

namespace vedette::event {

namespace {

using enum StoreType;

// In the order of ecs::k...; the static_assert below holds the two together in number,
// schema_test.cpp by name.
constexpr SchemaField kFields[] = {
    {"event.code", keyword},
    {"event.action", keyword},
    {"event.category", keyword},
    {"event.kind", keyword},
    {"event.outcome", keyword},
    {"event.provider", keyword},
    {"event.dataset", keyword},
    {"event.module", keyword},
    {"host.name", keyword},
    {"host.ip", ip},
    {"user.name", keyword},
    {"user.domain", keyword},
    {"user.id", keyword},
    {"user.target.name", keyword},
    {"source.ip", ip},
    {"source.port", number},
    {"source.domain", keyword},
    {"destination.ip", ip},
    {"destination.port", number},
    {"destination.domain", keyword},
    {"network.protocol", keyword},
    {"network.transport", keyword},
    {"process.name", keyword},
    {"process.executable", keyword},
    {"process.command_line", text},
    {"process.pid", number},
    {"process.entity_id", text},
    {"process.working_directory", keyword},
    {"process.parent.name", keyword},
    {"process.parent.executable", keyword},
    {"process.parent.command_line", text},
    {"process.parent.pid", number},
    {"file.path", text},
    {"file.name", keyword},
    {"hash.md5", text},
    {"hash.sha256", text},
    {"registry.path", text},
    {"dns.question.name", text},
    {"url.original", text},
    {"url.domain", keyword},
    {"url.path", text},
    {"http.request.method", keyword},
    {"http.response.status_code", number},
    {"user_agent.original", keyword},
    {"log.level", keyword},
    {"log.logger", keyword},
    {"message", text},
    {"cloud.account.id", keyword},
    {"cloud.region", keyword},
    {"error.code", keyword},
};
static_assert(std::size(kFields) == ecs::kSchemaFieldCount);

}  // namespace

std::string SchemaField::column() const {
    std::string out(name);
    std::replace(out.begin(), out.end(), '.', '_');
    return out;
}

std::span<const SchemaField> schema_fields() { return kFields; }

const SchemaField* schema_field(FieldId id) {
    return id < std::size(kFields) ? &kFields[id] : nullptr;
}

}  // namespace vedette::event
