// SPDX-License-Identifier: Apache-2.0
// What a template miner remembers, as bytes and back: limits, counters, the words once each in the
// order in which lines use them, the masked lines by length, the templates from the least recently
// used, the trees, the forwards. Hashes, marks of use and numbers of slots are made anew.

#include <algorithm>

#include "learn/templates/template_miner.h"

namespace vedette::learn {

void TemplateMiner::clear() {
    const TemplateLimits limits = limits_;
    *this = TemplateMiner(limits);
}

void TemplateMiner::save(StateWriter& out) const {
    out.varint(limits_.templates_max);
    out.varint(limits_.lines_max);
    out.varint(limits_.lines_per_template_max);
    out.varint(limits_.memory_bytes_max);
    out.varint(next_id_);
    out.varint(line_count_);
    out.varint(forgotten_count_);
    std::unordered_map<std::uint32_t, std::uint32_t> saved_words, saved_lines;
    std::vector<std::uint32_t> order;
    for (const Length& length : lengths_) {
        for (const std::uint32_t number : length.lines) {
            saved_lines.emplace(number, saved_lines.size());
            for (const std::uint32_t word : lines_[number].words) {
                if (saved_words.emplace(word, saved_words.size()).second) order.push_back(word);
            }
        }
    }
    out.varint(order.size());
    for (const std::uint32_t word : order) out.text(words_[word].text);
    for (const Length& length : lengths_) {
        out.varint(length.lines.size());
        out.varint(length.settled);
        out.varint(length.unsettled);
        for (const std::uint32_t number : length.lines) {
            out.varint(lines_[number].count);
            for (const std::uint32_t word : lines_[number].words) out.varint(saved_words.at(word));
        }
    }
    out.varint(slots_of_.size());
    for (std::uint32_t at = oldest_; at != kNone; at = templates_[at].newer) {
        const Template& one = templates_[at];
        out.varint(one.id);
        out.varint(one.count);
        out.varint(one.lines.size());
        for (const std::uint32_t number : one.lines) out.varint(saved_lines.at(number));
        for (const std::uint8_t varies : one.varies) out.integer(varies);
    }
    for (const Length& length : lengths_) length.tree.save(out);
    out.varint(forward_order_.size());
    for (const std::uint64_t from : forward_order_) {
        out.varint(from);
        out.varint(forwards_.at(from));
    }
}

base::Result<void> TemplateMiner::restore(StateReader& in) {
    clear();
    const bool is_same = in.varint() == limits_.templates_max && in.varint() == limits_.lines_max &&
                         in.varint() == limits_.lines_per_template_max &&
                         in.varint() == limits_.memory_bytes_max;
    if (!is_same) return not_ours(kKind, "its limits are others");
    if (!restore_lines(in) || !restore_templates(in) || !restore_rest(in)) {
        clear();
        return not_ours(kKind, "lines, templates and trees do not fit");
    }
    if (const auto sound = check_invariants(); !sound) {
        clear();
        return sound;
    }
    return {};
}

bool TemplateMiner::restore_lines(StateReader& in) {
    next_id_ = in.varint();
    line_count_ = in.varint();
    forgotten_count_ = in.varint();
    const std::uint64_t word_count = in.varint();
    if (next_id_ == 0 || !in.has_room_for(word_count, 2)) return false;
    std::vector<std::string_view> words;
    for (std::uint64_t i = 0; i < word_count; ++i) {
        words.push_back(in.text());
        if (words.back().empty() || words.back().size() > MaskedLine::kWordBytesMax) return false;
    }
    std::size_t words_in_use = 0;
    for (std::size_t size = 0; size < lengths_.size(); ++size) {
        Length& length = lengths_[size];
        const std::uint64_t count = in.varint();
        length.settled = in.varint();
        length.unsettled = in.varint();
        if (!in.has_room_for(count, size + 1) || (size == 0 && count > 1)) return false;
        for (std::uint64_t i = 0; i < count; ++i) {
            Line line;
            line.count = in.varint();
            line.place = static_cast<std::uint32_t>(i);
            std::string text;
            std::vector<std::uint32_t> ends;
            for (std::size_t j = 0; j < size; ++j) {
                const std::uint64_t word = in.varint();
                // Words come in the order of their first use, and none is there for nothing.
                if (!in.is_good() || word >= words.size() || word > words_in_use) return false;
                words_in_use += word == words_in_use ? 1 : 0;
                line.words.push_back(words_.use(words[word]));
                text += words[word];
                ends.push_back(static_cast<std::uint32_t>(text.size()));
            }
            line.hash = MaskedLine::hash_of(text, ends);
            const auto number = static_cast<std::uint32_t>(lines_.size());
            if (!line_of_.emplace(line.hash, number).second) return false;
            length.lines.push_back(number);
            lines_bytes_ += line.words.size() * sizeof(std::uint32_t);
            lines_.push_back(std::move(line));
        }
    }
    return words_in_use == words.size() && words_.size() == words.size() && in.is_good();
}

bool TemplateMiner::restore_templates(StateReader& in) {
    const std::uint64_t count = in.varint();
    if (!in.has_room_for(count, 4)) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t id = in.varint(), used = in.varint(), line_count = in.varint();
        const bool is_possible = id > 0 && id < next_id_ && !slots_of_.contains(id) &&
                                 line_count > 0 && in.has_room_for(line_count, 1);
        if (!is_possible) return false;
        const std::uint32_t slot = add_template(id, 0);
        Template& one = templates_[slot];
        one.count = used;
        for (std::uint64_t j = 0; j < line_count; ++j) {
            const std::uint64_t number = in.varint();
            if (number >= lines_.size() || lines_[number].slot != kNone) return false;
            lines_[number].slot = slot;
            one.lines.push_back(static_cast<std::uint32_t>(number));
        }
        const std::size_t words = lines_[one.lines.front()].words.size();
        for (std::size_t j = 0; j < words; ++j) one.varies.push_back(in.integer<std::uint8_t>());
    }
    return in.is_good();
}

