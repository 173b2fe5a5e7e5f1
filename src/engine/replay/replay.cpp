// SPDX-License-Identifier: Apache-2.0
#include "engine/replay/replay.h"

#include <algorithm>
#include <future>
#include <mutex>
#include <optional>
#include <set>

#include "engine/replay/history_days.h"
#include "engine/replay/judged_rows.h"
#include "engine/replay/limits.h"
#include "engine/replay/row_question.h"
#include "rule/search/hit.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/superset_sql.h"

namespace vedette::engine::replay {

namespace {

/// The store's number for a query that needs more memory than there is.
constexpr int kMemoryLimitExceeded = 241;
/// Rows that a frugal replay reads at once of each part.
constexpr int kFrugalBlockRows = 512;

using base::ErrorCode;
using base::Result;
using rule::search::SqlQuery;
using rule::search::SqlWriter;
using rule::sigma::LogSourceWay;
using rule::sigma::Rule;

/// Days in which values of the map came to a column while it was read; more is not to be expected.
constexpr int kTriesMax = 5;
constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{1} << 42;

class Replay {
  public:
    Replay(const store::ClientOptions& store, const Rule& rule,
           const rule::sigma::LogSourceMap& sources, const std::vector<LogSourceWay>& ways,
           const ReplayOptions& options, const ReplayWatcher& watch)
        : store_(store),
          client_(store),
          rule_(rule),
          ways_(ways),
          options_(options),
          watch_(watch),
          judge_(rule, sources, options.is_compiled) {}

    Result<ReplayResult> run() {
        VD_TRY(std::uint64_t mapped, mapped_fields());
        for (int tries = 0; tries < kTriesMax; ++tries) {
            out_ = {};
            open_.clear();
            oldest_.clear();
            values_counted_ = 0;
            relied_on_ = 0;
            VD_TRY_DO(count_days());
            if (out_.events == 0) return std::move(out_);
            VD_TRY_DO(read(mapped));
            VD_TRY_DO(decide_open());
            VD_TRY(const std::uint64_t mapped_now, mapped_fields());
            if ((mapped_now & relied_on_ & ~mapped) == 0) return std::move(out_);
            mapped |= mapped_now;
        }
        return base::fail(ErrorCode::unavailable, "the history changes while it is read");
    }

  private:
    Result<std::uint64_t> mapped_fields() {
        const SqlQuery query = rule::search::mapped_sql(options_.range);
        VD_TRY(const std::string answer, ask(query));
        return rule::search::decode_count(answer);
    }

    store::QueryOptions how(const SqlQuery& query) const {
        store::QueryOptions how;
        how.format = query.format;
        if (options_.threads > 0) {
            how.settings.emplace_back("max_threads", std::to_string(options_.threads));
        }
        if (options_.is_frugal) {
            how.settings.emplace_back("max_block_size", std::to_string(kFrugalBlockRows));
        }
        return how;
    }

    Result<std::string> ask(const SqlQuery& query) {
        return client_.query(query.sql, query.params, how(query));
    }

    std::string in_range(SqlWriter& writer) const {
        std::string out = writer.condition(options_.range, "time");
        if (options_.offset_max != UINT64_MAX) {
            out += " AND offset <= " + writer.param("UInt64", std::to_string(options_.offset_max));
        }
        return out;
    }

    Result<void> count_days() {
        VD_TRY(const auto days, events_by_day(store_, options_.range, options_.offset_max));
        for (const auto& [day, events] : days) {
            if (out_.days.size() < kDaysMax) out_.days[day].events = events;
            out_.events += events;
        }
        return {};
    }

    static tl::unexpected<base::Error> damaged() {
        return base::fail(ErrorCode::corrupt, "the store's answer is not what was asked for");
    }

