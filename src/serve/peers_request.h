// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/http_server.h"
#include "base/result.h"
#include "engine/engine.h"

/// Learned groups of entities, as the admin socket asks for them. Answers are JSON lines.
namespace vedette::serve {

/// One line a group: {"is":"group","entity_type","id","name","since","size","traits","members"}.
/// With the parameter `entity` (TYPE:NAME) the line of that member and its group.
/// Errors: bad_input, not_found for the entity; those of Engine::peer_groups().
base::Result<std::string> peers_list(engine::Engine& engine, const base::HttpRequest& request);
/// Body: {"do": "set", "release" or "name", "entity" (of name: its type), "group", "name", "by"}.
base::Result<std::string> peers_order(engine::Engine& engine, std::string_view body);

}  // namespace vedette::serve
