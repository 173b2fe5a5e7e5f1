// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace vedette::event {

/// Kept by number: new ones go to the end.
enum class EntityType : std::uint8_t {
    user,
    host,
    ip,
    device,
    account,
    mailbox,
    domain,
    file,
    process,
    series,  ///< of a metric: its name with its labels
};

inline constexpr EntityType kEntityTypeLast = EntityType::series;

std::string_view name(EntityType type);

/// Who or what an event is about. `id` is lower case, so that DOMAIN\Bob and domain\bob are one.
struct Entity {
    EntityType type = EntityType::host;
    std::string id;
    auto operator<=>(const Entity&) const = default;
    /// "host:web-1"
    std::string text() const;
};

/// The entities of a row from its ECS fields: host, user, source ip, in this order. Placeholders
/// ("-", "SYSTEM" on Windows, loopback) name nobody and are left out.
std::vector<Entity> entities_of(const Batch& batch, std::uint32_t row);

}  // namespace vedette::event
