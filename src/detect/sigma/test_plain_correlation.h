// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "event/batch.h"
#include "rule/sigma/correlation.h"

namespace vedette::detect::sigma {

/// A correlation as its meaning reads (correlator.h): every window is looked at from nothing, over
/// all events of its group, after each event. For comparison with the one that slides.
class PlainCorrelation {
  public:
    struct Event {
        std::int64_t time_ns = 0;
        event::EventId id;
        std::size_t member = 0;  ///< by which of the rules it came
        std::string group;       ///< in lower case
        std::string value;       ///< of the condition's field, in lower case; empty: it has none
    };
    struct Match {
        event::EventId id;
        rule::sigma::Millionths value = 0;
        bool operator==(const Match&) const = default;
    };

    explicit PlainCorrelation(const rule::sigma::Correlation& correlation)
        : correlation_(correlation) {}

    std::vector<Match> arrive(const Event& event) {
        for (Known& known : known_) {
            if (known.event.id != event.id || known.event.group != event.group) continue;
            known.members.insert(event.member);
            return correlation_.is_immediate() ? judge_all() : std::vector<Match>();
        }
        known_.push_back({event, {event.member}});
        std::sort(known_.begin(), known_.end(),
                  [](const Known& a, const Known& b) { return place(a) < place(b); });
        return correlation_.is_immediate() ? judge_all() : std::vector<Match>();
    }

    std::vector<Match> tick(std::int64_t clock_ns) {
        std::vector<Match> out;
        if (correlation_.is_immediate()) return out;
        for (Known& known : known_) {
            if (known.is_judged || known.event.time_ns > clock_ns) continue;
            known.is_judged = true;
            judge(known, out);
        }
        return out;
    }

    /// What each event that came so far is worth in the order of time alone.
    std::vector<Match> in_order() const {
        std::vector<Match> out;
        for (const Known& known : known_) {
            const auto value = value_of(window_of(known));
            if (value && correlation_.is_met(*value)) out.push_back({known.event.id, *value});
        }
        return out;
    }

    /// All events that lie in windows of events that matched.
    std::set<event::EventId> in_matched_windows() const {
        std::set<event::EventId> out;
        for (const Known& known : known_) {
            if (!known.is_matched) continue;
            for (const Known* inside : window_of(known)) out.insert(inside->event.id);
        }
        return out;
    }

  private:
    struct Known {
        Event event;
        std::set<std::size_t> members;
        bool is_matched = false, is_judged = false;
    };
    using Window = std::vector<const Known*>;
    using Millionths = rule::sigma::Millionths;

    static std::tuple<std::int64_t, event::EventId, std::string> place(const Known& known) {
        return {known.event.time_ns, known.event.id, known.event.group};
    }

    std::vector<Match> judge_all() {
        std::vector<Match> out;
        for (Known& known : known_) judge(known, out);
        return out;
    }

    void judge(Known& known, std::vector<Match>& out) {
        if (known.is_matched) return;
        const auto value = value_of(window_of(known));
        if (!value || !correlation_.is_met(*value)) return;
        known.is_matched = true;
        out.push_back({known.event.id, *value});
    }

    Window window_of(const Known& last) const {
        Window out;
        for (const Known& known : known_) {
            if (known.event.group == last.event.group && place(known) <= place(last) &&
                known.event.time_ns >= last.event.time_ns - correlation_.timespan_ns) {
                out.push_back(&known);
            }
        }
        return out;
    }

    static Millionths whole(std::size_t count) {
        return static_cast<Millionths>(count) * rule::sigma::kMillionth;
    }

    static std::vector<Millionths> numbers_of(const Window& window) {
        std::vector<Millionths> out;
        for (const Known* known : window) {
            const auto number = rule::sigma::millionths_in(known->event.value);
            if (number) out.push_back(*number);
        }
        return out;
    }

    std::optional<Millionths> value_of(const Window& window) const {
        using Type = rule::sigma::Correlation::Type;
        switch (correlation_.type) {
            case Type::event_count: return whole(window.size());
            case Type::value_count: {
                std::set<std::string> values;
                for (const Known* known : window) values.insert(known->event.value);
                values.erase("");
                return whole(values.size());
            }
            case Type::value_sum:
            case Type::value_avg: {
                const std::vector<Millionths> numbers = numbers_of(window);
                if (numbers.empty()) return std::nullopt;
                Millionths sum = 0;
                for (const Millionths number : numbers) sum += number;
                if (correlation_.type == Type::value_sum) return sum;
                const auto count = static_cast<Millionths>(numbers.size());
                return sum >= 0 ? sum / count : -((-sum + count - 1) / count);
            }
            case Type::value_percentile: return percentile_of(window);
            case Type::temporal: {
                std::set<std::size_t> members;
                for (const Known* known : window) {
                    members.insert(known->members.begin(), known->members.end());
                }
                return whole(members.size());
            }
            case Type::temporal_ordered: return whole(longest_row_of(window));
        }
        return std::nullopt;
    }

    std::optional<Millionths> percentile_of(const Window& window) const {
        if (!correlation_.percentile) {
            std::size_t same = 0, all = 0;
            for (const Known* known : window) {
                same += known->event.value == window.back()->event.value ? 1 : 0;
                all += known->event.value.empty() ? 0 : 1;
            }
            if (window.back()->event.value.empty()) return std::nullopt;
            return whole(same) * 100 / static_cast<Millionths>(all);
        }
        std::vector<Millionths> numbers = numbers_of(window);
        if (numbers.empty()) return std::nullopt;
        std::sort(numbers.begin(), numbers.end());
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            // So many percent of the numbers are at most this one.
            if (whole(100 * (i + 1)) >=
                *correlation_.percentile * static_cast<Millionths>(numbers.size())) {
                return numbers[i];
            }
        }
        return numbers.back();
    }

    std::size_t longest_row_of(const Window& window) const {
        // Longest row that ends with the event as this rule, by (event, rule).
        std::map<std::pair<std::size_t, std::size_t>, std::size_t> rows;
        std::size_t longest = 0;
        for (std::size_t i = 0; i < window.size(); ++i) {
            for (const std::size_t member : window[i]->members) {
                std::size_t best = 1;
                for (const auto& [at, length] : rows) {
                    if (at.first < i && at.second < member) best = std::max(best, length + 1);
                }
                rows[{i, member}] = best;
                longest = std::max(longest, best);
            }
        }
        return longest;
    }

    const rule::sigma::Correlation correlation_;
    std::vector<Known> known_;  // in order
};

}  // namespace vedette::detect::sigma
