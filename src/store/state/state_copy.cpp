// SPDX-License-Identifier: Apache-2.0
#include "store/state/state_copy.h"

#include "store/state/schema.h"
#include "store/state/sqlite.h"

namespace vedette::store {

base::Result<void> copy_state(const std::string& from, const std::string& to) {
    VD_TRY(auto connection, SqliteConnection::open(from, SqliteConnection::Mode::read));
    VD_TRY_DO(schema_version(connection));
    return connection.copy_to(to);
}

base::Result<std::uint32_t> state_schema_stored(const std::string& path) {
    VD_TRY(auto connection, SqliteConnection::open(path, SqliteConnection::Mode::read));
    return schema_version(connection);
}

std::uint32_t state_schema_known() { return static_cast<std::uint32_t>(state_migrations().size()); }

}  // namespace vedette::store
