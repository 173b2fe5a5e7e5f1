// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/group.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "detect/sigma/limits.h"

namespace vedette::detect::sigma {

namespace {

using rule::sigma::Correlation;
using rule::sigma::Millionths;

/// Nodes of the maps that a group stands in, and a block of the deque.
constexpr std::size_t kGroupFixedBytes = 900;

bool comes_before(const Hit& a, const Hit& b) {
    return std::tuple(a.time_ns(), a.record->id) < std::tuple(b.time_ns(), b.record->id);
}

}  // namespace

Group::Group(const Correlation& correlation, std::string key, std::vector<std::string> shown)
    : correlation_(&correlation),
      key_(std::move(key)),
      shown_(std::move(shown)),
      value_(correlation) {
    recount_bytes();
}

void Group::recount_bytes() {
    bytes_ = sizeof(Group) + kGroupFixedBytes + WindowValue::fixed_bytes(*correlation_) +
             2 * key_.size() + hit_bytes_;
    for (const std::string& value : shown_) bytes_ += sizeof value + value.size();
    for (const Burst& burst : bursts_) bytes_ += burst.bytes();
}

std::int64_t Group::begin_of(std::int64_t end_ns) const {
    std::int64_t begin = 0;
    return __builtin_sub_overflow(end_ns, correlation_->timespan_ns, &begin) ? INT64_MIN : begin;
}

bool Group::is_changed() const {
    return std::any_of(bursts_.begin(), bursts_.end(),
                       [](const Burst& burst) { return burst.is_changed(); });
}

void Group::forget_first() {
    // Within the window it must leave the value too; before it, only places move.
    if (first_ > 0) {
        --first_;
        --end_;
    } else if (end_ > 0 && correlation_->type != Correlation::Type::temporal_ordered) {
        value_.remove(hits_.front());
        --end_;
    } else if (end_ > 0) {
        end_ = 0;  // an order of events is made anew
        value_.clear();
    }
    hit_bytes_ -= hits_.front().bytes();
    if (hits_.front().is_pending) --pending_count_;
    hits_.pop_front();
}

std::size_t Group::add(Hit hit, const Fulfilled& fulfilled) {
    until_ns_ = std::max(until_ns_, hit.until_ns);
    const bool is_immediate = correlation_->is_immediate();
    auto at = std::lower_bound(hits_.begin(), hits_.end(), hit, comes_before);
    const bool is_known =
        at != hits_.end() && at->record->id == hit.record->id && at->time_ns() == hit.time_ns();
    if (is_known) {
        if ((at->members & hit.members) == hit.members) return 0;
        if (at->is_joined) {
            Burst* const burst = find_burst(*at);
            if (burst != nullptr) burst->count_members(hit.members & ~at->members);
        }
        at->members |= hit.members;
        at->until_ns = std::max(at->until_ns, hit.until_ns);
    } else {
        hit_bytes_ += hit.bytes();
        hit.is_pending = !is_immediate;
        if (hit.is_pending) ++pending_count_;
        at = hits_.insert(at, std::move(hit));
    }
    auto index = static_cast<std::size_t>(at - hits_.begin());
    if (is_known || index < end_) {
        first_ = end_ = 0;
        value_.clear();
    }
    std::size_t forgotten = 0;
    if (hits_.size() > kGroupHitsMax) {
        forget_first();
        forgotten = 1;
        if (index == 0) return forgotten;
        --index;
    }
    if (is_immediate) {
        if (index + 1 == hits_.size() && !is_known) {
            judge(index, fulfilled, false);
        } else {
            judge_late(index, fulfilled);
        }
    }
    recount_bytes();
    return forgotten;
}

/// The window that ends with the event, from nothing.
void Group::fill(std::size_t last) {
    value_.clear();
    const std::int64_t begin = begin_of(hits_[last].time_ns());
    first_ = last;
    while (first_ > 0 && hits_[first_ - 1].time_ns() >= begin) --first_;
    for (std::size_t i = first_; i <= last; ++i) value_.add(hits_[i]);
    end_ = last + 1;
}

void Group::slide_to(std::size_t last) {
    const std::int64_t begin = begin_of(hits_[last].time_ns());
    const bool is_next = end_ > first_ && end_ <= last;
    if (!is_next) return fill(last);
    while (end_ <= last) value_.add(hits_[end_++]);
    while (hits_[first_].time_ns() < begin) value_.remove(hits_[first_++]);
}

bool Group::judge(std::size_t at, const Fulfilled& fulfilled, bool looks_at_all) {
    slide_to(at);
    const auto value = value_.value(hits_[at], begin_of(hits_[at].time_ns()));
    if (!value || !correlation_->is_met(*value)) return false;
    fulfil(at, *value, fulfilled, looks_at_all);
    return true;
}

Burst* Group::find_burst(const Hit& last) {
    for (auto burst = bursts_.rbegin(); burst != bursts_.rend(); ++burst) {
        if (burst->reaches(last.time_ns(), correlation_->timespan_ns)) return &*burst;
    }
    return nullptr;
}

Burst& Group::burst_for(const Hit& first, const Hit& last, bool& is_new) {
    if (Burst* const known = find_burst(last)) return *known;
    is_new = true;
    if (bursts_.size() >= kBurstsPerGroupMax) {
        if (bursts_.front().is_changed()) left_.push_back(std::move(bursts_.front()));
        bursts_.erase(bursts_.begin());
    }
    return bursts_.emplace_back(*correlation_, key_, first);
}

/// A window that met the condition before may be a stronger one now.
void Group::strengthen(std::size_t at) {
    slide_to(at);
    const auto value = value_.value(hits_[at], begin_of(hits_[at].time_ns()));
    Burst* const burst = find_burst(hits_[at]);
    if (value && burst != nullptr) burst->fulfil(*correlation_, hits_[at], *value);
}

void Group::fulfil(std::size_t at, Millionths value, const Fulfilled& fulfilled,
                   bool looks_at_all) {
    // In order of time all before an event that lies in such a window lies in it as well, as far as
    // this window reaches.
    std::size_t from = at + 1;
    while (from > first_ && (looks_at_all || !hits_[from - 1].is_joined)) --from;
    bool is_new = false;
    Burst& burst = burst_for(hits_[first_], hits_[at], is_new);
    // A new finding has all of its window, also what another one has.
    for (std::size_t i = is_new ? first_ : from; i <= at; ++i) {
        if (is_new || !hits_[i].is_joined) burst.join(hits_[i]);
        hits_[i].is_joined = true;
    }
    const bool was_fulfilled = std::exchange(hits_[at].is_fulfilled, true);
    burst.fulfil(*correlation_, hits_[at], value);
    if (!was_fulfilled) fulfilled(hits_[at], value, burst, is_new);
    if (is_new) burst.set_told();
}

/// The window that ends with an event that came late, and those of later events that it lies in.
void Group::judge_late(std::size_t at, const Fulfilled& fulfilled) {
    judge(at, fulfilled, true);
    const std::int64_t time_ns = hits_[at].time_ns();
    std::optional<std::size_t> around;
    for (std::size_t i = at + 1; i < hits_.size() && begin_of(hits_[i].time_ns()) <= time_ns; ++i) {
        if (hits_[i].is_fulfilled) {
            if (!around) around = i;
            strengthen(i);
        } else {
            judge(i, fulfilled, true);
        }
    }
    Burst* const burst = around && !hits_[at].is_joined ? find_burst(hits_[*around]) : nullptr;
    if (burst == nullptr) return;
    burst->join(hits_[at]);
    hits_[at].is_joined = true;
}

void Group::judge_pending(std::int64_t to_ns, const Fulfilled& fulfilled) {
    for (std::size_t i = 0; i < hits_.size() && pending_count_ > 0; ++i) {
        if (!hits_[i].is_pending || hits_[i].record->due.unix_ns > to_ns) continue;
        hits_[i].is_pending = false;
        --pending_count_;
        judge(i, fulfilled, true);
    }
    recount_bytes();
}

void Group::prune(std::int64_t clock_ns) {
    while (!hits_.empty() && hits_.front().until_ns < clock_ns && !hits_.front().is_pending) {
        forget_first();
    }
    std::erase_if(bursts_, [&](const Burst& burst) {
        return burst.until_ns() < clock_ns && !burst.is_changed();
    });
    recount_bytes();
}

void Group::restore(std::deque<Hit> hits, std::vector<Burst> bursts) {
    hits_ = std::move(hits);
    bursts_ = std::move(bursts);
    first_ = end_ = pending_count_ = hit_bytes_ = 0;
    value_.clear();
    until_ns_ = INT64_MIN;
    for (const Hit& hit : hits_) {
        hit_bytes_ += hit.bytes();
        if (hit.is_pending) ++pending_count_;
        until_ns_ = std::max(until_ns_, hit.until_ns);
    }
    recount_bytes();
}

}  // namespace vedette::detect::sigma
