// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/profiles.h"

#include <algorithm>
#include <cmath>

namespace vedette::detect::baseline {

void ShortName::set(std::string_view name) {
    std::size_t size = std::min(name.size(), bytes_.size());
    if (size < name.size()) {
        while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) --size;
    }
    bytes_.fill('\0');
    std::copy_n(name.begin(), size, bytes_.begin());
    size_ = static_cast<std::uint8_t>(size);
}

bool ShortName::restore(learn::StateReader& in) {
    const std::string_view text = in.text();
    if (text.size() > bytes_.size()) return false;
    bytes_.fill('\0');
    std::copy(text.begin(), text.end(), bytes_.begin());
    size_ = static_cast<std::uint8_t>(text.size());
    return in.is_good();
}

void WindowProfile::save(learn::StateWriter& out) const {
    moments.save(out);
    for (const Window& window : open) window.save(out);
    out.integer(entity);
    out.integer(peers);
    out.integer(behaviour);
    out.integer(window);
    name.save(out);
}

base::Result<void> WindowProfile::restore(learn::StateReader& in) {
    *this = WindowProfile();
    const auto read = [&]() -> base::Result<void> {
        VD_TRY_DO(moments.restore(in));
        bool is_good = true;
        for (Window& window : open) is_good = is_good && window.restore(in);
        entity = in.integer<std::uint64_t>();
        peers = in.integer<std::uint64_t>();
        behaviour = in.integer<std::uint64_t>();
        window = in.integer<std::uint8_t>();
        is_good = is_good && name.restore(in) && in.is_good();
        if (!is_good) return learn::not_ours(kKind, "its windows cannot be read");
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = WindowProfile();
    return done;
}

base::Result<void> WindowProfile::check_invariants() const {
    if (!are_in_order(open)) return learn::not_ours(kKind, "its windows are out of order");
    return moments.check_invariants();
}

void ValueProfile::save(learn::StateWriter& out) const {
    novelty.save(out);
    out.integer(static_cast<std::uint8_t>(has_place));
    out.integer(placed_at.unix_ns);
    out.real(latitude);
    out.real(longitude);
    taught.save(out);
    waiting.save(out);
}

base::Result<void> ValueProfile::restore(learn::StateReader& in) {
    *this = ValueProfile();
    auto done = novelty.restore(in);
    const auto flag = in.integer<std::uint8_t>();
    placed_at = {in.integer<std::int64_t>()};
    latitude = in.real64();
    longitude = in.real64();
    has_place = flag == 1;
    const bool is_taught = taught.restore(in) && waiting.restore(in).has_value();
    if (done && (!in.is_good() || !is_taught || flag > 1 || std::abs(latitude) > 90 ||
                 std::abs(longitude) > 180)) {
        done = learn::not_ours(kKind, "its place cannot be read");
    }
    if (!done) *this = ValueProfile();
    return done;
}

base::Result<void> ValueProfile::check_invariants() const {
    VD_TRY_DO(waiting.check_invariants());
    return novelty.check_invariants();
}

double EntityProfile::tests_per_day(base::Timestamp now) const {
    // Observations that come evenly at r a day weigh r * half-life / ln 2 together.
    const std::size_t six_hours = static_cast<std::size_t>(learn::Horizon::six_hours);
    const double days = learn::kHalfLifeSeconds[six_hours] / 86'400 / learn::kLn2;
    return std::max(tests.at(learn::Horizon::six_hours, now).weight / days, 1.0);
}

void EntityProfile::save(learn::StateWriter& out) const {
    evidence.save(out);
    tests.save(out);
    out.integer(suspected.unix_ns);
}

base::Result<void> EntityProfile::restore(learn::StateReader& in) {
    *this = EntityProfile();
    const auto read = [&]() -> base::Result<void> {
        VD_TRY_DO(evidence.restore(in));
        VD_TRY_DO(tests.restore(in));
        suspected = {in.integer<std::int64_t>()};
        if (!in.is_good()) return learn::not_ours(kKind, "it is cut short");
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = EntityProfile();
    return done;
}

base::Result<void> EntityProfile::check_invariants() const {
    VD_TRY_DO(evidence.check_invariants());
    return tests.check_invariants();
}

}  // namespace vedette::detect::baseline
