// SPDX-License-Identifier: Apache-2.0
#include "learn/evidence/running_evidence.h"

#include <algorithm>
#include <cmath>

namespace vedette::learn {

namespace {

constexpr std::int32_t kSaidMax = 1'024'000;     // a thousand bits
constexpr std::int32_t kStepsMax = 100'000'000;  // a hundred thousand

double step_ns(const RunningEvidence::Settings& settings) {
    return settings.half_life_seconds * static_cast<double>(base::kNsPerSecond) * kBitsStep;
}

}  // namespace

std::int64_t RunningEvidence::lost(base::Timestamp now, const Settings& settings) const {
    if (last_ns_ == kNever || now.unix_ns <= last_ns_) return 0;
    // Subtracted as integers, which cannot overflow this way round: as doubles, times of today are
    // off by 128 ns, and what is left below a step would be a step or not by chance.
    const auto passed = static_cast<double>(static_cast<std::uint64_t>(now.unix_ns) -
                                            static_cast<std::uint64_t>(last_ns_));
    return static_cast<std::int64_t>(std::min(passed / step_ns(settings), 1e15));
}

double RunningEvidence::bits(base::Timestamp now, const Settings& settings) const {
    return static_cast<double>(std::max<std::int64_t>(0, steps_ - lost(now, settings))) * kBitsStep;
}

EvidenceStep RunningEvidence::add(base::Timestamp time, std::uint32_t family, double bits,
                                  const Settings& settings) {
    EvidenceStep out;
    out.before = steps_ * kBitsStep;
    const auto tell = [&out](LineKind kind, std::uint32_t part, std::int64_t steps) {
        if (steps == 0) return;
        out.lines[out.line_count++] = {kind, part, static_cast<double>(steps) * kBitsStep};
    };
    if (last_ns_ == kNever) last_ns_ = time.unix_ns;
    const std::int64_t due = lost(time, settings);
    const std::int64_t decay = std::min<std::int64_t>(due, steps_);
    tell(LineKind::decay, family, -decay);
    // Less than a step is lost later, unless nothing is left to lose.
    if (due > decay) {
        last_ns_ = std::max(last_ns_, time.unix_ns);
    } else {
        last_ns_ += static_cast<std::int64_t>(static_cast<double>(decay) * step_ns(settings));
    }
    steps_ -= static_cast<std::int32_t>(decay);

    const std::int32_t day = base::Timestamp{std::max(time.unix_ns, last_ns_)}.day();
    if (day != day_) {
        day_ = day;
        said_.fill(0);
    }
    const auto said = static_cast<std::int64_t>(rounded_bits(bits) / kBitsStep);
    const auto cap =
        static_cast<std::int64_t>(std::clamp(settings.cap_bits, 1.0, 1'000.0) / kBitsStep);
    std::int32_t& before = said_[family % kFamilies];
    const std::int64_t counted = std::min(said, std::max<std::int64_t>(0, cap - before));
    before = static_cast<std::int32_t>(std::clamp<std::int64_t>(before + counted, 0, kSaidMax));
    tell(LineKind::evidence, family, said);
    tell(LineKind::cap, family, counted - said);
    const std::int64_t sum = steps_ + counted;
    const std::int64_t held = std::clamp<std::int64_t>(sum, 0, kStepsMax);
    tell(LineKind::floor, family, held - sum);
    steps_ = static_cast<std::int32_t>(held);
    out.after = steps_ * kBitsStep;
    return out;
}

void RunningEvidence::save(StateWriter& out) const {
    out.integer(last_ns_);
    out.integer(steps_);
    out.integer(day_);
    for (const std::int32_t said : said_) out.integer(said);
}

base::Result<void> RunningEvidence::restore(StateReader& in) {
    last_ns_ = in.integer<std::int64_t>();
    steps_ = in.integer<std::int32_t>();
    day_ = in.integer<std::int32_t>();
    for (std::int32_t& said : said_) said = in.integer<std::int32_t>();
    auto checked = check_invariants();
    if (in.is_good() && checked) return {};
    *this = {};
    return checked ? not_ours(kKind, "it is cut short") : checked;
}

base::Result<void> RunningEvidence::check_invariants() const {
    bool is_right = steps_ >= 0 && steps_ <= kStepsMax;
    for (const std::int32_t said : said_) is_right = is_right && said >= 0 && said <= kSaidMax;
    const bool is_fresh =
        steps_ == 0 && day_ == INT32_MIN && said_ == std::array<std::int32_t, kFamilies>{};
    if (!is_right || (last_ns_ == kNever && !is_fresh)) {
        return not_ours(kKind, "a sum is impossible");
    }
    return {};
}

}  // namespace vedette::learn
