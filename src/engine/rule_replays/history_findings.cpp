// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_replays/history_findings.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/bytes.h"
#include "cases/record.h"
#include "cases/retrospective.h"
#include "detect/sigma/sigma.h"
#include "engine/replay/limits.h"
#include "engine/replay/replay.h"
#include "engine/replay/row_question.h"
#include "engine/rule_replays/limits.h"
#include "rule/sigma/matcher.h"

namespace vedette::engine::rule_replays {

namespace {

using base::Result;
using replay::StoredRow;

struct Event {
    base::Timestamp time;
    event::EventId id;
    auto operator<=>(const Event&) const = default;
};

class History {
  public:
    History(const store::ClientOptions& store, const ReplayedRule& rule, const HistoryRange& range,
            std::shared_ptr<const rule::search::PromotedColumns> promoted,
            const HistoryWatcher& watch)
        : store_(store),
          client_(store),
          rule_(rule),
          range_(range),
          promoted_(std::move(promoted)),
          watch_(watch),
          matcher_(rule.loaded.rules, rule.sources, fields_),
          readings_(fields_),
          batch_(fields_) {}

    Result<HistoryFindings> run() {
        VD_TRY(detector_, detect::sigma::make_detector(rule_.loaded, rule_.sources, fields_));
        for (const rule::sigma::Rule& rule : rule_.loaded.rules) VD_TRY_DO(look_for(rule));
        cut();
        std::vector<Event> some;
        for (const Event& event : events_) {
            some.push_back(event);
            if (some.size() == kEventsPerQuestion) VD_TRY_DO(judge(some));
        }
        VD_TRY_DO(judge(some));
        detector_->finish([this](cases::Finding finding) { take(std::move(finding)); });
        out_.is_cut = out_.is_cut || detector_->forgotten_count() > 0;
        conclude();
        return std::move(out_);
    }

  private:
    /// The events on which one rule is true.
    Result<void> look_for(const rule::sigma::Rule& rule) {
        if (!rule_.sources.find(rule.logsource)) return {};  // never tried on the stream either
        replay::ReplayOptions options;
        options.range.from = {range_.from_ns};  // and no end: the records have one
        options.offset_max = range_.before - 1;
        options.promoted = promoted_;
        options.threads = 1;
        options.ids_max = rule_.is_correlation() ? kCorrelationEventsMax : kFindingsMax;
        const std::uint64_t before = candidates_;
        VD_TRY(const auto found,
               replay::replay(store_, rule, rule_.sources, options, [&](const auto& progress) {
                   return watch_(before + progress.candidates);
               }));
        candidates_ += found.candidates;
        out_.events = std::max(out_.events, found.events);
        out_.hits += found.hits;
        for (std::size_t i = 0; i < found.ids.size(); ++i) {
            events_.insert({found.id_times[i], found.ids[i]});
        }
        if (found.hits <= found.ids.size()) return {};
        if (rule_.is_correlation()) {
            end_ = std::min(end_, found.id_times.back());
        } else {
            out_.left_out += found.hits - found.ids.size();
        }
        return {};
    }

    /// Behind the last event that is known of one of its rules a correlation would be told too
    /// little of the others, too.
    void cut() {
        if (!rule_.is_correlation()) return;
        while (!events_.empty() &&
               (events_.size() > kCorrelationEventsMax || events_.rbegin()->time > end_)) {
            events_.erase(std::prev(events_.end()));
            out_.is_cut = true;
        }
        out_.is_cut = out_.is_cut || end_.unix_ns != INT64_MAX;
    }

