// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "learn/state.h"
#include "learn/templates/word_table.h"

namespace vedette::learn {

/// A decision tree over masked lines of one length: a node asks for the word at one place (or for
/// the word's key), a leaf is a template. It is built from all masked lines seen of that length.
///
/// How lines are told apart, first rule that applies, at the place with the fewest words:
/// 1. the place holds several keys (`num=` and `activity=`): by key;
/// 2. it is the first place, and names stand there: by word;
/// 3. few different plain words stand there (kFewWords; kFewValues behind one key): the programmer
///    chose between texts: by word. More of them are values that vary;
/// 4. the rest varies, and if what stands still is less than kStillShare of what can testify, the
///    lines are still a mixture: by the place with the most word-like words.
/// A word behind `user`, `host` and their like is a name and tells nothing.
///
/// Papers: the bounded tree over lines of one length is P. He et al., "Drain: An online log parsing
/// approach with fixed depth tree", ICWS 2017; parting by how often words share a place, S. Yu et
/// al., "Brain: Log parsing with bidirectional parallel tree", IEEE TSC 2023. Both need settings
/// and regular expressions per system; this has none. Cost: a descent reads one word a level;
/// building is O(lines x places x depth).
class SplitTree {
  public:
    static constexpr std::size_t kFewWords = 5;
    static constexpr std::size_t kFewValues = 2;
    static constexpr double kStillShare = 0.6;
    static constexpr std::uint64_t kNoTemplate = 0;

    struct Node {
        std::int32_t place = -1;  ///< -1: a leaf
        bool is_by_key = false;
        std::uint64_t template_id = kNoTemplate;
        std::vector<std::pair<std::uint64_t, std::uint32_t>> children;  ///< by value, rising
    };

    /// Where a line ends up. If `is_known` is false it left the tree at `node` with `value`.
    struct Found {
        std::uint32_t node = 0;
        bool is_known = true;
        std::uint64_t value = 0;
    };

    bool is_empty() const { return nodes_.empty(); }
    /// `words(place)` gives the text at a place.
    template <typename Words>
    Found find(const Words& words) const;
    const Node& node(std::uint32_t number) const { return nodes_[number]; }
    void set_template(std::uint32_t node, std::uint64_t id) { nodes_[node].template_id = id; }
    /// A new leaf under `parent`; or the root, if the tree is empty.
    std::uint32_t add_leaf(std::uint32_t parent, std::uint64_t value, std::uint64_t id);

    /// Builds anew from lines (word numbers, all of one length); gives each line's leaf.
    std::vector<std::uint32_t> build(std::span<const std::vector<std::uint32_t>* const> lines,
                                     const WordTable& words);
    void clear() { nodes_.clear(); }
    /// Of the leaves.
    std::vector<std::uint64_t> template_ids() const;

    void save(StateWriter& out) const;
    bool restore(StateReader& in, std::size_t places);

  private:
    class Builder;

    void save_node(StateWriter& out, std::uint32_t number) const;
    bool restore_node(StateReader& in, std::size_t places, std::size_t depth);

    std::vector<Node> nodes_;
};

template <typename Words>
SplitTree::Found SplitTree::find(const Words& words) const {
    std::uint32_t at = 0;
    while (nodes_[at].place >= 0) {
        const Node& node = nodes_[at];
        const std::string_view word = words(static_cast<std::size_t>(node.place));
        const std::uint64_t value =
            node.is_by_key ? word_key_hash(word, traits_of(word).key_bytes) : word_hash(word);
        auto low = node.children.begin(), high = node.children.end();
        while (low != high) {
            const auto middle = low + (high - low) / 2;
            (middle->first < value ? low : high) = middle->first < value ? middle + 1 : middle;
        }
        if (low == node.children.end() || low->first != value) return {at, false, value};
        at = low->second;
    }
    return {at, true, 0};
}

}  // namespace vedette::learn
