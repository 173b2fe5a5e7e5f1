// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "learn/primitive.h"
#include "learn/templates/masked_line.h"
#include "learn/templates/split_tree.h"
#include "learn/templates/word_table.h"

namespace vedette::learn {

struct TemplateLimits {
    std::size_t templates_max = 8'192;
    std::size_t lines_max = 16'384;           ///< different masked lines kept
    std::size_t lines_per_template_max = 64;  ///< of them, of one template
    std::size_t memory_bytes_max = 8 << 20;
};

/// Finds the templates ("Accepted password for <*> from <*>") of a stream of log lines of a system
/// that nobody described. One miner for one source.
///
/// How: a line is masked (masked_line.h). If its masked line is known, so is its template: one
/// look-up. Else it goes down the split tree of its length (split_tree.h) to a template that takes
/// it in, or becomes one. As masked lines come, a tree is built anew when it has grown by a
/// quarter, so that a decision taken on the first lines is taken again on better grounds: templates
/// split and merge. A template keeps its id as long as most of its lines stay together; an id that
/// went into another is forwarded by resolve().
///
/// Papers: P. He et al., "Drain", ICWS 2017 (tree, least recently used forgotten as in Drain3);
/// S. Yu et al., "Brain", IEEE TSC 2023 (words that few lines share are values).
/// Cost: about 0.3 to 0.8 us a line of 100 bytes that is known, some us one that is not. It
/// allocates for new lines only. Bounded: what was used least goes when a limit is reached.
/// Error: grouping accuracy is measured by `vedette-bench loghub2k`. Two texts that differ in one
/// word of many are one template once more than SplitTree::kFewWords such words were seen; a value
/// of several words is known only in quotes. Lines whose 64-bit hashes collide are one line.
/// Not for: text that people write (mails, comments), where every line is another; structured
/// records, whose fields are known already.
class TemplateMiner {
  public:
    static constexpr std::string_view kKind = "template_miner";
    static constexpr std::uint8_t kVersion = 1;

    struct Learned {
        std::uint64_t template_id = 0;
        bool is_new = false;      ///< the template was made for this line
        std::uint64_t count = 0;  ///< lines of the template so far, this one included
    };

    explicit TemplateMiner(TemplateLimits limits = {});

    Learned learn(std::string_view line);
    /// The template of a line, without learning; none if it would be a new one.
    std::optional<std::uint64_t> match(std::string_view line) const;
    /// Builds all trees anew now. For a batch, before its lines are matched.
    void settle();

    /// Where a template's lines are now; none if it was forgotten.
    std::optional<std::uint64_t> resolve(std::uint64_t template_id) const;
    /// "<*>" where its lines differ or were masked. Empty for an id that is not known.
    std::string text(std::uint64_t template_id) const;
    std::uint64_t count(std::uint64_t template_id) const;
    /// Ids, the least recently used first.
    std::vector<std::uint64_t> ids() const;
    std::size_t template_count() const { return slots_of_.size(); }
    std::uint64_t line_count() const { return line_count_; }
    std::uint64_t forgotten_count() const { return forgotten_count_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const;
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::uint32_t kNone = ~0u;
    static constexpr std::size_t kForwardsMax = 8'192;

    /// A masked line.
    struct Line {
        std::uint64_t hash = 0;
        std::vector<std::uint32_t> words;
        std::uint64_t count = 0;
        std::uint32_t slot = kNone;  ///< of its template
        std::uint32_t place = 0;     ///< within its length's list
    };
    struct Template {
        std::uint64_t id = 0;
        std::uint64_t count = 0;
        std::vector<std::uint32_t> lines;  ///< oldest first
        std::vector<std::uint8_t> varies;  ///< per place
        std::uint32_t older = kNone, newer = kNone;
    };
    /// All masked lines of one number of words.
    struct Length {
        SplitTree tree;
        std::vector<std::uint32_t> lines;
        std::size_t settled = 0;    ///< lines when the tree was built
        std::size_t unsettled = 0;  ///< lines added since
    };

    std::uint32_t add_template(std::uint64_t id, std::size_t length);
    void forget_template(std::uint32_t slot);
    void forget_beyond_limits(std::uint32_t keep);
    void add_line(std::uint32_t slot);
    void forget_line(std::uint32_t line);
    bool takes_in(const Template& one) const;
    void mark_differences(Template& one, const Line& line) const;
    void rebuild(Length& length, std::size_t words);
    void give_ids(const std::vector<std::uint64_t>& old_ids, Length& length, std::size_t words,
                  const std::vector<std::uint32_t>& leaf_of);
    void forward(std::uint64_t from, std::uint64_t to);
    std::uint32_t slot_of_leaf(Length& length, bool& is_new);
    void touch(std::uint32_t slot);
    void unlink(std::uint32_t slot);
    void append(std::uint32_t slot);
    void clear();
    bool restore_lines(StateReader& in);
    bool restore_templates(StateReader& in);
    bool restore_rest(StateReader& in);

    TemplateLimits limits_;
    mutable MaskedLine masked_;
    WordTable words_;
    std::vector<Line> lines_;
    std::vector<std::uint32_t> free_lines_;
    std::unordered_map<std::uint64_t, std::uint32_t> line_of_;
    std::vector<Template> templates_;
    std::vector<std::uint32_t> free_templates_;
    std::unordered_map<std::uint64_t, std::uint32_t> slots_of_;  // by id
    std::array<Length, MaskedLine::kWordsMax + 1> lengths_;
    std::unordered_map<std::uint64_t, std::uint64_t> forwards_;
    std::deque<std::uint64_t> forward_order_;
    std::uint32_t oldest_ = kNone, newest_ = kNone;
    std::uint64_t next_id_ = 1, line_count_ = 0, forgotten_count_ = 0;
    std::size_t lines_bytes_ = 0;
};

}  // namespace vedette::learn