    /// Fetches events and shows them to the detector, in their order.
    Result<void> judge(std::vector<Event>& some) {
        if (some.empty()) return {};
        if (!watch_(candidates_)) {
            return base::fail(base::ErrorCode::cancelled, "asked to stop");
        }
        rule::search::SqlWriter writer;
        const replay::RowQuestion question;
        const std::string columns = question.columns(writer);
        std::string offsets;
        for (const Event& event : some) {
            offsets += (offsets.empty() ? "" : ", ") +
                       writer.param("UInt64", std::to_string(event.id.offset));
        }
        const auto query = writer.take_query("SELECT " + columns +
                                             " FROM events WHERE offset IN (" + offsets + ")");
        store::QueryOptions how;
        how.format = query.format;
        how.settings.emplace_back("max_threads", "1");
        std::map<event::EventId, std::size_t> wanted;
        for (std::size_t i = 0; i < some.size(); ++i) wanted.emplace(some[i].id, i);
        std::vector<StoredRow> rows(some.size());
        VD_TRY(const std::string answer, client_.query(query.sql, query.params, how));
        base::ByteReader in(answer);
        StoredRow row;
        while (!in.is_at_end()) {
            question.read(in, row);
            if (!in.is_good()) {
                return base::fail(base::ErrorCode::corrupt,
                                  "the store's answer is not what was asked for");
            }
            const auto found = wanted.find(row.id);
            if (found != wanted.end()) std::swap(rows[found->second], row);
        }
        for (const StoredRow& one : rows) add(one);
        detector_->observe(batch_, [this](cases::Finding finding) { take(std::move(finding)); });
        batch_.clear();
        // Events of the last moment may come with the next question.
        const base::Timestamp last{some.back().time.unix_ns - 1};
        detector_->tick(last, [this](cases::Finding finding) { take(std::move(finding)); });
        some.clear();
        return {};
    }

    void add(const StoredRow& row) {
        if (row.id.offset == 0) return;  // gone since it was found
        if (const auto reading = true_reading(row)) {
            replay::add_row(batch_, row, *reading);
        } else {
            ++out_.left_out;
        }
    }

    /// The way to read the row in which a rule is true on it.
    std::optional<unsigned> true_reading(const StoredRow& row) {
        const std::size_t open =
            std::min(replay::ambiguous_values(row).size(), replay::kAmbiguousMax);
        if (open == 0) return 0;
        for (unsigned reading = 0; reading < (1u << open); ++reading) {
            replay::add_row(readings_, row, reading);
        }
        std::vector<rule::sigma::Hit> hits;
        matcher_.match(readings_, hits);
        readings_.clear();
        if (hits.empty()) return std::nullopt;
        return hits.front().row;
    }

    /// One that has grown is told again, under its id.
    void take(cases::Finding finding) {
        if (finding.rule_id != rule_.id) return;
        const auto [known, is_new] = places_.emplace(finding.id, out_.findings.size());
        if (!is_new) {
            if (known->second < out_.findings.size())
                out_.findings[known->second] = std::move(finding);
        } else if (out_.findings.size() < kFindingsMax) {
            out_.findings.push_back(std::move(finding));
        } else {
            known->second = kFindingsMax;
            ++out_.left_out;
        }
    }

    /// Marks them, and keeps within the bytes of a record.
    void conclude() {
        std::size_t bytes = 0, kept = 0;
        for (; kept < out_.findings.size(); ++kept) {
            cases::mark_retrospective(out_.findings[kept], "the rule");
            bytes += cases::encode(out_.findings[kept]).size();
            if (bytes > kFindingBytesMax) break;
        }
        out_.left_out += out_.findings.size() - kept;
        out_.findings.resize(kept);
    }

    const store::ClientOptions& store_;
    store::Client client_;
    const ReplayedRule& rule_;
    const HistoryRange range_;
    const std::shared_ptr<const rule::search::PromotedColumns> promoted_;
    const HistoryWatcher& watch_;
    event::FieldDictionary fields_;
    rule::sigma::Matcher matcher_;
    event::Batch readings_, batch_;
    std::unique_ptr<detect::Detector> detector_;
    std::set<Event> events_;
    base::Timestamp end_{INT64_MAX};             // of what is known of every rule
    std::map<std::string, std::size_t> places_;  // of findings by id
    std::uint64_t candidates_ = 0;
    HistoryFindings out_;
};

}  // namespace

Result<HistoryFindings> find_in_history(
    const store::ClientOptions& store, const ReplayedRule& rule, const HistoryRange& range,
    std::shared_ptr<const rule::search::PromotedColumns> promoted, const HistoryWatcher& watch) {
    return History(store, rule, range, std::move(promoted), watch).run();
}

}  // namespace vedette::engine::rule_replays
