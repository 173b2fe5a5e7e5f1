// SPDX-License-Identifier: Apache-2.0
#include "engine/replay/history_days.h"

#include "base/bytes.h"
#include "rule/search/sql.h"

namespace vedette::engine::replay {

base::Result<std::map<std::int32_t, std::uint64_t>> events_by_day(
    const store::ClientOptions& store, const rule::search::TimeRange& range,
    std::uint64_t offset_max) {
    rule::search::SqlWriter writer;
    std::string where = writer.condition(range, "time");
    if (offset_max != UINT64_MAX) {
        where += " AND offset <= " + writer.param("UInt64", std::to_string(offset_max));
    }
    const rule::search::SqlQuery query = writer.take_query(
        "SELECT toInt32(toDate32(time)), count() FROM events WHERE " + where + " GROUP BY 1");
    store::Client client(store);
    store::QueryOptions options;
    options.format = query.format;
    VD_TRY(const std::string answer, client.query(query.sql, query.params, options));
    std::map<std::int32_t, std::uint64_t> days;
    base::ByteReader in(answer);
    while (!in.is_at_end() && in.is_good()) {
        const auto day = in.get<std::int32_t>();
        days[day] = in.get<std::uint64_t>();
    }
    if (in.is_good()) return days;
    return base::fail(base::ErrorCode::corrupt, "the store's answer is not what was asked for");
}

}  // namespace vedette::engine::replay
