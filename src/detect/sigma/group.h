// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detect/sigma/burst.h"
#include "detect/sigma/hit.h"
#include "detect/sigma/window_value.h"
#include "rule/sigma/correlation.h"

namespace vedette::detect::sigma {

/// The events of one group of one correlation, in order of (time, event id), with a window that
/// slides over them and the findings that came of it. correlator.h says what it all means.
///
/// In the usual order of time the window moves on by one event; what comes late makes it be filled
/// anew. Where the window stands is no state: saved and restored it is filled anew as well.
/// Cost of a late event: O(events of its window and of those that it lies in).
class Group {
  public:
    /// Told of each event whose window meets the condition: the event and the finding it is part
    /// of.
    using Fulfilled = std::function<void(const Hit& last, rule::sigma::Millionths value,
                                         const Burst& burst, bool is_new)>;

    Group(const rule::sigma::Correlation& correlation, std::string key,
          std::vector<std::string> shown);

    /// Adds an event, or to one that is there what else is known of it. An immediate correlation
    /// judges the windows it lies in at once. Returns how many old events were forgotten for it.
    std::size_t add(Hit hit, const Fulfilled& fulfilled);
    /// Judges the events that waited, up to this time.
    void judge_pending(std::int64_t to_ns, const Fulfilled& fulfilled);
    /// Forgets what the clock has passed. The last events and findings stay until the group goes.
    void prune(std::int64_t clock_ns);

    const std::string& key() const { return key_; }
    const std::vector<std::string>& shown() const { return shown_; }
    const std::deque<Hit>& hits() const { return hits_; }
    std::vector<Burst>& bursts() { return bursts_; }
    const std::vector<Burst>& bursts() const { return bursts_; }
    /// Findings that can no longer grow and were not told as they are.
    std::vector<Burst> take_left() { return std::exchange(left_, {}); }
    bool has_pending() const { return pending_count_ > 0; }
    bool is_changed() const;
    /// When all of it can be forgotten.
    std::int64_t until_ns() const { return until_ns_; }
    std::size_t bytes() const { return bytes_; }

    /// Puts back what was saved. Hits must be in order.
    void restore(std::deque<Hit> hits, std::vector<Burst> bursts);

  private:
    void forget_first();
    void fill(std::size_t last);
    void slide_to(std::size_t last);
    /// Whether the window that ends with this event meets the condition.
    bool judge(std::size_t at, const Fulfilled& fulfilled, bool looks_at_all);
    void fulfil(std::size_t at, rule::sigma::Millionths value, const Fulfilled& fulfilled,
                bool looks_at_all);
    void judge_late(std::size_t at, const Fulfilled& fulfilled);
    void strengthen(std::size_t at);
    Burst* find_burst(const Hit& last);
    Burst& burst_for(const Hit& first, const Hit& last, bool& is_new);
    std::int64_t begin_of(std::int64_t end_ns) const;
    void recount_bytes();

    const rule::sigma::Correlation* correlation_;
    std::string key_;
    std::vector<std::string> shown_;  // group values as first seen
    std::deque<Hit> hits_;
    std::vector<Burst> bursts_;  // in the order in which they began
    std::vector<Burst> left_;
    WindowValue value_;
    // The window that value_ is of; empty before the first and after a change in its midst.
    std::size_t first_ = 0, end_ = 0;
    std::size_t pending_count_ = 0;
    std::int64_t until_ns_ = INT64_MIN;
    std::size_t hit_bytes_ = 0, bytes_ = 0;
};

}  // namespace vedette::detect::sigma