    Result<void> read(std::uint64_t mapped) {
        const RowQuestion question(rule_, ways_, mapped);
        rule::search::SqlOptions columns_known;
        columns_known.mapped_fields = mapped;
        columns_known.promoted = options_.promoted;
        SqlWriter writer(columns_known);
        const std::string where = in_range(writer);
        std::string superset = "1";
        if (options_.is_pushed_down) {
            superset = rule::sigma::superset_sql(rule_, ways_, writer);
        }
        const std::string columns = question.columns(writer);
        const SqlQuery query = writer.take_query("SELECT " + columns + " FROM events WHERE " +
                                                 where + " AND " + superset);
        relied_on_ = query.relies_on | question.relies_on();
        needs_record_ = question.needs_record();
        store::QueryOptions options = how(query);
        options.answer_bytes_max = kAnswerBytesMax;
        // Of the map one pass gives the texts of all fields; as sub-columns each would be a pass of
        // its own. Where the condition asks for keys alone, those are a sub-column worth reading.
        const bool asks_for_keys_alone = superset.find("mapContains(") != std::string::npos &&
                                         superset.find("fields[") == std::string::npos;
        if (!asks_for_keys_alone) {
            options.settings.emplace_back("optimize_functions_to_subcolumns", "0");
        }
        out_.map_fields.insert(query.map_fields.begin(), query.map_fields.end());
        VD_TRY_DO(client_.stream(query.sql, query.params, options,
                                 [&](std::string_view piece) { return take(piece, question); }));
        judge_rows();
        if (buffer_.empty()) return {};
        buffer_.clear();
        return damaged();
    }

    /// Pieces end anywhere: what is left of a row waits for the next one.
    Result<void> take(std::string_view piece, const RowQuestion& question) {
        buffer_.append(piece);
        base::ByteReader in(buffer_);
        std::size_t done = 0;
        for (;;) {
            question.read(in, row_);
            if (!in.is_good()) break;
            done = in.position();
            ++out_.candidates;
            const bool is_open = question.needs_record() || (row_.flags & event::kRowOverflow) != 0;
            judge_.add(row_, is_open);
            if (judge_.is_full()) judge_rows();
        }
        buffer_.erase(0, done);
        if (watch_({out_.candidates, out_.hits})) return {};
        buffer_.clear();
        return base::fail(ErrorCode::cancelled, "asked to stop");
    }

    void judge_rows() {
        using Verdict = RowJudge::Verdict;
        const event::Batch& batch = judge_.batch();
        judge_.judge([&](std::uint32_t row, Verdict verdict) {
            if (verdict == Verdict::hit) {
                count_hit(batch, row);
            } else if (verdict != Verdict::miss) {
                const event::Row& of = batch.rows()[row];
                if (open_.size() < kRecordsMax) {
                    open_.push_back({of.id, verdict == Verdict::open_hit});
                } else {
                    ++out_.undecided;
                    if (verdict == Verdict::open_hit) count_hit(batch, row);
                }
            }
        });
    }

    void count_hit(const event::Batch& batch, std::uint32_t row) {
        const event::Row& of = batch.rows()[row];
        ++out_.hits;
        if (out_.days.size() < kDaysMax || out_.days.count(of.time.day()) != 0) {
            ++out_.days[of.time.day()].hits;
        }
        const auto first = [&](std::string_view field) {
            const auto id = batch.fields().find(field);
            return id ? std::string(batch.first(*id, row).value_or("")) : std::string();
        };
        if (out_.samples.size() < kSamplesMax) {
            out_.samples.push_back({of.id, of.time, std::string(batch.dataset(of.dataset)),
                                    first("host.name"), first("user.name")});
        }
        keep_id(of);
        for (const event::Column& column : batch.columns()) {
            const std::string field(batch.fields().name(column.field));
            if (field.ends_with(RowQuestion::kBelow)) continue;
            for (const event::Cell& cell : batch.cells(column.field, row)) {
                count_value(field, batch.text(cell));
            }
        }
    }

    void keep_id(const event::Row& row) {
        if (options_.ids_max == 0) return;
        const std::pair<base::Timestamp, event::EventId> key{row.time, row.id};
        oldest_.insert(key);
        if (oldest_.size() > options_.ids_max) oldest_.erase(std::prev(oldest_.end()));
    }

