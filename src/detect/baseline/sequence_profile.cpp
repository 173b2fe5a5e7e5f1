// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/sequence_profile.h"

#include <algorithm>

namespace vedette::detect::baseline {

namespace {

/// Stands where nothing is known of what came before, or it is too long ago.
constexpr std::uint64_t kPauseValue = 0x7061757365;
constexpr std::string_view kPauseName = "a pause";

/// More than a day can hold.
constexpr float kShareMax = 1e9F;

/// Whether `later` lies behind `earlier` by less than kWaitNs.
bool is_within_wait(std::int64_t earlier_ns, std::int64_t later_ns) {
    return later_ns >= earlier_ns &&
           static_cast<std::uint64_t>(later_ns) - static_cast<std::uint64_t>(earlier_ns) <
               static_cast<std::uint64_t>(kWaitNs);
}

}  // namespace

void SequencePast::add(std::uint64_t value, std::string_view name) {
    if (count_ == kSequenceValues) {
        std::copy(values_.begin() + 1, values_.end(), values_.begin());
        std::copy(names_.begin() + 1, names_.end(), names_.begin());
        --count_;
    }
    values_[count_] = value;
    names_[count_].set(name);
    ++count_;
}

void SequencePast::begin_anew() {
    *this = SequencePast();
    add(kPauseValue, kPauseName);
}

std::string SequencePast::words(std::size_t count) const {
    std::string out;
    for (std::size_t i = count_ - std::min<std::size_t>(count, count_); i < count_; ++i) {
        if (!out.empty()) out += " > ";
        out += names_[i].text();
    }
    return out;
}

void SequencePast::save(learn::StateWriter& out) const {
    out.integer(count_);
    for (std::size_t i = 0; i < count_; ++i) {
        out.integer(values_[i]);
        names_[i].save(out);
    }
}

bool SequencePast::restore(learn::StateReader& in) {
    *this = SequencePast();
    const auto count = in.integer<std::uint8_t>();
    if (!in.is_good() || count > kSequenceValues) return false;
    for (std::size_t i = 0; i < count; ++i) {
        values_[i] = in.integer<std::uint64_t>();
        if (!names_[i].restore(in)) return false;
    }
    count_ = count;
    return in.is_good();
}

FreshSteps::Step FreshSteps::take(std::size_t index) {
    const Step out = steps_[index];
    std::copy(steps_.begin() + index + 1, steps_.begin() + count_, steps_.begin() + index);
    steps_[--count_] = Step();
    return out;
}

bool FreshSteps::has(std::span<const std::uint64_t> before, std::uint64_t value) const {
    return std::any_of(steps_.begin(), steps_.begin() + count_, [&](const Step& step) {
        if (step.value != value || before.empty() != (step.before_count == 0)) return false;
        return before.empty() || step.history().back() == before.back();
    });
}

void FreshSteps::add(std::span<const std::uint64_t> before, std::uint64_t value,
                     base::Timestamp time, double share) {
    const auto part = static_cast<float>(std::clamp(share, 0.0, 1.0));
    if (!(part > 0)) return;
    for (std::size_t i = 0; i < count_; ++i) {
        const auto history = steps_[i].history();
        const bool is_same = steps_[i].value == value && std::equal(history.begin(), history.end(),
                                                                    before.begin(), before.end());
        if (!is_same) continue;
        steps_[i].share = std::min(steps_[i].share + part, kShareMax);
        return;
    }
    if (count_ == kSteps) take(0);
    Step& step = steps_[count_++];
    step.before_count = static_cast<std::uint8_t>(std::min(before.size(), kSequenceValues));
    std::copy_n(before.begin(), step.before_count, step.before.begin());
    step.value = value;
    step.since_ns = time.unix_ns;
    step.share = part;
}

std::optional<FreshSteps::Step> FreshSteps::withdrawn(base::Timestamp suspected) {
    for (std::size_t i = 0; i < count_; ++i) {
        const std::int64_t since_ns = steps_[i].since_ns;
        if (since_ns < suspected.unix_ns && is_within_wait(since_ns, suspected.unix_ns)) {
            return take(i);
        }
    }
    return std::nullopt;
}

void FreshSteps::settle(base::Timestamp now) {
    for (std::size_t i = count_; i > 0; --i) {
        const std::int64_t since_ns = steps_[i - 1].since_ns;
        // One that is dated later than now waits: times may go back a little.
        if (now.unix_ns >= since_ns && !is_within_wait(since_ns, now.unix_ns)) take(i - 1);
    }
}

void FreshSteps::save(learn::StateWriter& out) const {
    out.integer(count_);
    for (std::size_t i = 0; i < count_; ++i) {
        const Step& step = steps_[i];
        out.integer(step.before_count);
        for (const std::uint64_t value : step.history()) out.integer(value);
        out.integer(step.value);
        out.integer(step.since_ns);
        out.real(step.share);
    }
}

bool FreshSteps::restore(learn::StateReader& in) {
    *this = FreshSteps();
    const auto count = in.integer<std::uint8_t>();
    if (!in.is_good() || count > kSteps) return false;
    for (std::size_t i = 0; i < count; ++i) {
        Step& step = steps_[i];
        step.before_count = in.integer<std::uint8_t>();
        if (step.before_count > kSequenceValues) return false;
        for (std::size_t j = 0; j < step.before_count; ++j) {
            step.before[j] = in.integer<std::uint64_t>();
        }
        step.value = in.integer<std::uint64_t>();
        step.since_ns = in.integer<std::int64_t>();
        step.share = in.real32();
        if (!(step.share > 0 && step.share <= kShareMax)) return false;
    }
    count_ = count;
    return in.is_good();
}

void SequenceProfile::save(learn::StateWriter& out) const {
    past.save(out);
    out.integer(last.unix_ns);
    taught.save(out);
    fresh.save(out);
}

base::Result<void> SequenceProfile::restore(learn::StateReader& in) {
    *this = SequenceProfile();
    const bool has_past = past.restore(in);
    last.unix_ns = in.integer<std::int64_t>();
    if (has_past && taught.restore(in) && fresh.restore(in) && in.is_good()) return {};
    *this = SequenceProfile();
    return learn::not_ours(kKind, "it cannot be read");
}

}  // namespace vedette::detect::baseline
