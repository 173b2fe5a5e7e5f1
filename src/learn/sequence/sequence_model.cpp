// SPDX-License-Identifier: Apache-2.0
#include "learn/sequence/sequence_model.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"
#include "learn/fixed_math.h"
#include "learn/random.h"

namespace vedette::learn {

namespace {

// Less than this is as good as nothing; it also ends what decays for ever.
constexpr float kLeast = 0x1p-20F;

}  // namespace

SequenceModel::SequenceModel(SequenceSettings settings) : settings_(settings) {
    VD_CHECK(settings_.order_max <= kOrderLimit && settings_.cells >= kWays &&
             std::has_single_bit(settings_.cells) && settings_.half_life >= 0 &&
             settings_.unseen_probability > 0 && settings_.unseen_probability < 1);
    cells_.resize(settings_.cells);
}

std::size_t SequenceModel::set_of(std::uint64_t key) const {
    return static_cast<std::size_t>(key >> 3) & (cells_.size() - 1) & ~(kWays - 1);
}

const SequenceModel::Cell* SequenceModel::find(std::uint64_t key) const {
    const Cell* const set = &cells_[set_of(key)];
    for (std::size_t i = 0; i < kWays; ++i) {
        if (set[i].key == key && set[i].count > 0) return &set[i];
    }
    return nullptr;
}

double SequenceModel::decay(const Cell& cell, std::int64_t time) const {
    if (settings_.half_life == 0 || time <= cell.last) return 1;
    const double age = static_cast<double>(time) - static_cast<double>(cell.last);
    return decay_of(age / settings_.half_life);
}

/// The key's cell, decayed to `time`; made in place of the smallest of its set if there is none.
SequenceModel::Cell& SequenceModel::take(std::uint64_t key, std::int64_t time) {
    Cell* const set = &cells_[set_of(key)];
    Cell* smallest = set;
    double least = 0;
    for (std::size_t i = 0; i < kWays; ++i) {
        Cell& cell = set[i];
        if (cell.key == key && cell.count > 0) {
            const double left = decay(cell, time);
            cell.count = static_cast<float>(cell.count * left);
            cell.types = static_cast<float>(cell.types * left);
            cell.last = std::max(cell.last, time);
            return cell;
        }
        const double count = cell.count * decay(cell, time);
        if (i == 0 || count < least) {
            least = count;
            smallest = &cell;
        }
    }
    forgotten_count_ += smallest->count > 0 ? 1 : 0;
    *smallest = {key, time, 0, 0};
    return *smallest;
}

SequenceModel::Surprise SequenceModel::surprise(std::uint64_t who,
                                                std::span<const std::uint64_t> history,
                                                std::uint64_t symbol, std::int64_t time) const {
    return surprise({&who, 1}, history, symbol, time, {});
}

SequenceModel::Surprise SequenceModel::surprise(std::span<const std::uint64_t> owners,
                                                std::span<const std::uint64_t> history,
                                                std::uint64_t symbol, std::int64_t time,
                                                std::span<Surprise> each) const {
    VD_CHECK(owners.size() <= kOwnersMax && (each.empty() || each.size() == owners.size()));
    Surprise found;
    double probability = settings_.unseen_probability;
    std::array<std::uint64_t, kOwnersMax> contexts{};
    std::array<bool, kOwnersMax> is_lost{};  // has no longer context either
    for (std::size_t i = 0; i < owners.size(); ++i) contexts[i] = mix_bits(owners[i]);
    for (std::size_t order = 0;; ++order) {
        bool is_known = false;
        for (std::size_t i = 0; i < owners.size(); ++i) {
            const Cell* const known = is_lost[i] ? nullptr : find(contexts[i]);
            is_lost[i] = known == nullptr;
            if (known == nullptr) continue;
            is_known = true;
            const double left = decay(*known, time);
            const double total = known->count * left, types = known->types * left;
            const Cell* const next = find(pair_key(contexts[i], symbol));
            const double seen =
                next == nullptr ? 0 : std::min(next->count * decay(*next, time), total);
            probability = (seen + types * probability) / (total + types);
            found = {0, order, seen, total};
            if (!each.empty()) each[i] = found;
        }
        if (!is_known || order == settings_.order_max || order == history.size()) break;
        const std::uint64_t before = history[history.size() - 1 - order];
        for (std::uint64_t& context : contexts) context = pair_key(context ^ 1, before);
    }
    found.bits = -fixed_log2(probability);
    return found;
}

void SequenceModel::learn(std::uint64_t who, std::span<const std::uint64_t> history,
                          std::uint64_t symbol, std::int64_t time, double weight) {
    std::uint64_t context = mix_bits(who);
    for (std::size_t order = 0;; ++order) {
        Cell& next = take(pair_key(context, symbol), time);
        const bool was_seen = next.count > 0;
        next.count = static_cast<float>(next.count + weight);
        if (next.count < kLeast) next = {};
        const bool is_seen = next.count > 0;
        Cell& whole = take(context, time);
        whole.count = static_cast<float>(whole.count + weight);
        whole.types += static_cast<float>(is_seen) - static_cast<float>(was_seen);
        whole.types = std::max(whole.types, kLeast);
        if (whole.count < kLeast) whole = {};
        if (order == settings_.order_max || order == history.size()) return;
        context = pair_key(context ^ 1, history[history.size() - 1 - order]);
    }
}

double SequenceModel::count(std::uint64_t who, std::uint64_t symbol, std::int64_t time) const {
    const Cell* const cell = find(pair_key(mix_bits(who), symbol));
    return cell == nullptr ? 0 : cell->count * decay(*cell, time);
}

double SequenceModel::total(std::uint64_t who, std::int64_t time) const {
    const Cell* const cell = find(mix_bits(who));
    return cell == nullptr ? 0 : cell->count * decay(*cell, time);
}

void SequenceModel::save(StateWriter& out) const {
    out.varint(settings_.order_max);
    out.varint(settings_.cells);
    out.real(settings_.half_life);
    out.real(settings_.unseen_probability);
    out.varint(forgotten_count_);
    const auto used = std::count_if(cells_.begin(), cells_.end(),
                                    [](const Cell& cell) { return cell.count > 0; });
    out.varint(static_cast<std::uint64_t>(used));
    std::size_t behind = 0;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        const Cell& cell = cells_[i];
        if (!(cell.count > 0)) continue;
        out.varint(i - behind);
        behind = i + 1;
        out.integer(cell.key);
        out.integer(cell.last);
        out.real(cell.count);
        out.real(cell.types);
    }
}

