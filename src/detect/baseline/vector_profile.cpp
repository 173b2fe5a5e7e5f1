// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/vector_profile.h"

#include <limits>

namespace vedette::detect::baseline {

using rule::analytic::Measure;

VectorWindow::VectorWindow(base::Timestamp begin) : whole_(begin) { parts_.fill(Window(begin)); }

void VectorWindow::add(const VectorParts& parts, std::span<const PartSeen> seen,
                       const WindowEvent& event) {
    whole_.add(Measure::count, event);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!seen[i].is_there) continue;
        WindowEvent one = event;
        one.number = seen[i].number;
        one.value = seen[i].value;
        one.is_hit = seen[i].is_hit;
        parts_[i].add(parts[i].measure, one);
    }
}

double VectorWindow::measured(const VectorParts& parts, std::size_t part) const {
    const Measure measure = parts[part].measure;
    const bool is_lacking = measure == Measure::value && !parts_[part].is_open();
    const auto found = is_lacking ? std::nullopt : parts_[part].measured(measure);
    return found.value_or(std::numeric_limits<double>::quiet_NaN());
}

void VectorWindow::save(learn::StateWriter& out) const {
    whole_.save(out);
    if (!is_open()) return;
    for (const Window& part : parts_) part.save(out);
}

bool VectorWindow::restore(learn::StateReader& in) {
    *this = VectorWindow();
    Window whole;
    if (!whole.restore(in)) return false;
    if (!whole.is_open()) return true;
    *this = VectorWindow(whole.begin());
    whole_ = whole;
    for (Window& part : parts_) {
        Window read;
        if (!read.restore(in) || read.count() > whole.count()) return false;
        if (read.is_open()) part = read;
    }
    return true;
}

void VectorProfile::save(learn::StateWriter& out) const {
    for (const learn::SeasonalMoments& one : moments) one.save(out);
    for (const VectorWindow& one : open) one.save(out);
    out.integer(entity);
    out.integer(peers);
    out.integer(behaviour);
    out.integer(window);
    name.save(out);
    taught.save(out);
}

base::Result<void> VectorProfile::restore(learn::StateReader& in) {
    *this = VectorProfile();
    const auto read = [&]() -> base::Result<void> {
        for (learn::SeasonalMoments& one : moments) VD_TRY_DO(one.restore(in));
        bool is_good = true;
        for (VectorWindow& one : open) is_good = is_good && one.restore(in);
        entity = in.integer<std::uint64_t>();
        peers = in.integer<std::uint64_t>();
        behaviour = in.integer<std::uint64_t>();
        window = in.integer<std::uint8_t>();
        is_good = is_good && name.restore(in) && taught.restore(in) && in.is_good();
        if (!is_good) return learn::not_ours(kKind, "its windows cannot be read");
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = VectorProfile();
    return done;
}

base::Result<void> VectorProfile::check_invariants() const {
    if (!are_in_order(open)) return learn::not_ours(kKind, "its windows are out of order");
    for (const learn::SeasonalMoments& one : moments) VD_TRY_DO(one.check_invariants());
    return {};
}

}  // namespace vedette::detect::baseline
