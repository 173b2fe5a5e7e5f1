// SPDX-License-Identifier: Apache-2.0
#include "learn/templates/template_miner.h"

#include <algorithm>
#include <tuple>

namespace vedette::learn {

namespace {

// A tree is built anew when its lines have grown by this share; sooner if a line does not fit.
constexpr std::size_t kGrowthShare = 4;
constexpr std::size_t kMisfitShare = 32;

constexpr std::size_t kTableNodeBytes = 40;  // of std::unordered_map with 64-bit keys

}  // namespace

TemplateMiner::TemplateMiner(TemplateLimits limits) : limits_(limits) {
    limits_.templates_max = std::max<std::size_t>(limits_.templates_max, 1);
    limits_.lines_per_template_max = std::max<std::size_t>(limits_.lines_per_template_max, 1);
}

TemplateMiner::Learned TemplateMiner::learn(std::string_view line) {
    ++line_count_;
    masked_.set(line);
    const auto known = line_of_.find(masked_.hash());
    if (known != line_of_.end()) {
        Line& found = lines_[known->second];
        ++found.count;
        touch(found.slot);
        Template& one = templates_[found.slot];
        return {one.id, false, ++one.count};
    }
    Length& length = lengths_[masked_.word_count()];
    bool is_new = false;
    std::uint32_t slot = slot_of_leaf(length, is_new);
    const bool fits = is_new || takes_in(templates_[slot]);
    touch(slot);
    ++templates_[slot].count;
    if (!fits || templates_[slot].lines.size() < limits_.lines_per_template_max) {
        add_line(slot);
        const std::uint64_t hash = masked_.hash();
        const std::size_t share = fits ? kGrowthShare : kMisfitShare;
        if (++length.unsettled * share >= length.settled) {
            const std::uint64_t first_new = next_id_;
            rebuild(length, masked_.word_count());
            slot = lines_[line_of_.at(hash)].slot;
            is_new = is_new || templates_[slot].id >= first_new;
            touch(slot);
        }
        forget_beyond_limits(slot);
    }
    return {templates_[slot].id, is_new, templates_[slot].count};
}

std::optional<std::uint64_t> TemplateMiner::match(std::string_view line) const {
    masked_.set(line);
    const auto known = line_of_.find(masked_.hash());
    if (known != line_of_.end()) return templates_[lines_[known->second].slot].id;
    const SplitTree& tree = lengths_[masked_.word_count()].tree;
    if (tree.is_empty()) return std::nullopt;
    const SplitTree::Found found = tree.find([&](std::size_t i) { return masked_.word(i); });
    if (!found.is_known) return std::nullopt;
    const auto slot = slots_of_.find(tree.node(found.node).template_id);
    if (slot == slots_of_.end()) return std::nullopt;
    return takes_in(templates_[slot->second]) ? std::optional(slot->first) : std::nullopt;
}

void TemplateMiner::settle() {
    for (std::size_t words = 0; words < lengths_.size(); ++words) {
        if (!lengths_[words].lines.empty()) rebuild(lengths_[words], words);
    }
}

/// The template that the masked line's way down the tree ends at, made if there is none.
std::uint32_t TemplateMiner::slot_of_leaf(Length& length, bool& is_new) {
    const auto words = [&](std::size_t i) { return masked_.word(i); };
    std::uint32_t leaf = 0;
    if (length.tree.is_empty()) {
        leaf = length.tree.add_leaf(0, 0, SplitTree::kNoTemplate);
    } else {
        const SplitTree::Found found = length.tree.find(words);
        leaf = found.is_known
                   ? found.node
                   : length.tree.add_leaf(found.node, found.value, SplitTree::kNoTemplate);
    }
    const auto slot = slots_of_.find(length.tree.node(leaf).template_id);
    if (slot != slots_of_.end()) return slot->second;
    is_new = true;
    length.tree.set_template(leaf, next_id_);
    return add_template(next_id_++, masked_.word_count());
}

std::uint32_t TemplateMiner::add_template(std::uint64_t id, std::size_t length) {
    std::uint32_t slot = static_cast<std::uint32_t>(templates_.size());
    if (free_templates_.empty()) {
        templates_.emplace_back();
    } else {
        slot = free_templates_.back();
        free_templates_.pop_back();
    }
    templates_[slot] = {};
    templates_[slot].id = id;
    templates_[slot].varies.assign(length, 0);
    slots_of_.emplace(id, slot);
    append(slot);
    return slot;
}

/// Whether the masked line differs from the template only where its lines differ or are masked.
bool TemplateMiner::takes_in(const Template& one) const {
    if (one.lines.empty()) return true;
    const Line& first = lines_[one.lines.front()];
    for (std::size_t i = 0; i < first.words.size(); ++i) {
        const Word& word = words_[first.words[i]];
        const bool is_free = one.varies[i] != 0 || word.traits.is_masked;
        if (!is_free && word.text != masked_.word(i)) return false;
    }
    return true;
}

void TemplateMiner::mark_differences(Template& one, const Line& line) const {
    const Line& first = lines_[one.lines.front()];
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        if (line.words[i] != first.words[i]) one.varies[i] = 1;
    }
}

