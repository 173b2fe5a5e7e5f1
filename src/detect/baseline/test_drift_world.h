// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "detect/baseline/drift_watch.h"
#include "learn/fixed_math.h"
#include "learn/moments/seasonal_moments.h"
#include "learn/random.h"

/// Honest entities with lives of their own, and patient attackers among them.
namespace vedette::detect::baseline {

struct DriftWorldSettings {
    std::uint64_t seed = 1;
    int members = 240;
    int attackers = 0;
    double pace = 0;  ///< of an attacker's level, a month, compounded: 0.2 is 20 %
    int days = 240;
    int attack_from = 90;       ///< day; alarms count from then on
    double day_scatter = 0.25;  ///< deviation of the logarithm of a day's level
};

struct DriftWorldOutcome {
    double honest_months = 0;
    int honest_alarms = 0, after_project = 0;
    std::vector<int> alarmed_after;  ///< days from the beginning of the attack, of each attacker
                                     ///< that was told, in order
    int within(int days) const {
        return static_cast<int>(std::upper_bound(alarmed_after.begin(), alarmed_after.end(), days) -
                                alarmed_after.begin());
    }
};

/// Hourly counts of office hours. Levels lie between 5 and 160 an hour. Everybody has a season of
/// half a year (25 %), weekends at 30 %, ten holidays on which half the people rest and the others
/// do half; each has days that scatter, a level that wanders (5 %), and with a chance of 3 % a
/// month a project of 5 to 60 days that adds 30 to 80 % or takes 25 to 50 % away.
class DriftWorld {
  public:
    explicit DriftWorld(const DriftWorldSettings& settings)
        : settings_(settings), random_(settings.seed), members_(settings.members) {
        for (Member& member : members_) member.level = 5 * learn::fixed_exp2(5 * random_.unit());
    }

    DriftWorldOutcome live() {
        for (int day = 0; day < settings_.days; ++day) {
            for (int i = 0; i < settings_.members; ++i) live(i, day);
        }
        std::sort(outcome_.alarmed_after.begin(), outcome_.alarmed_after.end());
        return outcome_;
    }

  private:
    struct Member {
        double level = 0, wander = 0, project = 0;
        int project_left = 0, project_age = 0, last_project = -1'000;
        bool is_told = false;
        learn::SeasonalMoments fast;
    };

    double factor_of_project(Member& member, int day) {
        if (member.project_left == 0 && random_.unit() < 0.03 / 30) {
            member.project_left = 5 + static_cast<int>(random_.below(55));
            const bool is_more = random_.unit() < 0.5;
            member.project = is_more ? 0.3 + 0.5 * random_.unit() : -0.25 - 0.25 * random_.unit();
            member.project_age = 0;
        }
        if (member.project_left == 0) return 1;
        --member.project_left;
        ++member.project_age;
        member.last_project = day;
        return 1 + member.project * std::min(1.0, member.project_age / 3.0);
    }

    void live(int index, int day) {
        Member& member = members_[static_cast<std::size_t>(index)];
        const bool is_attacker = index < settings_.attackers;
        const bool is_holiday = day >= 150 && day < 160;
        const bool is_weekend = day % 7 == 2 || day % 7 == 3;
        member.wander = 0.9 * member.wander + 0.05 * 0.436 * random_.normal();
        double level = member.level * factor_of_project(member, day);
        level *= learn::fixed_exp(settings_.day_scatter * random_.normal() + member.wander);
        level *= 1 + 0.25 * std::sin(2 * std::numbers::pi * (day + 20) / 180.0);
        level *= (is_weekend ? 0.3 : 1) * (is_holiday ? 0.5 : 1);
        if (is_holiday && random_.unit() < 0.5) return;
        if (is_attacker && day >= settings_.attack_from) {
            const double months = (day - settings_.attack_from) / 30.0;
            level *= learn::fixed_exp2(learn::fixed_log2(1 + settings_.pace) * months);
        }
        for (int hour = 8; hour < 18; ++hour) window(index, day, hour, level);
        if (!is_attacker && day >= settings_.attack_from) outcome_.honest_months += 1 / 30.0;
    }

    void window(int index, int day, int hour, double level) {
        Member& member = members_[static_cast<std::size_t>(index)];
        const double mean = hour == 12 ? level / 2 : level;
        const double count = std::floor(mean + std::sqrt(mean) * random_.normal() + 0.5);
        if (count <= 0) return;
        const base::Timestamp time{(20'454ll + day) * base::kNsPerDay +
                                   hour * 3'600 * base::kNsPerSecond};
        const double value = scaled(rule::analytic::Measure::count, count);
        const double step = resolution(rule::analytic::Measure::count);
        const bool is_known = member.fast.profile().weeks(learn::hour_of_week(time)) > 0;
        const learn::Contribution learned = member.fast.update(time, value, 0, step);
        DriftLesson lesson{1'000 + static_cast<std::uint64_t>(index), 1, 1, time, learned.value};
        lesson.share = is_known ? learned.share : 0;
        const auto alarm = watch_.learn(lesson, rule::analytic::Direction::high, step);
        if (alarm && day >= settings_.attack_from) count_alarm(index, day);
    }

    void count_alarm(int index, int day) {
        Member& member = members_[static_cast<std::size_t>(index)];
        if (index >= settings_.attackers) {
            ++outcome_.honest_alarms;
            outcome_.after_project += day - member.last_project < 30;
        } else if (!member.is_told) {
            outcome_.alarmed_after.push_back(day - settings_.attack_from);
        }
        member.is_told = true;
    }

    DriftWorldSettings settings_;
    learn::Random random_;
    std::vector<Member> members_;
    DriftWatch watch_{16u << 20};
    DriftWorldOutcome outcome_;
};

}  // namespace vedette::detect::baseline
