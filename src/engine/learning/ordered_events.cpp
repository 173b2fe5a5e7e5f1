// SPDX-License-Identifier: Apache-2.0
#include "engine/learning/ordered_events.h"

#include <algorithm>
#include <string>

#include "engine/learning/limits.h"
#include "engine/replay/history_days.h"
#include "engine/replay/row_question.h"
#include "engine/replay/stored_row.h"
#include "rule/search/sql.h"

namespace vedette::engine::learning {

namespace {

using base::Result;
using rule::search::SqlQuery;
using rule::search::SqlWriter;
using rule::search::TimeRange;

class Reading {
  public:
    Reading(const store::ClientOptions& store, const OrderedChoice& choice,
            event::FieldDictionary& fields, const OrderedSink& sink)
        : client_(store), choice_(choice), sink_(sink), batch_(fields) {}

    Result<void> read(const TimeRange& range) {
        SqlWriter writer;
        std::string where = writer.condition(range, "time");
        const auto offset = [&](std::uint64_t at) {
            return writer.param("UInt64", std::to_string(at));
        };
        if (choice_.offset_max != UINT64_MAX) {
            where += " AND offset <= " + offset(choice_.offset_max);
        }
        if (choice_.forgotten_to > 0 && choice_.forgotten_from < range.to) {
            const TimeRange kept{range.from, std::max(range.from, choice_.forgotten_from)};
            where += " AND (" + writer.condition(kept, "time") + " OR offset > " +
                     offset(choice_.forgotten_to) + ")";
        }
        const std::string columns = question_.columns(writer);
        const SqlQuery query = writer.take_query("SELECT " + columns + " FROM events WHERE " +
                                                 where + " ORDER BY time, offset, row");
        store::QueryOptions how;
        how.format = query.format;
        how.answer_bytes_max = kAnswerBytesMax;
        how.settings.emplace_back("max_bytes_before_external_sort",
                                  std::to_string(kSortBytesInMemory));
        buffer_.clear();
        VD_TRY_DO(client_.stream(query.sql, query.params, how,
                                 [&](std::string_view piece) { return take(piece); }));
        VD_TRY_DO(hand_on());
        if (buffer_.empty()) return {};
        return base::fail(base::ErrorCode::corrupt, "the store's answer is not what was asked for");
    }

    Result<void> reach(base::Timestamp time) {
        VD_TRY_DO(hand_on());
        return sink_.tick(time);
    }

    std::uint64_t subtracted() const { return subtracted_; }

  private:
    /// Pieces end anywhere: what is left of a row waits for the next one.
    Result<void> take(std::string_view piece) {
        buffer_.append(piece);
        base::ByteReader in(buffer_);
        std::size_t done = 0;
        for (;;) {
            question_.read(in, row_);
            if (!in.is_good()) break;
            done = in.position();
            VD_TRY_DO(add());
        }
        buffer_.erase(0, done);
        return {};
    }

    Result<void> add() {
        // Before the clock looks at it: without the event there would be no step for its sake.
        if (contains(choice_.subtracted, row_.id)) {
            ++subtracted_;
            return {};
        }
        const std::int64_t step = row_.time.unix_ns / kTickNs;
        if (step > step_) {
            if (step_ != INT64_MIN) VD_TRY_DO(reach({step * kTickNs}));
            step_ = step;
        }
        row_.flags = static_cast<std::uint16_t>(row_.flags & ~event::kRowLate);
        replay::add_row(batch_, row_, 0);
        raw_bytes_ += row_.raw.size();
        if (batch_.row_count() < kBatchRows && raw_bytes_ < kBatchRawBytes) return {};
        return hand_on();
    }

    Result<void> hand_on() {
        if (batch_.is_empty()) return {};
        VD_TRY_DO(sink_.rows(batch_));
        batch_.clear();
        raw_bytes_ = 0;
        return {};
    }

    store::Client client_;
    const OrderedChoice& choice_;
    const OrderedSink& sink_;
    const replay::RowQuestion question_;
    event::Batch batch_;
    std::string buffer_;
    replay::StoredRow row_;
    std::size_t raw_bytes_ = 0;
    std::uint64_t subtracted_ = 0;
    std::int64_t step_ = INT64_MIN;  // of the last row, in kTickNs
};

}  // namespace

Result<std::uint64_t> read_in_order(const store::ClientOptions& store, const OrderedChoice& choice,
                                    event::FieldDictionary& fields, const OrderedSink& sink) {
    const TimeRange& range = choice.range;
    VD_TRY(const auto days, replay::events_by_day(store, range, choice.offset_max));
    Reading reading(store, choice, fields, sink);
    for (const auto& [day, events] : days) {
        const std::int64_t begin = std::max(day * base::kNsPerDay, range.from.unix_ns);
        const std::int64_t end = std::min((day + 1) * base::kNsPerDay, range.to.unix_ns);
        VD_TRY_DO(reading.read({{begin}, {end}}));
    }
    VD_TRY_DO(reading.reach(range.to));
    return reading.subtracted();
}

}  // namespace vedette::engine::learning
