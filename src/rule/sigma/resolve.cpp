// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "base/check.h"
#include "rule/sigma/correlation_reader.h"
#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using Member = Correlation::Member;

std::string where(const Correlation& correlation) {
    return correlation.path + ":" + std::to_string(correlation.line);
}

/// Words that a hint may name: enough to find a slip of the pen, few enough to compare.
constexpr std::size_t kNamesComparedMax = 2'000;

class Resolver {
  public:
    explicit Resolver(LoadedRules& all) : all_(all) {
        for (std::uint32_t i = 0; i < all.rules.size(); ++i) {
            by_id_.emplace(all.rules[i].id, Member{false, i});
            by_name_[all.rules[i].name].push_back({false, i});
        }
        for (std::uint32_t i = 0; i < all.correlations.size(); ++i) {
            by_id_.emplace(all.correlations[i].id, Member{true, i});
            by_name_[all.correlations[i].name].push_back({true, i});
        }
        by_name_.erase("");
        for (const Refusal& refusal : all.refusals) refused_.insert(refusal.id);
        verdicts_.resize(all.correlations.size());
    }

    void run() {
        for (std::uint32_t i = 0; i < all_.correlations.size(); ++i) {
            if (const auto done = find_members(i); !done) refuse(i, done.error());
        }
        judge_inner_first();
        refuse_circles();
        keep_the_good();
        settle();
    }

  private:
    enum class State : std::uint8_t { unseen, good, refused };
    struct Verdict {
        State state = State::unseen;
        std::set<std::uint32_t> reach;  // rules
        std::size_t depth = 1;
        std::size_t waits_for = 0;         // correlations it refers to and that are not judged
        std::vector<std::uint32_t> users;  // correlations that refer to it
    };

    const std::string& path_of(Member member) const {
        return member.is_correlation ? all_.correlations[member.index].path
                                     : all_.rules[member.index].path;
    }
    std::string place_of(Member member) const {
        if (member.is_correlation) return where(all_.correlations[member.index]);
        const Rule& rule = all_.rules[member.index];
        return rule.path + ":" + std::to_string(rule.line);
    }

    static tl::unexpected<Error> wrong(ErrorCode code, const Correlation::Reference& reference,
                                       std::string text, std::string hint = {}) {
        return base::fail(code, std::move(text), reference.where, std::move(hint));
    }

    /// By id; else by a name of the same file; else by a name that is there once.
    Result<Member> find(const Correlation& correlation,
                        const Correlation::Reference& reference) const {
        if (const auto found = by_id_.find(reference.text); found != by_id_.end()) {
            return found->second;
        }
        const auto named = by_name_.find(reference.text);
        if (named == by_name_.end()) return unknown(reference);
        std::vector<Member> near;
        for (const Member member : named->second) {
            if (path_of(member) == correlation.path) near.push_back(member);
        }
        const std::vector<Member>& some = near.empty() ? named->second : near;
        if (some.size() == 1) return some.front();
        return wrong(ErrorCode::bad_input, reference,
                     "several rules have the name '" + reference.text + "': " + place_of(some[0]) +
                         " and " + place_of(some[1]),
                     "refer to the rule by its id");
    }

    tl::unexpected<Error> unknown(const Correlation::Reference& reference) const {
        const std::string text = "there is no rule '" + reference.text + "'";
        if (refused_.count(reference.text) > 0) {
            return wrong(ErrorCode::not_found, reference, text,
                         "a rule of this id was refused, for a reason of its own");
        }
        std::vector<std::string> names;
        for (const auto& [name, members] : by_name_) {
            if (names.size() < kNamesComparedMax) names.push_back(name);
        }
        const std::string near = nearest(reference.text, names);
        return wrong(ErrorCode::not_found, reference, text,
                     near.empty() ? "a rule is referred to by its id or its name"
                                  : "did you mean '" + near + "'?");
    }

    void refuse(std::uint32_t index, Error error) {
        const Correlation& correlation = all_.correlations[index];
        verdicts_[index].state = State::refused;
        all_.refusals.push_back({correlation.id, correlation.title, std::move(error)});
    }

    Result<void> find_members(std::uint32_t index) {
        Correlation& correlation = all_.correlations[index];
        for (const Correlation::Reference& reference : correlation.rules) {
            VD_TRY(const Member member, find(correlation, reference));
            for (const Member known : correlation.members) {
                if (known.is_correlation != member.is_correlation || known.index != member.index) {
                    continue;
                }
                return wrong(ErrorCode::bad_input, reference,
                             "the rule '" + reference.text + "' is named twice");
            }
            correlation.members.push_back(member);
        }
        for (const Member member : correlation.members) {
            if (!member.is_correlation) continue;
            ++verdicts_[index].waits_for;
            verdicts_[member.index].users.push_back(index);
        }
        return {};
    }

    /// Each is judged once all that it refers to are; what is left then refers to itself.
    void judge_inner_first() {
        std::deque<std::uint32_t> ready;
        for (std::uint32_t i = 0; i < verdicts_.size(); ++i) {
            const Verdict& verdict = verdicts_[i];
            if (verdict.state == State::refused || verdict.waits_for == 0) ready.push_back(i);
        }
        while (!ready.empty()) {
            const std::uint32_t index = ready.front();
            ready.pop_front();
            if (verdicts_[index].state == State::unseen) {
                if (const auto done = judge(index); done) {
                    verdicts_[index].state = State::good;
                } else {
                    refuse(index, done.error());
                }
            }
            for (const std::uint32_t user : verdicts_[index].users) {
                if (--verdicts_[user].waits_for == 0) ready.push_back(user);
            }
        }
    }

