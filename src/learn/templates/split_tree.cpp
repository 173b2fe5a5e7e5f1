// SPDX-License-Identifier: Apache-2.0
#include "learn/templates/split_tree.h"

#include <algorithm>
#include <tuple>

namespace vedette::learn {

namespace {

using Lines = std::span<const std::vector<std::uint32_t>* const>;

/// What stands at one place in some lines.
struct Place {
    std::vector<std::uint32_t> words;  // different ones
    std::size_t keys = 0;              // different ones; words without a key count as one
    bool has_keyless = false, has_masked = false;
    double word_share = 0, name_share = 0;
};

Place look_at(std::size_t place, std::span<const std::uint32_t> members, Lines lines,
              const WordTable& table) {
    Place seen;
    for (const std::uint32_t line : members) seen.words.push_back((*lines[line])[place]);
    std::sort(seen.words.begin(), seen.words.end());
    seen.words.erase(std::unique(seen.words.begin(), seen.words.end()), seen.words.end());
    std::vector<std::uint64_t> keys;
    std::size_t words = 0, names = 0;
    for (const std::uint32_t number : seen.words) {
        const Word& word = table[number];
        keys.push_back(word.key_hash);
        seen.has_keyless = seen.has_keyless || word.key_hash == 0;
        seen.has_masked = seen.has_masked || word.traits.is_masked;
        words += word.traits.is_word ? 1 : 0;
        names += word.traits.is_name ? 1 : 0;
    }
    std::sort(keys.begin(), keys.end());
    seen.keys = static_cast<std::size_t>(std::unique(keys.begin(), keys.end()) - keys.begin());
    const auto count = static_cast<double>(seen.words.size());
    seen.word_share = static_cast<double>(words) / count;
    seen.name_share = static_cast<double>(names) / count;
    return seen;
}

/// How to part lines at one place. The smallest choice is taken.
struct Choice {
    bool is_last_resort = false;
    bool has_masked = false;  // of a last resort
    double not_words = 0;     // of a last resort
    std::size_t parts = 0;
    std::size_t place = 0;
    bool is_by_key = false;

    auto order() const {
        return std::tuple(is_last_resort, has_masked, not_words, parts, place, is_by_key);
    }
};

}  // namespace

class SplitTree::Builder {
  public:
    Builder(Lines lines, const WordTable& table, std::vector<Node>& nodes)
        : lines_(lines), table_(table), nodes_(nodes), leaf_of_(lines.size()) {}

    std::vector<std::uint32_t> run() {
        std::vector<std::uint32_t> all(lines_.size());
        for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
        build(all);
        return std::move(leaf_of_);
    }

  private:
    std::uint32_t build(const std::vector<std::uint32_t>& members);
    bool choose(const std::vector<std::uint32_t>& members, Choice& best) const;
    bool is_behind_namer(std::size_t place, const std::vector<std::uint32_t>& members) const;

