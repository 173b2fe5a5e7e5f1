// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/drift_profiles.h"

#include <cmath>

namespace vedette::detect::baseline {

void DriftProfile::save(learn::StateWriter& out) const {
    slow.save(out);
    up.save(out);
    down.save(out);
    out.real(fast);
    out.real(week);
    out.integer(told_day);
    taught_peers.save(out);
    taught_everybody.save(out);
}

base::Result<void> DriftProfile::restore(learn::StateReader& in) {
    *this = DriftProfile();
    const auto read = [&]() -> base::Result<void> {
        VD_TRY_DO(slow.restore(in));
        VD_TRY_DO(up.restore(in));
        VD_TRY_DO(down.restore(in));
        fast = in.real32();
        week = in.real32();
        told_day = in.integer<std::int32_t>();
        const bool is_taught = taught_peers.restore(in) && taught_everybody.restore(in);
        if (!in.is_good() || !is_taught) return learn::not_ours(kKind, "it is cut short");
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = DriftProfile();
    return done;
}

base::Result<void> DriftProfile::check_invariants() const {
    VD_TRY_DO(slow.check_invariants());
    VD_TRY_DO(up.check_invariants());
    VD_TRY_DO(down.check_invariants());
    if (!(std::abs(fast) <= 2e15F && std::abs(week) <= 100) || told_day < kNeverTold) {
        return learn::not_ours(kKind, "its levels are impossible");
    }
    return {};
}

void GroupDriftProfile::save(learn::StateWriter& out) const {
    common.save(out);
    fair.save(out);
    first.save(out);
}

base::Result<void> GroupDriftProfile::restore(learn::StateReader& in) {
    auto done = common.restore(in);
    if (done) done = fair.restore(in);
    if (done) done = first.restore(in);
    if (!done) *this = GroupDriftProfile();
    return done;
}

base::Result<void> GroupDriftProfile::check_invariants() const {
    VD_TRY_DO(common.check_invariants());
    VD_TRY_DO(fair.check_invariants());
    return first.check_invariants();
}

}  // namespace vedette::detect::baseline