/// Keeps the masked line, as one of the template's.
void TemplateMiner::add_line(std::uint32_t slot) {
    Template& one = templates_[slot];
    // The oldest makes room, but not the one that shows what the template's words are.
    if (one.lines.size() >= limits_.lines_per_template_max && one.lines.size() > 1) {
        forget_line(one.lines[1]);
    }
    std::uint32_t number = static_cast<std::uint32_t>(lines_.size());
    if (free_lines_.empty()) {
        lines_.emplace_back();
    } else {
        number = free_lines_.back();
        free_lines_.pop_back();
    }
    Line& line = lines_[number];
    line.hash = masked_.hash();
    line.count = 1;
    line.slot = slot;
    line.words.clear();
    for (std::size_t i = 0; i < masked_.word_count(); ++i) {
        line.words.push_back(words_.use(masked_.word(i)));
    }
    Length& length = lengths_[masked_.word_count()];
    line.place = static_cast<std::uint32_t>(length.lines.size());
    length.lines.push_back(number);
    one.lines.push_back(number);
    mark_differences(one, line);
    line_of_.emplace(line.hash, number);
    lines_bytes_ += line.words.size() * sizeof(std::uint32_t);
}

void TemplateMiner::forget_line(std::uint32_t number) {
    Line& line = lines_[number];
    for (const std::uint32_t word : line.words) words_.release(word);
    lines_bytes_ -= line.words.size() * sizeof(std::uint32_t);
    Length& length = lengths_[line.words.size()];
    length.lines[line.place] = length.lines.back();
    lines_[length.lines[line.place]].place = line.place;
    length.lines.pop_back();
    std::vector<std::uint32_t>& siblings = templates_[line.slot].lines;
    siblings.erase(std::find(siblings.begin(), siblings.end(), number));
    line_of_.erase(line.hash);
    std::vector<std::uint32_t>().swap(line.words);
    free_lines_.push_back(number);
}

void TemplateMiner::forget_template(std::uint32_t slot) {
    Template& one = templates_[slot];
    const std::size_t words = one.varies.size();
    while (!one.lines.empty()) forget_line(one.lines.back());
    slots_of_.erase(one.id);
    unlink(slot);
    one = {};
    free_templates_.push_back(slot);
    Length& length = lengths_[words];
    if (length.lines.empty()) {
        length.tree.clear();
        length.settled = length.unsettled = 0;
    }
}

/// Forgets what was used least until all limits hold; never the template in `keep`.
void TemplateMiner::forget_beyond_limits(std::uint32_t keep) {
    while (oldest_ != keep &&
           (slots_of_.size() > limits_.templates_max || line_of_.size() > limits_.lines_max ||
            memory_bytes() > limits_.memory_bytes_max)) {
        forget_template(oldest_);
        ++forgotten_count_;
    }
}

/// Builds the tree of one length anew, and gives its templates their ids.
void TemplateMiner::rebuild(Length& length, std::size_t words) {
    std::vector<const std::vector<std::uint32_t>*> lines;
    std::vector<std::uint64_t> old_ids;
    for (const std::uint32_t number : length.lines) {
        lines.push_back(&lines_[number].words);
        old_ids.push_back(templates_[lines_[number].slot].id);
    }
    give_ids(old_ids, length, words, length.tree.build(lines, words_));
    length.settled = length.lines.size();
    length.unsettled = 0;
}