bool TemplateMiner::restore_rest(StateReader& in) {
    for (std::size_t size = 0; size < lengths_.size(); ++size) {
        if (!lengths_[size].tree.restore(in, size)) return false;
    }
    const std::uint64_t count = in.varint();
    if (count > kForwardsMax || !in.has_room_for(count, 2)) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t from = in.varint(), to = in.varint();
        const bool is_possible =
            from < next_id_ && to < next_id_ && from != to && !slots_of_.contains(from);
        if (!is_possible || forwards_.contains(from)) return false;
        forward(from, to);
    }
    return in.is_good();
}

base::Result<void> TemplateMiner::check_invariants() const {
    std::size_t listed = 0, kept = 0;
    for (std::uint32_t at = oldest_; at != kNone; at = templates_[at].newer) {
        const Template& one = templates_[at];
        const auto slot = slots_of_.find(one.id);
        if (slot == slots_of_.end() || slot->second != at || ++listed > slots_of_.size()) {
            return not_ours(kKind, "the list of templates is broken");
        }
        if (one.lines.empty() ||
            one.lines.size() > limits_.lines_per_template_max + lines_.size()) {
            return not_ours(kKind, "a template without lines");
        }
        const Line& first = lines_[one.lines.front()];
        for (const std::uint32_t number : one.lines) {
            const Line& line = lines_[number];
            if (line.slot != at || line.words.size() != one.varies.size()) {
                return not_ours(kKind, "a line of another template");
            }
            for (std::size_t i = 0; i < line.words.size(); ++i) {
                if (one.varies[i] > 1 || (one.varies[i] == 0 && line.words[i] != first.words[i])) {
                    return not_ours(kKind, "a line that its template does not take in");
                }
            }
        }
        kept += one.lines.size();
    }
    std::size_t in_lengths = 0;
    for (std::size_t size = 0; size < lengths_.size(); ++size) {
        const Length& length = lengths_[size];
        in_lengths += length.lines.size();
        if (length.tree.is_empty() != length.lines.empty()) {
            return not_ours(kKind, "a tree without lines, or lines without a tree");
        }
        for (const std::uint64_t id : length.tree.template_ids()) {
            const auto slot = slots_of_.find(id);
            if (id >= next_id_ ||
                (slot != slots_of_.end() && templates_[slot->second].varies.size() != size)) {
                return not_ours(kKind, "a tree with a template of another length");
            }
        }
        for (std::size_t i = 0; i < length.lines.size(); ++i) {
            const Line& line = lines_[length.lines[i]];
            if (line.place != i || line.words.size() != size) {
                return not_ours(kKind, "a line in the wrong place");
            }
        }
    }
    if (listed != slots_of_.size() || kept != line_of_.size() || in_lengths != kept) {
        return not_ours(kKind, "its lists differ");
    }
    return {};
}

}  // namespace vedette::learn
