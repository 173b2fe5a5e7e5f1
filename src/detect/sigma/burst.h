// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "cases/finding.h"
#include "detect/sigma/hit.h"
#include "rule/sigma/correlation.h"

namespace vedette::detect::sigma {

/// A correlation and what its findings have in common.
struct Subject {
    const rule::sigma::Correlation* correlation = nullptr;
    cases::Finding begun;             ///< detector, rule, title, severity, ATT&CK ids
    std::vector<std::string> titles;  ///< of the rules referred to
};

/// A finding of a correlation that may still grow: windows of one group that meet the condition and
/// lie no further apart than the time span.
///
/// Its id is made of rule, group and the first event of its first window, so that it is the same
/// however much is added later, even if what begins it comes late.
class Burst {
  public:
    Burst() = default;
    /// Begins with the window's first event.
    Burst(const rule::sigma::Correlation& correlation, const std::string& group_key,
          const Hit& first);

    /// Whether a window that ends at this time belongs to it.
    bool reaches(std::int64_t time_ns, std::int64_t timespan_ns) const;
    /// An event that lies in one of its windows; each once.
    void join(const Hit& hit);
    /// An event that has joined turns out to have come by more rules.
    void count_members(std::uint64_t members);
    /// A window that meets the condition.
    void fulfil(const rule::sigma::Correlation& correlation, const Hit& last,
                rule::sigma::Millionths value);

    /// Stands for it where it is counted by another correlation; never 0.
    std::uint64_t unit() const { return unit_; }
    std::int64_t until_ns() const { return until_ns_; }
    bool is_changed() const { return is_changed_; }
    void set_told() { is_changed_ = false; }
    std::size_t bytes() const;

    cases::Finding finding(const Subject& subject, const std::vector<std::string>& group) const;

    void save(std::string& out) const;
    /// The reader turns bad on bytes that save() did not write.
    static Burst restore(base::ByteReader& reader, std::size_t member_count);

  private:
    std::string sentence(const rule::sigma::Correlation& correlation,
                         const std::vector<std::string>& group) const;
    void add_event(event::EventId id);
    void begin_with(const HitRecord& record);

    std::string id_;
    std::uint64_t unit_ = 0;
    base::Timestamp first_seen_, last_seen_;
    event::EventId first_;
    std::int64_t until_ns_ = 0;
    std::uint64_t event_count_ = 0;
    std::vector<std::uint64_t> member_counts_;  // events by rule referred to
    rule::sigma::Millionths value_ = 0;         // of its strongest window
    bool has_value_ = false;
    std::vector<event::EventId> events_;   // in order: the first ones and the newest
    std::vector<event::Entity> entities_;  // in the order in which they came
    std::string source_, origin_, raw_;    // of the first event
    std::uint64_t line_ = 0;
    bool is_changed_ = true;  // since it was told
};

}  // namespace vedette::detect::sigma