/// A leaf takes over the id that most of its lines had, the greatest claim first; ids that get
/// no leaf are forwarded to where most of their lines went.
void TemplateMiner::give_ids(const std::vector<std::uint64_t>& old_ids, Length& length,
                             std::size_t words, const std::vector<std::uint32_t>& leaf_of) {
    struct Claim {
        std::uint64_t id = 0;
        std::uint32_t leaf = 0;
        std::uint64_t lines = 0;
    };
    std::vector<Claim> claims;
    for (std::size_t i = 0; i < old_ids.size(); ++i) {
        claims.push_back({old_ids[i], leaf_of[i], lines_[length.lines[i]].count});
    }
    std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
        return std::tuple(a.id, a.leaf) < std::tuple(b.id, b.leaf);
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        if (kept > 0 && claims[kept - 1].id == claims[i].id &&
            claims[kept - 1].leaf == claims[i].leaf) {
            claims[kept - 1].lines += claims[i].lines;
        } else {
            claims[kept++] = claims[i];
        }
    }
    claims.resize(kept);
    std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
        return std::tuple(b.lines, a.id, a.leaf) < std::tuple(a.lines, b.id, b.leaf);
    });
    std::unordered_map<std::uint64_t, std::uint32_t> leaf_of_id;
    std::unordered_map<std::uint32_t, std::uint64_t> id_of_leaf;
    for (const Claim& claim : claims) {
        if (leaf_of_id.contains(claim.id) || id_of_leaf.contains(claim.leaf)) continue;
        leaf_of_id.emplace(claim.id, claim.leaf);
        id_of_leaf.emplace(claim.leaf, claim.id);
    }
    for (const Claim& claim : claims) {
        std::uint64_t& id = id_of_leaf[claim.leaf];
        if (id != 0) continue;
        id = next_id_++;
        (void)add_template(id, words);
    }
    std::unordered_map<std::uint64_t, std::uint64_t> counts;
    for (const Claim& claim : claims) counts[id_of_leaf[claim.leaf]] += claim.lines;
    for (const auto& [leaf, id] : id_of_leaf) length.tree.set_template(leaf, id);
    // Lines that are not kept any more were counted: they stay with the id.
    for (const Claim& claim : claims) {
        Template& one = templates_[slots_of_.at(claim.id)];
        const std::uint64_t to = id_of_leaf.at(claim.leaf);
        if (to == claim.id) continue;
        one.count -= std::min(one.count, claim.lines);
        templates_[slots_of_.at(to)].count += claim.lines;
    }
    for (const Claim& claim : claims) {
        const std::uint32_t slot = slots_of_.at(claim.id);
        templates_[slot].lines.clear();
        templates_[slots_of_.at(id_of_leaf.at(claim.leaf))].lines.clear();
    }
    for (std::size_t i = 0; i < length.lines.size(); ++i) {
        const std::uint32_t slot = slots_of_.at(id_of_leaf.at(leaf_of[i]));
        Template& one = templates_[slot];
        if (one.lines.empty()) one.varies.assign(words, 0);
        lines_[length.lines[i]].slot = slot;
        one.lines.push_back(length.lines[i]);
        mark_differences(one, lines_[length.lines[i]]);
    }
    for (const Claim& claim : claims) {  // the greatest claim first: forwards there
        const auto slot = slots_of_.find(claim.id);
        if (slot == slots_of_.end() || leaf_of_id.contains(claim.id)) continue;
        const std::uint64_t to = id_of_leaf.at(claim.leaf);
        templates_[slots_of_.at(to)].count += templates_[slot->second].count;
        forward(claim.id, to);
        forget_template(slot->second);
    }
}

void TemplateMiner::forward(std::uint64_t from, std::uint64_t to) {
    forwards_[from] = to;
    forward_order_.push_back(from);
    if (forward_order_.size() <= kForwardsMax) return;
    forwards_.erase(forward_order_.front());
    forward_order_.pop_front();
}

std::optional<std::uint64_t> TemplateMiner::resolve(std::uint64_t template_id) const {
    for (std::size_t hops = 0; hops <= forwards_.size(); ++hops) {
        if (slots_of_.contains(template_id)) return template_id;
        const auto next = forwards_.find(template_id);
        if (next == forwards_.end()) break;
        template_id = next->second;
    }
    return std::nullopt;
}

std::string TemplateMiner::text(std::uint64_t template_id) const {
    const auto slot = slots_of_.find(template_id);
    if (slot == slots_of_.end()) return {};
    const Template& one = templates_[slot->second];
    const Line& first = lines_[one.lines.front()];
    std::string out;
    for (std::size_t i = 0; i < first.words.size(); ++i) {
        const Word& word = words_[first.words[i]];
        const std::string_view shown =
            one.varies[i] == 0 ? word.text
                               : std::string_view(word.text).substr(0, word.traits.key_bytes);
        if (i > 0) out += ' ';
        for (const char c : shown) out += c == '*' ? std::string("<*>") : std::string(1, c);
        if (one.varies[i] != 0) out += "<*>";
    }
    return out;
}

std::uint64_t TemplateMiner::count(std::uint64_t template_id) const {
    const auto slot = slots_of_.find(template_id);
    return slot == slots_of_.end() ? 0 : templates_[slot->second].count;
}

std::vector<std::uint64_t> TemplateMiner::ids() const {
    std::vector<std::uint64_t> out;
    for (std::uint32_t at = oldest_; at != kNone; at = templates_[at].newer) {
        out.push_back(templates_[at].id);
    }
    return out;
}

void TemplateMiner::append(std::uint32_t slot) {
    templates_[slot].older = newest_;
    templates_[slot].newer = kNone;
    (newest_ == kNone ? oldest_ : templates_[newest_].newer) = slot;
    newest_ = slot;
}

void TemplateMiner::unlink(std::uint32_t slot) {
    const Template& one = templates_[slot];
    (one.older == kNone ? oldest_ : templates_[one.older].newer) = one.newer;
    (one.newer == kNone ? newest_ : templates_[one.newer].older) = one.older;
}

void TemplateMiner::touch(std::uint32_t slot) {
    if (slot == newest_) return;
    unlink(slot);
    append(slot);
}

std::size_t TemplateMiner::memory_bytes() const {
    // Trees have at most two nodes a line and some for lines forgotten since; counted by lines so
    // that asking is cheap.
    constexpr std::size_t kTreeBytesPerLine = 2 * (sizeof(SplitTree::Node) + 16);
    return sizeof(*this) + words_.memory_bytes() + lines_bytes_ +
           line_of_.size() * (sizeof(Line) + kTableNodeBytes + 8 + kTreeBytesPerLine) +
           slots_of_.size() * (sizeof(Template) + kTableNodeBytes + MaskedLine::kWordsMax) +
           forwards_.size() * (kTableNodeBytes + 8);
}

}  // namespace vedette::learn