    void count_value(const std::string& field, std::string_view text) {
        std::string value = rule::sigma::cut_text(text, kValueBytesMax);
        auto& values = out_.values[field];
        const auto known = values.find(value);
        if (known != values.end()) {
            ++known->second;
        } else if (values_counted_ < kValuesCountedMax) {
            ++values_counted_;
            values.emplace(std::move(value), 1);
        } else {
            out_.are_values_complete = false;
        }
    }

    /// Reads those whole that the columns did not tell of.
    Result<void> decide_open() {
        const RowQuestion question;
        for (std::size_t begin = 0; begin < open_.size(); begin += kRecordsAskedMax) {
            const std::size_t end = std::min(begin + kRecordsAskedMax, open_.size());
            SqlWriter writer;
            const std::string columns = question.columns(writer);
            std::string ids;
            for (std::size_t i = begin; i < end; ++i) {
                ids += (ids.empty() ? "" : ", ") +
                       writer.param("UInt64", std::to_string(open_[i].id.offset));
            }
            const SqlQuery query = writer.take_query("SELECT " + columns +
                                                     " FROM events WHERE offset IN (" + ids + ")");
            VD_TRY(const std::string answer, ask(query));
            base::ByteReader in(answer);
            while (!in.is_at_end()) {
                question.read(in, row_);
                if (!in.is_good()) return damaged();
                const auto found = std::find_if(open_.begin() + static_cast<std::ptrdiff_t>(begin),
                                                open_.begin() + static_cast<std::ptrdiff_t>(end),
                                                [&](const Open& one) { return one.id == row_.id; });
                if (found == open_.begin() + static_cast<std::ptrdiff_t>(end)) continue;
                decide(*found);
            }
            if (!watch_({out_.candidates, out_.hits})) {
                return base::fail(ErrorCode::cancelled, "asked to stop");
            }
        }
        return keep_ids();
    }

    struct Open {
        event::EventId id;
        bool is_hit_at_first = false;
    };

    /// The row is there whole now; where it still may be read in two ways, its record decides.
    void decide(const Open& open) {
        using Verdict = RowJudge::Verdict;
        judge_.add(row_, needs_record_);
        judge_.judge([&](std::uint32_t row, Verdict verdict) {
            bool is_hit = verdict == Verdict::hit;
            if (verdict == Verdict::open_hit || verdict == Verdict::open_miss) {
                ++out_.records_decoded;
                const auto decided = judge_.decide(row_);
                if (!decided) ++out_.undecided;
                is_hit = decided.value_or(open.is_hit_at_first);
            }
            if (is_hit) count_hit(judge_.batch(), row);
        });
    }

    Result<void> keep_ids() {
        for (const auto& [time, id] : oldest_) {
            out_.ids.push_back(id);
            out_.id_times.push_back(time);
        }
        oldest_.clear();
        return {};
    }