    Result<void> judge(std::uint32_t index) {
        const Correlation& correlation = all_.correlations[index];
        Verdict& verdict = verdicts_[index];
        for (std::size_t i = 0; i < correlation.members.size(); ++i) {
            const Member member = correlation.members[i];
            const Correlation::Reference& reference = correlation.rules[i];
            if (!member.is_correlation) {
                verdict.reach.insert(member.index);
                continue;
            }
            const Verdict& inner = verdicts_[member.index];
            if (inner.state == State::refused) {
                return wrong(ErrorCode::bad_input, reference,
                             "the correlation '" + reference.text + "' is refused itself");
            }
            verdict.reach.insert(inner.reach.begin(), inner.reach.end());
            verdict.depth = std::max(verdict.depth, inner.depth + 1);
            if (verdict.depth > kCorrelationDepthMax) {
                return wrong(ErrorCode::limit, reference,
                             "correlations of correlations go deeper than " +
                                 std::to_string(kCorrelationDepthMax));
            }
        }
        total_reach_ += verdict.reach.size();
        if (verdict.reach.size() <= kCorrelationReachMax && total_reach_ <= kCorrelationsReachMax) {
            return {};
        }
        return base::fail(
            ErrorCode::limit,
            "the correlation reaches more than " + std::to_string(kCorrelationReachMax) +
                " rules, or all together more than " + std::to_string(kCorrelationsReachMax),
            where(correlation));
    }

    void refuse_circles() {
        for (std::uint32_t i = 0; i < verdicts_.size(); ++i) {
            if (verdicts_[i].state == State::unseen) refuse(i, circle_error(i));
        }
    }

    /// Follows one of the references that were never judged until it comes back.
    Error circle_error(std::uint32_t index) const {
        std::vector<std::uint32_t> path = {index};
        const Correlation::Reference* first = nullptr;
        std::string circle;
        for (std::set<std::uint32_t> seen = {index};;) {
            const Correlation& correlation = all_.correlations[path.back()];
            const std::size_t next = next_in_circle(correlation);
            if (first == nullptr) first = &correlation.rules[next];
            path.push_back(correlation.members[next].index);
            if (!seen.insert(path.back()).second) break;
        }
        for (auto at = std::find(path.begin(), path.end(), path.back()); at != path.end(); ++at) {
            circle += (circle.empty() ? "'" : " -> '") + all_.correlations[*at].title + "'";
        }
        return {ErrorCode::bad_input,
                "correlations refer to each other in a circle: " + circle,
                first->where,
                {},
                false};
    }

    std::size_t next_in_circle(const Correlation& correlation) const {
        for (std::size_t i = 0; i < correlation.members.size(); ++i) {
            const Member member = correlation.members[i];
            if (member.is_correlation && verdicts_[member.index].waits_for > 0) return i;
        }
        VD_CHECK(false && "what was never judged refers to something that was not");
        return 0;
    }

    /// Inner ones first, then by id; members get the new indexes.
    void keep_the_good() {
        std::vector<std::uint32_t> order;
        for (std::uint32_t i = 0; i < verdicts_.size(); ++i) {
            if (verdicts_[i].state == State::good) order.push_back(i);
        }
        std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return verdicts_[a].depth < verdicts_[b].depth;
        });
        std::vector<std::uint32_t> place(verdicts_.size(), 0);
        std::vector<Correlation> kept;
        for (const std::uint32_t index : order) {
            place[index] = static_cast<std::uint32_t>(kept.size());
            kept.push_back(std::move(all_.correlations[index]));
            for (Member& member : kept.back().members) {
                if (member.is_correlation) member.index = place[member.index];
            }
        }
        all_.correlations = std::move(kept);
    }

    /// What correlations have of those that they refer to, and who raises findings of its own.
    void settle() {
        std::set<std::uint32_t> used, used_correlations, shown, shown_correlations;
        for (Correlation& correlation : all_.correlations) {
            Level highest = Level::informational;
            std::set<std::string> tags;
            for (const Member member : correlation.members) {
                auto& all = member.is_correlation ? used_correlations : used;
                auto& some = member.is_correlation ? shown_correlations : shown;
                all.insert(member.index);
                if (correlation.generates) some.insert(member.index);
                const std::vector<std::string>& more = member.is_correlation
                                                           ? all_.correlations[member.index].tags
                                                           : all_.rules[member.index].tags;
                tags.insert(more.begin(), more.end());
                highest =
                    std::max(highest, member.is_correlation ? *all_.correlations[member.index].level
                                                            : all_.rules[member.index].level);
            }
            // Those it refers to come before it, so that theirs is known.
            if (!correlation.level) correlation.level = highest;
            if (correlation.tags.empty()) correlation.tags.assign(tags.begin(), tags.end());
        }
        for (const std::uint32_t i : used) all_.rules[i].is_silent = shown.count(i) == 0;
        for (const std::uint32_t i : used_correlations) {
            all_.correlations[i].is_silent = shown_correlations.count(i) == 0;
        }
    }

    LoadedRules& all_;
    std::map<std::string, Member> by_id_;
    std::map<std::string, std::vector<Member>> by_name_;
    std::set<std::string> refused_;
    std::vector<Verdict> verdicts_;  // beside correlations
    std::size_t total_reach_ = 0;
};

}  // namespace

void resolve_correlations(LoadedRules& all) {
    if (all.correlations.size() > kCorrelationsMax) {
        const Correlation& first = all.correlations[kCorrelationsMax];
        all.refusals.push_back({first.id,
                                first.title,
                                {ErrorCode::limit,
                                 "more than " + std::to_string(kCorrelationsMax) +
                                     " correlations: this one and those behind it are not used",
                                 where(first),
                                 {},
                                 false}});
        all.correlations.resize(kCorrelationsMax);
    }
    Resolver(all).run();
}

}  // namespace vedette::rule::sigma
