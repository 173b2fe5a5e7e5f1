// SPDX-License-Identifier: Apache-2.0
#include "learn/forest/random_cut_forest.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"
#include "learn/fixed_math.h"
#include "learn/lanes.h"

namespace vedette::learn {

namespace {

// Sides of boxes must add up to a number.
constexpr float kLargestValue = 1e30F;

}  // namespace

RandomCutForest::RandomCutForest(ForestSettings settings)
    : settings_(settings),
      stride_(padded(settings.dimensions)),
      random_(settings.seed),
      points_(stride_),
      samples_(settings.trees),
      padded_(stride_) {
    VD_CHECK(settings.dimensions >= 1 && settings.dimensions <= 1'024 && settings.trees >= 1 &&
             settings.trees <= 1'024 && settings.points >= 2 && settings.points <= 16'384 &&
             settings.memory_points > 0);
    for (std::size_t i = 0; i < settings.trees; ++i) {
        trees_.emplace_back(settings.dimensions, settings.points);
        samples_[i].reserve(settings.points);
    }
}

const float* RandomCutForest::laid_out(std::span<const float> point) const {
    VD_CHECK(point.size() == settings_.dimensions);
    std::transform(point.begin(), point.end(), padded_.begin(),
                   [](float number) { return std::clamp(number, -kLargestValue, kLargestValue); });
    return padded_.data();
}

void RandomCutForest::update(std::span<const float> point) {
    const std::uint32_t number = points_.add(laid_out(point));
    points_.use(number);
    // A-ES in logarithms: of the keys log2(E) - t/memory, E exponential, the smallest stay.
    const double age = static_cast<double>(seen_++) / settings_.memory_points * kLog2OfE;
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        std::vector<Sampled>& sample = samples_[i];
        const double key = fixed_log2(-fixed_ln(1 - random_.unit())) - age;
        if (sample.size() == settings_.points) {
            if (!(key < sample.front().key)) continue;
            std::pop_heap(sample.begin(), sample.end());
            trees_[i].remove(sample.back().point, points_);
            sample.pop_back();
        }
        sample.push_back({key, trees_[i].add(number, points_, random_)});
        std::push_heap(sample.begin(), sample.end());
    }
    points_.release(number);
}

namespace {

/// Of a point that equals `mass` of `all` points, at that depth: the inverse depth its leaf would
/// have if it were opened up, less the more points are equal.
double known_share(std::size_t depth, std::uint32_t mass, std::uint32_t all) {
    const double damping = 1 - static_cast<double>(mass) / (2.0 * static_cast<double>(all));
    return damping / (static_cast<double>(depth) + 1 + fixed_log2(1.0 + mass));
}

}  // namespace

/// Down the point's way: at each node it is cut off with the chance that a random cut of the box
/// and the point falls between them; what is not cut off goes on.
template <bool kHasParts>
double RandomCutForest::score_tree(const CutTree& tree, const float* point, Score* out) const {
    double sum = 0, reach = 1;
    std::uint16_t at = tree.root();
    if (at == CutTree::kNone) return 0;
    const std::uint32_t all = tree.mass(at);
    for (std::size_t depth = 0;; ++depth) {
        const bool is_leaf = tree.is_leaf(at);
        const float* const low = is_leaf ? points_[tree.leaf(at).point] : tree.low(at);
        const float* const high = is_leaf ? low : tree.high(at);
        Lanes beyond{};
        for (std::size_t i = 0; i < stride_; i += kLanes) {
            const Lanes where = load_lanes(point + i);
            beyond += max_lanes(load_lanes(low + i) - where, Lanes{}) +
                      max_lanes(where - load_lanes(high + i), Lanes{});
        }
        const double outside = sum_lanes(beyond);
        if (outside > 0) {
            const double sides = is_leaf ? 0 : tree.node(at).sides;
            const double chance = outside / (outside + sides);
            const double part = reach * chance / static_cast<double>(depth + 1);
            sum += part;
            reach *= 1 - chance;
            if constexpr (kHasParts) {
                const double share = part / outside;
                for (std::size_t i = 0; i < settings_.dimensions; ++i) {
                    const float below = low[i] - point[i], above = point[i] - high[i];
                    if (below > 0) out->parts[i].low += static_cast<float>(share * below);
                    if (above > 0) out->parts[i].high += static_cast<float>(share * above);
                }
            }
        }
        if (is_leaf) {
            if (outside > 0) return sum;
            const double rest = reach * known_share(depth, tree.leaf(at).mass, all);
            if constexpr (kHasParts) out->unattributed += rest;
            return sum + rest;
        }
        const CutTree::Node& node = tree.node(at);
        at = point[node.dimension] <= node.cut ? node.left : node.right;
    }
}

