// SPDX-License-Identifier: Apache-2.0
#include "learn/forest/cut_tree.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "learn/lanes.h"

namespace vedette::learn {

std::uint32_t PointStore::add(const float* point) {
    std::uint32_t number = static_cast<std::uint32_t>(uses_.size());
    if (free_.empty()) {
        uses_.push_back(0);
        numbers_.resize(numbers_.size() + stride_);
    } else {
        number = free_.back();
        free_.pop_back();
    }
    std::copy_n(point, stride_, &numbers_[number * stride_]);
    return number;
}

void PointStore::release(std::uint32_t number) {
    if (--uses_[number] == 0) free_.push_back(number);
}

void PointStore::save(StateWriter& out, std::size_t dimensions) const {
    out.varint(uses_.size());
    out.varint(free_.size());
    for (const std::uint32_t number : free_) out.integer(number);
    for (std::size_t number = 0; number < uses_.size(); ++number) {
        if (uses_[number] == 0) continue;
        for (std::size_t i = 0; i < dimensions; ++i) out.real(numbers_[number * stride_ + i]);
    }
}

bool PointStore::restore(StateReader& in, std::size_t dimensions, std::size_t slots_max) {
    const std::uint64_t slots = in.varint(), free_count = in.varint();
    if (slots > slots_max || free_count > slots || !in.has_room_for(free_count, 4)) return false;
    std::vector<bool> is_free(slots);
    for (std::uint64_t i = 0; i < free_count; ++i) {
        const auto number = in.integer<std::uint32_t>();
        if (number >= slots || is_free[number]) return false;
        is_free[number] = true;
        free_.push_back(number);
    }
    if (!in.has_room_for(slots - free_count, dimensions * sizeof(float))) return false;
    uses_.assign(slots, 0);
    numbers_.assign(slots * stride_, 0);
    for (std::size_t number = 0; number < slots; ++number) {
        if (is_free[number]) continue;
        for (std::size_t i = 0; i < dimensions; ++i) {
            const float value = in.real32();
            if (!(std::abs(value) <= 1e30F)) return false;
            numbers_[number * stride_ + i] = value;
        }
    }
    return in.is_good();
}

bool PointStore::is_sound() const {
    std::vector<std::uint32_t> unused, listed = free_;
    for (std::uint32_t number = 0; number < uses_.size(); ++number) {
        if (uses_[number] == 0) unused.push_back(number);
    }
    std::sort(listed.begin(), listed.end());
    return listed == unused;
}

std::size_t PointStore::memory_bytes() const {
    return numbers_.size() * sizeof(float) + uses_.size() * 2 * sizeof(std::uint32_t);
}

CutTree::CutTree(std::size_t dimensions, std::size_t capacity)
    : dimensions_(dimensions),
      stride_(padded(dimensions)),
      capacity_(static_cast<std::uint16_t>(capacity)),
      nodes_(capacity),
      leaves_(capacity),
      boxes_(capacity * 2 * stride_) {
    for (std::size_t i = capacity; i > 0; --i) {
        free_leaves_.push_back(static_cast<std::uint16_t>(capacity + i - 1));
        if (i < capacity) free_nodes_.push_back(static_cast<std::uint16_t>(i - 1));
    }
}

void CutTree::set_parent(std::uint16_t at, std::uint16_t parent) {
    (is_leaf(at) ? leaves_[at - capacity_].parent : nodes_[at].parent) = parent;
}

/// Where `parent` (or the root) had `from` below it, it has `to` now.
void CutTree::link(std::uint16_t parent, std::uint16_t from, std::uint16_t to) {
    if (parent == kNone) {
        root_ = to;
    } else {
        (nodes_[parent].left == from ? nodes_[parent].left : nodes_[parent].right) = to;
    }
    set_parent(to, parent);
}

void CutTree::fit_box(std::uint16_t at, const PointStore& points) {
    Node& node = nodes_[at];
    const float* const left_low = low_of(node.left, points);
    const float* const left_high = high_of(node.left, points);
    const float* const right_low = low_of(node.right, points);
    const float* const right_high = high_of(node.right, points);
    float* const low = &boxes_[at * 2 * stride_];
    float* const high = low + stride_;
    Lanes sides{};
    for (std::size_t i = 0; i < stride_; i += kLanes) {
        const Lanes lowest = min_lanes(load_lanes(left_low + i), load_lanes(right_low + i));
        const Lanes highest = max_lanes(load_lanes(left_high + i), load_lanes(right_high + i));
        store_lanes(low + i, lowest);
        store_lanes(high + i, highest);
        sides += highest - lowest;
    }
    node.sides = sum_lanes(sides);
    node.mass = mass(node.left) + mass(node.right);
}

/// A random cut of the box below `at` and the point together; true if the point is alone on its
/// side. In double, dimension by dimension.
bool CutTree::separates(std::uint16_t at, const float* point, const PointStore& points,
                        Random& random, std::uint16_t& dimension, float& cut, bool& is_left) const {
    const float* const low = low_of(at, points);
    const float* const high = high_of(at, points);
    double sum = 0;
    for (std::size_t i = 0; i < dimensions_; ++i) {
        sum += static_cast<double>(std::max(high[i], point[i])) -
               static_cast<double>(std::min(low[i], point[i]));
    }
    double at_length = random.unit() * sum;
    for (std::size_t i = 0; i < dimensions_; ++i) {
        const float least = std::min(low[i], point[i]), most = std::max(high[i], point[i]);
        const double side = static_cast<double>(most) - static_cast<double>(least);
        if (!(side > 0)) continue;
        // Rounding may leave a rest behind the last side: it belongs to the last that has one.
        dimension = static_cast<std::uint16_t>(i);
        cut = static_cast<float>(static_cast<double>(least) + std::min(at_length, side));
        if (cut >= most) cut = std::nextafter(most, least);
        if (cut < least) cut = least;
        if (at_length < side) break;
        at_length -= side;
    }
    is_left = point[dimension] <= cut;
    return is_left ? cut < low[dimension] : cut >= high[dimension];
}

/// A new node in the place of `at`, with `at` and a new leaf below.
std::uint16_t CutTree::add_above(std::uint16_t at, std::uint16_t dimension, float cut, bool is_left,
                                 std::uint32_t point, PointStore& points) {
    const std::uint16_t leaf = free_leaves_.back(), number = free_nodes_.back();
    free_leaves_.pop_back();
    free_nodes_.pop_back();
    leaves_[leaf - capacity_] = {point, number, 1};
    points.use(point);
    const std::uint16_t parent = is_leaf(at) ? this->leaf(at).parent : nodes_[at].parent;
    link(parent, at, number);
    Node& node = nodes_[number];
    node.left = is_left ? leaf : at;
    node.right = is_left ? at : leaf;
    node.dimension = dimension;
    node.cut = cut;
    set_parent(at, number);
    fit_box(number, points);
    return parent;
}

std::uint32_t CutTree::add(std::uint32_t point, PointStore& points, Random& random) {
    if (root_ == kNone) {
        root_ = free_leaves_.back();
        free_leaves_.pop_back();
        leaves_[root_ - capacity_] = {point, kNone, 1};
        points.use(point);
        return point;
    }
    const float* const where = points[point];
    std::uint16_t at = root_, parent = kNone, dimension = 0;
    float cut = 0;
    bool is_left = false;
    std::uint32_t kept = point;
    for (;;) {
        if (is_leaf(at) && std::equal(where, where + dimensions_, points[leaf(at).point])) {
            Leaf& equal = leaves_[at - capacity_];
            ++equal.mass;
            kept = equal.point;
            points.use(kept);
            parent = equal.parent;
            break;
        }
        // An equal point's way down must not be cut off: at a leaf a cut always separates.
        if (separates(at, where, points, random, dimension, cut, is_left)) {
            parent = add_above(at, dimension, cut, is_left, point, points);
            break;
        }
        at = where[nodes_[at].dimension] <= nodes_[at].cut ? nodes_[at].left : nodes_[at].right;
    }
    for (; parent != kNone; parent = nodes_[parent].parent) fit_box(parent, points);
    return kept;
}

void CutTree::remove(std::uint32_t point, PointStore& points) {
    const float* const where = points[point];
    std::uint16_t at = root_;
    while (!is_leaf(at)) {
        at = where[nodes_[at].dimension] <= nodes_[at].cut ? nodes_[at].left : nodes_[at].right;
    }
    Leaf& leaf = leaves_[at - capacity_];
    VD_CHECK(leaf.point == point && leaf.mass > 0);
    std::uint16_t parent = leaf.parent;
    if (--leaf.mass == 0) {
        free_leaves_.push_back(at);
        if (parent == kNone) {
            root_ = kNone;
        } else {
            const Node& node = nodes_[parent];
            const std::uint16_t sibling = node.left == at ? node.right : node.left;
            const std::uint16_t above = node.parent;
            link(above, parent, sibling);
            free_nodes_.push_back(parent);
            parent = above;
        }
    }
    for (; parent != kNone; parent = nodes_[parent].parent) fit_box(parent, points);
    points.release(point);
}

void CutTree::save(StateWriter& out) const {
    out.integer(static_cast<std::uint8_t>(root_ == kNone ? 0 : 1));
    if (root_ != kNone) save_node(out, root_);
}

void CutTree::save_node(StateWriter& out, std::uint16_t at) const {
    out.integer(static_cast<std::uint8_t>(is_leaf(at) ? 1 : 0));
    if (is_leaf(at)) {
        out.integer(leaf(at).point);
        out.integer(leaf(at).mass);
        return;
    }
    out.integer(nodes_[at].dimension);
    out.real(nodes_[at].cut);
    save_node(out, nodes_[at].left);
    save_node(out, nodes_[at].right);
}

bool CutTree::restore(StateReader& in, PointStore& points) {
    const auto has_root = in.integer<std::uint8_t>();
    if (has_root == 0) return in.is_good();
    if (has_root != 1) return false;
    root_ = restore_node(in, points, 0);
    if (root_ == kNone) return false;
    set_parent(root_, kNone);
    return in.is_good();
}

std::uint16_t CutTree::restore_node(StateReader& in, PointStore& points, std::size_t depth) {
    const auto kind = in.integer<std::uint8_t>();
    if (!in.is_good() || kind > 1 || depth > capacity_) return kNone;
    if (kind == 1) {
        const auto point = in.integer<std::uint32_t>();
        const auto mass = in.integer<std::uint16_t>();
        if (!in.is_good() || free_leaves_.empty() || point >= points.slots() || mass == 0) {
            return kNone;
        }
        const std::uint16_t at = free_leaves_.back();
        free_leaves_.pop_back();
        leaves_[at - capacity_] = {point, kNone, mass};
        for (std::uint16_t i = 0; i < mass; ++i) points.use(point);
        return at;
    }
    if (free_nodes_.empty()) return kNone;
    const std::uint16_t at = free_nodes_.back();
    free_nodes_.pop_back();
    nodes_[at].dimension = in.integer<std::uint16_t>();
    nodes_[at].cut = in.real32();
    if (nodes_[at].dimension >= dimensions_) return kNone;
    nodes_[at].left = restore_node(in, points, depth + 1);
    if (nodes_[at].left == kNone) return kNone;
    nodes_[at].right = restore_node(in, points, depth + 1);
    if (nodes_[at].right == kNone) return kNone;
    set_parent(nodes_[at].left, at);
    set_parent(nodes_[at].right, at);
    fit_box(at, points);
    return at;
}

/// Every point lies on its side of every cut, and boxes and masses are those of the points below.
bool CutTree::is_sound(const PointStore& points) const {
    if (root_ == kNone) return true;
    std::vector<std::uint16_t> open{root_};
    std::size_t nodes = 0, leaves = 0;
    while (!open.empty()) {
        const std::uint16_t at = open.back();
        open.pop_back();
        if (is_leaf(at)) {
            if (++leaves > capacity_ || leaf(at).mass == 0) return false;
            continue;
        }
        const Node& node = nodes_[at];
        if (++nodes >= capacity_ || node.mass != mass(node.left) + mass(node.right)) return false;
        if (high_of(node.left, points)[node.dimension] > node.cut ||
            low_of(node.right, points)[node.dimension] <= node.cut) {
            return false;
        }
        for (std::size_t i = 0; i < dimensions_; ++i) {
            const bool fits = low(at)[i] == std::min(low_of(node.left, points)[i],
                                                     low_of(node.right, points)[i]) &&
                              high(at)[i] == std::max(high_of(node.left, points)[i],
                                                      high_of(node.right, points)[i]);
            if (!fits) return false;
        }
        open.push_back(node.left);
        open.push_back(node.right);
    }
    return leaves == nodes + 1;
}

std::size_t CutTree::memory_bytes() const {
    return sizeof(*this) + nodes_.capacity() * sizeof(Node) + leaves_.capacity() * sizeof(Leaf) +
           boxes_.capacity() * sizeof(float) + capacity_ * 2 * sizeof(std::uint16_t);
}

}  // namespace vedette::learn