base::Result<void> SequenceModel::restore(StateReader& in) {
    *this = SequenceModel(settings_);
    const bool is_same = in.varint() == settings_.order_max && in.varint() == settings_.cells &&
                         in.real64() == settings_.half_life &&
                         in.real64() == settings_.unseen_probability;
    if (!is_same) return not_ours(kKind, "its settings are others");
    const std::uint64_t forgotten = in.varint();
    const std::uint64_t used = in.varint();
    std::uint64_t at = 0;
    bool is_right = used <= cells_.size() && in.has_room_for(used, sizeof(Cell) + 1);
    for (std::uint64_t i = 0; is_right && i < used; ++i, ++at) {
        const std::uint64_t skip = in.varint();
        is_right = skip < cells_.size() && at + skip < cells_.size();
        if (!is_right) break;
        at += skip;
        Cell& cell = cells_[static_cast<std::size_t>(at)];
        cell.key = in.integer<std::uint64_t>();
        cell.last = in.integer<std::int64_t>();
        cell.count = in.real32();
        cell.types = in.real32();
        is_right = in.is_good() && cell.count > 0;
    }
    forgotten_count_ = forgotten;
    if (is_right && in.is_good()) {
        const auto sound = check_invariants();
        if (!sound) *this = SequenceModel(settings_);
        return sound;
    }
    *this = SequenceModel(settings_);
    return not_ours(kKind, "its cells are not whole");
}

base::Result<void> SequenceModel::check_invariants() const {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        const Cell& cell = cells_[i];
        if (!(cell.count >= 0) || !(cell.types >= 0)) return not_ours(kKind, "a count below zero");
        if (!(cell.count > 0)) continue;
        if (set_of(cell.key) != (i & ~(kWays - 1))) return not_ours(kKind, "a cell out of place");
        for (std::size_t j = i & ~(kWays - 1); j < i; ++j) {
            if (cells_[j].count > 0 && cells_[j].key == cell.key) {
                return not_ours(kKind, "a key twice");
            }
        }
    }
    return {};
}

}  // namespace vedette::learn