double RandomCutForest::score(std::span<const float> point) const {
    const float* const where = laid_out(point);
    double sum = 0;
    for (const CutTree& tree : trees_) sum += score_tree<false>(tree, where, nullptr);
    return sum / static_cast<double>(trees_.size());
}

RandomCutForest::Score RandomCutForest::explain(std::span<const float> point) const {
    const float* const where = laid_out(point);
    Score out;
    out.parts.resize(settings_.dimensions);
    const auto count = static_cast<double>(trees_.size());
    for (const CutTree& tree : trees_) out.value += score_tree<true>(tree, where, &out);
    out.value /= count;
    double attributed = 0;
    for (Part& part : out.parts) {
        part.low = static_cast<float>(part.low / count);
        part.high = static_cast<float>(part.high / count);
        attributed += static_cast<double>(part.low) + static_cast<double>(part.high);
    }
    // What floats lost on the way is said to belong to no dimension, so that the sum is exact.
    out.unattributed = out.value - attributed;
    return out;
}

void RandomCutForest::nearest(const CutTree& tree, const float* point,
                              const std::vector<bool>& is_missing, std::uint16_t at, double& best,
                              std::uint32_t& found) const {
    if (tree.is_leaf(at)) {
        const float* const known = points_[tree.leaf(at).point];
        double distance = 0;
        for (std::size_t i = 0; i < settings_.dimensions; ++i) {
            if (!is_missing[i]) distance += std::abs(static_cast<double>(known[i] - point[i]));
        }
        if (found != ~0u && distance >= best) return;
        best = distance;
        found = tree.leaf(at).point;
        return;
    }
    const CutTree::Node& node = tree.node(at);
    const bool is_left = point[node.dimension] <= node.cut;
    if (is_missing[node.dimension] || is_left) {
        nearest(tree, point, is_missing, node.left, best, found);
    }
    if (is_missing[node.dimension] || !is_left) {
        nearest(tree, point, is_missing, node.right, best, found);
    }
}

std::vector<float> RandomCutForest::expected(std::span<const float> point,
                                             std::span<const std::size_t> missing) const {
    const float* const where = laid_out(point);
    std::vector<float> out(point.begin(), point.end());
    if (seen_ == 0) return out;
    std::vector<bool> is_missing(settings_.dimensions);
    for (const std::size_t i : missing) is_missing[i] = true;
    std::vector<std::vector<float>> values(missing.size());
    for (const CutTree& tree : trees_) {
        double best = 0;
        std::uint32_t found = ~0u;
        nearest(tree, where, is_missing, tree.root(), best, found);
        for (std::size_t i = 0; i < missing.size(); ++i) {
            values[i].push_back(points_[found][missing[i]]);
        }
    }
    for (std::size_t i = 0; i < missing.size(); ++i) {
        const auto middle = values[i].begin() + static_cast<std::ptrdiff_t>(values[i].size() / 2);
        std::nth_element(values[i].begin(), middle, values[i].end());
        out[missing[i]] = *middle;
    }
    return out;
}

std::size_t RandomCutForest::memory_bytes() const {
    std::size_t bytes = sizeof(*this) + points_.memory_bytes() + stride_ * sizeof(float);
    for (const CutTree& tree : trees_) bytes += tree.memory_bytes();
    return bytes + trees_.size() * (sizeof(samples_[0]) + settings_.points * sizeof(Sampled));
}