    Lines lines_;
    const WordTable& table_;
    std::vector<Node>& nodes_;
    std::vector<std::uint32_t> leaf_of_;
};

bool SplitTree::Builder::is_behind_namer(std::size_t place,
                                         const std::vector<std::uint32_t>& members) const {
    if (place == 0) return false;
    return std::all_of(members.begin(), members.end(), [&](std::uint32_t line) {
        return table_[(*lines_[line])[place - 1]].traits.announces_name;
    });
}

bool SplitTree::Builder::choose(const std::vector<std::uint32_t>& members, Choice& best) const {
    const std::vector<std::uint32_t>& first = *lines_[members[0]];
    std::size_t still = 0, doubtful = 0;
    bool has_choice = false;
    const auto offer = [&](const Choice& choice) {
        if (!has_choice || choice.order() < best.order()) best = choice;
        has_choice = true;
    };
    for (std::size_t place = 0; place < first.size(); ++place) {
        const bool is_still = std::all_of(members.begin(), members.end(), [&](std::uint32_t line) {
            return (*lines_[line])[place] == first[place];
        });
        if (is_still) {
            still += table_[first[place]].traits.is_masked ? 0 : 1;
            continue;
        }
        if (is_behind_namer(place, members)) continue;
        const Place seen = look_at(place, members, lines_, table_);
        const std::size_t count = seen.words.size();
        if (seen.keys == 1 && !seen.has_keyless) {
            const bool is_letters = std::all_of(
                seen.words.begin(), seen.words.end(),
                [&](std::uint32_t number) { return table_[number].traits.is_value_letters; });
            if (count <= kFewValues && is_letters) offer({.parts = count, .place = place});
        } else if (!seen.has_keyless && seen.keys <= kFewWords) {
            offer({.parts = seen.keys, .place = place, .is_by_key = true});
        } else if (!seen.has_masked && ((place == 0 && seen.name_share >= 0.5) ||
                                        (count <= kFewWords && seen.word_share >= 0.5))) {
            offer({.parts = count, .place = place});
        } else {
            ++doubtful;
            offer({true, seen.has_masked, 1 - seen.word_share, count, place, false});
        }
    }
    return has_choice &&
           (!best.is_last_resort ||
            static_cast<double>(still) < kStillShare * static_cast<double>(still + doubtful));
}

std::uint32_t SplitTree::Builder::build(const std::vector<std::uint32_t>& members) {
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
    Choice choice;
    if (members.size() == 1 || !choose(members, choice)) {
        for (const std::uint32_t line : members) leaf_of_[line] = number;
        return number;
    }
    nodes_[number].place = static_cast<std::int32_t>(choice.place);
    nodes_[number].is_by_key = choice.is_by_key;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> values;
    for (const std::uint32_t line : members) {
        const Word& word = table_[(*lines_[line])[choice.place]];
        values.emplace_back(choice.is_by_key ? word.key_hash : word.hash, line);
    }
    std::sort(values.begin(), values.end());
    std::vector<std::uint32_t> part;
    for (std::size_t i = 0; i < values.size(); ++i) {
        part.push_back(values[i].second);
        if (i + 1 < values.size() && values[i + 1].first == values[i].first) continue;
        const std::uint32_t child = build(part);
        nodes_[number].children.emplace_back(values[i].first, child);
        part.clear();
    }
    return number;
}

std::vector<std::uint32_t> SplitTree::build(Lines lines, const WordTable& words) {
    nodes_.clear();
    if (lines.empty()) return {};
    return Builder(lines, words, nodes_).run();
}

std::uint32_t SplitTree::add_leaf(std::uint32_t parent, std::uint64_t value, std::uint64_t id) {
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
    nodes_[number].template_id = id;
    if (number == 0) return number;
    auto& children = nodes_[parent].children;
    const auto at = std::lower_bound(children.begin(), children.end(),
                                     std::pair<std::uint64_t, std::uint32_t>(value, 0));
    children.insert(at, {value, number});
    return number;
}

void SplitTree::save(StateWriter& out) const {
    out.integer(static_cast<std::uint8_t>(nodes_.empty() ? 0 : 1));
    if (!nodes_.empty()) save_node(out, 0);
}

void SplitTree::save_node(StateWriter& out, std::uint32_t number) const {
    const Node& node = nodes_[number];
    out.integer(static_cast<std::uint8_t>(node.place + 1));
    if (node.place < 0) {
        out.varint(node.template_id);
        return;
    }
    out.integer(static_cast<std::uint8_t>(node.is_by_key ? 1 : 0));
    out.varint(node.children.size());
    for (const auto& [value, child] : node.children) {
        out.integer(value);
        save_node(out, child);
    }
}

bool SplitTree::restore(StateReader& in, std::size_t places) {
    nodes_.clear();
    const auto has_root = in.integer<std::uint8_t>();
    if (has_root == 0) return in.is_good();
    return has_root == 1 && restore_node(in, places, 0) && in.is_good();
}

bool SplitTree::restore_node(StateReader& in, std::size_t places, std::size_t depth) {
    // A path asks for a place's key at most once, and then for its word.
    if (depth > 2 * places) return false;
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
    const int place = in.integer<std::uint8_t>() - 1;
    nodes_[number].place = place;
    if (place < 0) {
        nodes_[number].template_id = in.varint();
        return in.is_good();
    }
    const auto by_key = in.integer<std::uint8_t>();
    const std::uint64_t count = in.varint();
    if (static_cast<std::size_t>(place) >= places || by_key > 1 || count == 0 ||
        !in.has_room_for(count, sizeof(std::uint64_t) + 2)) {
        return false;
    }
    nodes_[number].is_by_key = by_key == 1;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto value = in.integer<std::uint64_t>();
        if (i > 0 && nodes_[number].children.back().first >= value) return false;
        nodes_[number].children.emplace_back(value, static_cast<std::uint32_t>(nodes_.size()));
        if (!restore_node(in, places, depth + 1)) return false;
    }
    return true;
}

std::vector<std::uint64_t> SplitTree::template_ids() const {
    std::vector<std::uint64_t> ids;
    for (const Node& node : nodes_) {
        if (node.place < 0) ids.push_back(node.template_id);
    }
    return ids;
}

}  // namespace vedette::learn
