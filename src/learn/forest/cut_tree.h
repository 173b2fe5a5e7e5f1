// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "learn/random.h"
#include "learn/state.h"

namespace vedette::learn {

/// Points that several trees share, by number; each tree that holds one counts as a use.
class PointStore {
  public:
    explicit PointStore(std::size_t stride) : stride_(stride) {}
    std::uint32_t add(const float* point);
    void use(std::uint32_t number) { ++uses_[number]; }
    void release(std::uint32_t number);
    const float* operator[](std::uint32_t number) const { return &numbers_[number * stride_]; }
    std::uint32_t uses(std::uint32_t number) const { return uses_[number]; }
    std::size_t slots() const { return uses_.size(); }
    /// Points in use with their numbers, and the order in which free numbers are given out.
    void save(StateWriter& out, std::size_t dimensions) const;
    bool restore(StateReader& in, std::size_t dimensions, std::size_t slots_max);
    /// Whether free are exactly the numbers without use: to be asked after restore() and the
    /// trees'.
    bool is_sound() const;
    std::size_t memory_bytes() const;

  private:
    std::size_t stride_;
    std::vector<float> numbers_;
    std::vector<std::uint32_t> uses_, free_;
};

/// One random cut tree: a binary tree whose inner nodes cut one dimension, chosen with a chance in
/// proportion to the side of the bounding box of the points below. Points can be added and removed,
/// and the tree is then distributed as if built from the points it has (Guha et al. 2016).
/// Nodes lie in arrays: inner nodes 0 to capacity - 2, leaves from capacity on. Boxes lie apart.
class CutTree {
  public:
    static constexpr std::uint16_t kNone = 0xFFFF;

    struct Node {
        std::uint16_t left = kNone, right = kNone, parent = kNone;
        std::uint16_t dimension = 0;
        float cut = 0;           ///< at most: left
        std::uint32_t mass = 0;  ///< points below
        float sides = 0;         ///< sum of the sides of the box
    };
    struct Leaf {
        std::uint32_t point = 0;
        std::uint16_t parent = kNone;
        std::uint16_t mass = 0;  ///< equal points; 0: not in use
    };

    CutTree(std::size_t dimensions, std::size_t capacity);

    /// Adds a point; gives the number under which it is kept (an equal point's, if there is one).
    std::uint32_t add(std::uint32_t point, PointStore& points, Random& random);
    void remove(std::uint32_t point, PointStore& points);

    std::uint16_t root() const { return root_; }
    bool is_leaf(std::uint16_t at) const { return at >= capacity_; }
    const Node& node(std::uint16_t at) const { return nodes_[at]; }
    const Leaf& leaf(std::uint16_t at) const { return leaves_[at - capacity_]; }
    const float* low(std::uint16_t at) const { return &boxes_[at * 2 * stride_]; }
    const float* high(std::uint16_t at) const { return low(at) + stride_; }
    std::uint32_t mass(std::uint16_t at) const {
        return is_leaf(at) ? leaf(at).mass : node(at).mass;
    }

    void save(StateWriter& out) const;
    bool restore(StateReader& in, PointStore& points);
    bool is_sound(const PointStore& points) const;
    std::size_t memory_bytes() const;

  private:
    void link(std::uint16_t parent, std::uint16_t from, std::uint16_t to);
    void set_parent(std::uint16_t at, std::uint16_t parent);
    void fit_box(std::uint16_t at, const PointStore& points);
    std::uint16_t add_above(std::uint16_t at, std::uint16_t dimension, float cut, bool is_left,
                            std::uint32_t point, PointStore& points);
    bool separates(std::uint16_t at, const float* point, const PointStore& points, Random& random,
                   std::uint16_t& dimension, float& cut, bool& is_left) const;
    void save_node(StateWriter& out, std::uint16_t at) const;
    std::uint16_t restore_node(StateReader& in, PointStore& points, std::size_t depth);
    const float* low_of(std::uint16_t at, const PointStore& points) const {
        return is_leaf(at) ? points[leaf(at).point] : low(at);
    }
    const float* high_of(std::uint16_t at, const PointStore& points) const {
        return is_leaf(at) ? points[leaf(at).point] : high(at);
    }

    std::size_t dimensions_, stride_;
    std::uint16_t capacity_;
    std::vector<Node> nodes_;
    std::vector<Leaf> leaves_;
    std::vector<float> boxes_;
    std::vector<std::uint16_t> free_nodes_, free_leaves_;
    std::uint16_t root_ = kNone;
};

}  // namespace vedette::learn
