// SPDX-License-Identifier: Apache-2.0
#include "event/entity.h"

#include <algorithm>

#include "event/schema.h"

namespace vedette::event {

std::string_view name(EntityType type) {
    switch (type) {
        case EntityType::user: return "user";
        case EntityType::host: return "host";
        case EntityType::ip: return "ip";
        case EntityType::device: return "device";
        case EntityType::account: return "account";
        case EntityType::mailbox: return "mailbox";
        case EntityType::domain: return "domain";
        case EntityType::file: return "file";
        case EntityType::process: return "process";
        case EntityType::series: return "series";
    }
    return "unknown";
}

std::string Entity::text() const { return std::string(name(type)) + ":" + id; }

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    return out;
}

/// Names that stand for "nobody in particular": linking incidents by them would join everything.
bool is_nobody(std::string_view id) {
    static constexpr std::string_view kNobody[] = {
        "",   "-",         "system", "local service", "network service", "anonymous logon",
        "::", "localhost", "::1",    "127.0.0.1",     "0.0.0.0",         "n/a"};
    return std::find(std::begin(kNobody), std::end(kNobody), id) != std::end(kNobody);
}

}  // namespace

std::vector<Entity> entities_of(const Batch& batch, std::uint32_t row) {
    static constexpr std::pair<FieldId, EntityType> kFields[] = {
        {ecs::kHostName, EntityType::host},
        {ecs::kUserName, EntityType::user},
        {ecs::kSourceIp, EntityType::ip},
        {ecs::kCloudAccountId, EntityType::account},
    };
    std::vector<Entity> entities;
    for (const auto& [field, type] : kFields) {
        const auto value = batch.first(field, row);
        if (!value) continue;
        std::string id = lower(*value);
        if (!is_nobody(id)) entities.push_back({type, std::move(id)});
    }
    return entities;
}

}  // namespace vedette::event