void RandomCutForest::save(StateWriter& out) const {
    out.varint(settings_.dimensions);
    out.varint(settings_.trees);
    out.varint(settings_.points);
    out.real(settings_.memory_points);
    out.integer(settings_.seed);
    out.varint(seen_);
    for (const std::uint64_t word : random_.words()) out.integer(word);
    points_.save(out, settings_.dimensions);
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        out.varint(samples_[i].size());
        for (const Sampled& one : samples_[i]) {
            out.real(one.key);
            out.integer(one.point);
        }
        trees_[i].save(out);
    }
}

base::Result<void> RandomCutForest::restore(StateReader& in) {
    *this = RandomCutForest(settings_);
    const bool is_same = in.varint() == settings_.dimensions && in.varint() == settings_.trees &&
                         in.varint() == settings_.points &&
                         in.real64() == settings_.memory_points &&
                         in.integer<std::uint64_t>() == settings_.seed;
    if (!is_same) return not_ours(kKind, "its settings are others");
    if (!restore_all(in)) {
        *this = RandomCutForest(settings_);
        return not_ours(kKind, "points, samples and trees do not fit");
    }
    const auto sound = check_invariants();
    if (!sound) *this = RandomCutForest(settings_);
    return sound;
}

bool RandomCutForest::restore_all(StateReader& in) {
    seen_ = in.varint();
    std::array<std::uint64_t, 4> words{};
    for (std::uint64_t& word : words) word = in.integer<std::uint64_t>();
    if (!random_.set_words(words) ||
        !points_.restore(in, settings_.dimensions, settings_.trees * settings_.points + 1)) {
        return false;
    }
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        const std::uint64_t count = in.varint();
        if (count > settings_.points || !in.has_room_for(count, sizeof(double) + 4)) return false;
        for (std::uint64_t j = 0; j < count; ++j) {
            const double key = in.real64();
            const auto point = in.integer<std::uint32_t>();
            samples_[i].push_back({key, point});
        }
        if (!trees_[i].restore(in, points_)) return false;
    }
    return in.is_good() && points_.is_sound();
}

base::Result<void> RandomCutForest::check_invariants() const {
    std::vector<std::uint32_t> uses(points_.slots());
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        if (!trees_[i].is_sound(points_)) return not_ours(kKind, "a tree that is none");
        const std::vector<Sampled>& sample = samples_[i];
        if (!std::is_heap(sample.begin(), sample.end()) || sample.size() > settings_.points ||
            sample.size() != samples_[0].size() ||
            sample.size() != std::min<std::uint64_t>(seen_, settings_.points)) {
            return not_ours(kKind, "a sample that is none");
        }
        std::vector<std::uint32_t> sampled, kept;
        for (const Sampled& one : sample) sampled.push_back(one.point);
        std::vector<std::uint16_t> open;
        if (trees_[i].root() != CutTree::kNone) open.push_back(trees_[i].root());
        while (!open.empty()) {
            const std::uint16_t at = open.back();
            open.pop_back();
            if (trees_[i].is_leaf(at)) {
                kept.insert(kept.end(), trees_[i].leaf(at).mass, trees_[i].leaf(at).point);
            } else {
                open.push_back(trees_[i].node(at).left);
                open.push_back(trees_[i].node(at).right);
            }
        }
        std::sort(sampled.begin(), sampled.end());
        std::sort(kept.begin(), kept.end());
        if (sampled != kept) return not_ours(kKind, "a tree of other points than its sample");
        for (const std::uint32_t point : kept) ++uses[point];
    }
    for (std::size_t i = 0; i < uses.size(); ++i) {
        if (uses[i] != points_.uses(static_cast<std::uint32_t>(i))) {
            return not_ours(kKind, "a point's uses are wrong");
        }
    }
    return {};
}

}  // namespace vedette::learn
