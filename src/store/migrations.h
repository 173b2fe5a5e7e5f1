// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::store {

/// One step of the schema. Statements must do no harm when done again (IF NOT EXISTS), because a
/// step may be cut off between any two of them; its number is written down after the last.
struct Migration {
    std::uint32_t version;
    std::vector<std::string> statements;
};

/// All steps in order. Never change one that was released: add another. Fields appended to
/// event::schema_fields() need a step that adds their columns to `events` and `events_check`.
const std::vector<Migration>& migrations();

}  // namespace vedette::store