    const store::ClientOptions& store_;
    store::Client client_;
    const Rule& rule_;
    const std::vector<LogSourceWay>& ways_;
    const ReplayOptions& options_;
    const ReplayWatcher& watch_;
    RowJudge judge_;
    bool needs_record_ = false;
    std::string buffer_;
    StoredRow row_;
    std::vector<Open> open_;
    std::set<std::pair<base::Timestamp, event::EventId>> oldest_;
    std::size_t values_counted_ = 0;
    std::uint64_t relied_on_ = 0;
    ReplayResult out_;
};

/// A time with half of the events before it; nothing where they are too few to be worth it.
Result<std::optional<base::Timestamp>> middle_of(const store::ClientOptions& store,
                                                 const ReplayOptions& options) {
    if (options.threads == 1) return std::optional<base::Timestamp>();  // who says so wants no more
    VD_TRY(const auto days, events_by_day(store, options.range, options.offset_max));
    std::uint64_t events = 0, before = 0;
    for (const auto& [day, count] : days) events += count;
    if (events < options.half_events_min) return std::optional<base::Timestamp>();
    for (const auto& [day, count] : days) {
        if (before + count >= events / 2) {
            const std::int64_t begin = std::max(day * base::kNsPerDay, options.range.from.unix_ns);
            const std::int64_t end =
                std::min((day + 1) * base::kNsPerDay, options.range.to.unix_ns);
            const double share =
                static_cast<double>(events / 2 - before) / static_cast<double>(count);
            const base::Timestamp middle{
                begin + static_cast<std::int64_t>(share * static_cast<double>(end - begin))};
            return std::optional<base::Timestamp>(middle);
        }
        before += count;
    }
    return std::optional<base::Timestamp>();
}

/// As the options say: at once or in two halves.
Result<ReplayResult> replay_by(const store::ClientOptions& store, const Rule& rule,
                               const rule::sigma::LogSourceMap& sources,
                               const std::vector<LogSourceWay>& ways, const ReplayOptions& options,
                               const ReplayWatcher& watch) {
    VD_TRY(const auto middle, middle_of(store, options));
    if (!middle) return Replay(store, rule, sources, ways, options, watch).run();
    std::mutex mutex;
    ReplayProgress told[2];
    bool has_failed = false;
    const auto half = [&](std::size_t number, rule::search::TimeRange range) {
        ReplayOptions of_half = options;
        of_half.range = range;
        const ReplayWatcher tell = [&, number](const ReplayProgress& so_far) {
            const std::lock_guard lock(mutex);
            told[number] = so_far;
            return !has_failed &&
                   watch({told[0].candidates + told[1].candidates, told[0].hits + told[1].hits});
        };
        auto result = Replay(store, rule, sources, ways, of_half, tell).run();
        const std::lock_guard lock(mutex);
        has_failed = has_failed || !result;
        return result;
    };
    auto later = std::async(std::launch::async, [&] {
        return half(1, {*middle, options.range.to});
    });
    auto all = half(0, {options.range.from, *middle});
    const auto rest = later.get();
    // Who failed first stops the other one, whose error says no more than that.
    if (!rest && (all || all.error().code == ErrorCode::cancelled)) return rest;
    if (!all) return all;
    all->add(*rest);
    if (all->ids.size() > options.ids_max) {
        all->ids.resize(options.ids_max);
        all->id_times.resize(options.ids_max);
    }
    return all;
}

}  // namespace

void ReplayResult::add(const ReplayResult& other) {
    events += other.events;
    candidates += other.candidates;
    hits += other.hits;
    records_decoded += other.records_decoded;
    undecided += other.undecided;
    are_values_complete = are_values_complete && other.are_values_complete;
    for (const auto& [day, counts] : other.days) {
        days[day].events += counts.events;
        days[day].hits += counts.hits;
    }
    for (const auto& [field, counts] : other.values) {
        for (const auto& [value, count] : counts) values[field][value] += count;
    }
    for (const ReplaySample& sample : other.samples) {
        if (samples.size() < kSamplesMax) samples.push_back(sample);
    }
    ids.insert(ids.end(), other.ids.begin(), other.ids.end());
    id_times.insert(id_times.end(), other.id_times.begin(), other.id_times.end());
    map_fields.insert(other.map_fields.begin(), other.map_fields.end());
}

Result<ReplayResult> replay(const store::ClientOptions& store, const Rule& rule,
                            const rule::sigma::LogSourceMap& sources, const ReplayOptions& options,
                            const ReplayWatcher& watch) {
    const auto ways = sources.find(rule.logsource);
    if (!ways) {
        return base::fail(ErrorCode::bad_input,
                          "no log-source file says which events are " + rule.logsource.text(),
                          rule.path + ":" + std::to_string(rule.line),
                          "the rule is never tried; `vedette rules check` tells more");
    }
    auto done = replay_by(store, rule, sources, *ways, options, watch);
    if (done || store::exception_code(done.error()) != kMemoryLimitExceeded) return done;
    // Beside merges of large parts the store may not have the room: once more, in small pieces.
    ReplayOptions frugal = options;
    frugal.threads = 1;
    frugal.is_frugal = true;
    return replay_by(store, rule, sources, *ways, frugal, watch);
}

}  // namespace vedette::engine::replay
