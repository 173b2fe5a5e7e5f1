// SPDX-License-Identifier: Apache-2.0
#include "engine/retention_policy.h"

#include <algorithm>
#include <map>
#include <set>

namespace vedette::engine {

namespace {

constexpr double kKeptOfLimit = 0.9;

bool is_covered(const StoredDay& stored, const std::vector<DecidedCut>& decided) {
    return std::any_of(decided.begin(), decided.end(), [&](const DecidedCut& past) {
        if (past.cut.data_set != stored.data_set || stored.last_offset >= past.offset) return false;
        return stored.day < past.cut.before_day || stored.last_offset < past.cut.before_offset;
    });
}

/// What is still to be kept, and what goes so far.
class Planner {
  public:
    void keep(const StoredDay& stored) { kept_[stored.day].push_back(stored); }

    void drop(const StoredDay& stored) {
        Cut& cut = cuts_[stored.data_set];
        cut.data_set = stored.data_set;
        cut.before_day = std::max(cut.before_day, stored.day + 1);
        cut.rows += stored.rows;
        cut.bytes += stored.bytes;
        drop_partial(stored, cut);
    }

    /// Drops the oldest days of the data sets that `belongs` names until they fit.
    template <typename Belongs>
    void fit(std::uint64_t bytes_max, const Belongs& belongs) {
        if (bytes_max == 0) return;
        std::uint64_t total = 0;
        std::set<std::int32_t> days;
        for (const auto& [day, list] : kept_) {
            for (const StoredDay& stored : list) {
                if (!belongs(stored)) continue;
                total += stored.bytes;
                days.insert(day);
            }
        }
        while (total > bytes_max && days.size() > 1) {
            auto& list = kept_[*days.begin()];
            for (const StoredDay& stored : list) {
                if (!belongs(stored)) continue;
                total -= stored.bytes;
                drop(stored);
            }
            std::erase_if(list, belongs);
            days.erase(days.begin());
        }
        if (total > bytes_max) shorten(*days.begin(), total, bytes_max, belongs);
    }

    RetentionPlan plan() {
        RetentionPlan plan;
        for (auto& [name, cut] : cuts_) plan.cuts.push_back(std::move(cut));
        plan.partial = std::move(partial_);
        return plan;
    }

  private:
    /// A day that goes whole does not go in part as well.
    void drop_partial(const StoredDay& stored, Cut& cut) {
        const auto shortened = shortened_.find({stored.data_set, stored.day});
        if (shortened == shortened_.end()) return;
        const auto [rows, bytes] = shortened->second;
        cut.rows += rows;
        cut.bytes += bytes;
        for (PartialCut& partial : partial_) {
            if (partial.day != stored.day || std::erase(partial.data_sets, stored.data_set) == 0) {
                continue;
            }
            partial.rows -= std::min(partial.rows, rows);
            partial.bytes -= std::min(partial.bytes, bytes);
        }
        std::erase_if(partial_, [](const PartialCut& one) { return one.data_sets.empty(); });
        shortened_.erase(shortened);
    }

    template <typename Belongs>
    void shorten(std::int32_t day, std::uint64_t total, std::uint64_t bytes_max,
                 const Belongs& belongs) {
        PartialCut partial;
        partial.day = day;
        partial.share =
            1 - kKeptOfLimit * static_cast<double>(bytes_max) / static_cast<double>(total);
        for (StoredDay& stored : kept_[day]) {
            if (!belongs(stored)) continue;
            const auto part = [&](std::uint64_t whole) {
                return static_cast<std::uint64_t>(static_cast<double>(whole) * partial.share);
            };
            partial.data_sets.push_back(stored.data_set);
            partial.rows += part(stored.rows);
            partial.bytes += part(stored.bytes);
            // A limit that is asked for later sees what this one leaves.
            auto& [rows, bytes] = shortened_[{stored.data_set, day}];
            rows += part(stored.rows);
            bytes += part(stored.bytes);
            stored.bytes -= part(stored.bytes);
            stored.rows -= part(stored.rows);
        }
        partial_.push_back(std::move(partial));
    }

    std::map<std::int32_t, std::vector<StoredDay>> kept_;
    std::map<std::string, Cut> cuts_;
    std::vector<PartialCut> partial_;
    std::map<std::pair<std::string, std::int32_t>, std::pair<std::uint64_t, std::uint64_t>>
        shortened_;  // rows and bytes in partial_
};

}  // namespace

bool fits_pattern(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

const RetentionRule* rule_of(const RetentionConfig& config, std::string_view data_set) {
    const auto found = std::find_if(
        config.rules.begin(), config.rules.end(),
        [&](const RetentionRule& rule) { return fits_pattern(rule.pattern, data_set); });
    return found == config.rules.end() ? nullptr : &*found;
}

std::uint32_t days_of(const RetentionConfig& config, std::string_view data_set) {
    const RetentionRule* rule = rule_of(config, data_set);
    return rule != nullptr && rule->days ? *rule->days : config.days;
}

RetentionPlan plan_retention(const RetentionConfig& config, const std::vector<StoredDay>& stored,
                             const std::vector<DecidedCut>& decided, std::int32_t today) {
    Planner planner;
    std::uint64_t held_rows = 0, held_bytes = 0;
    for (const StoredDay& one : stored) {
        const std::uint32_t days = days_of(config, one.data_set);
        if (is_covered(one, decided)) {
            held_rows += one.rows;
            held_bytes += one.bytes;
        } else if (days != 0 && one.day < today - static_cast<std::int32_t>(days)) {
            planner.drop(one);
        } else {
            planner.keep(one);
        }
    }
    for (const RetentionRule& rule : config.rules) {
        planner.fit(rule.bytes_max,
                    [&](const StoredDay& one) { return rule_of(config, one.data_set) == &rule; });
    }
    planner.fit(config.bytes_max, [](const StoredDay&) { return true; });
    RetentionPlan plan = planner.plan();
    plan.held_rows = held_rows;
    plan.held_bytes = held_bytes;
    return plan;
}

}  // namespace vedette::engine
