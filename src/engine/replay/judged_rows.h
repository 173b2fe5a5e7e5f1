// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "engine/replay/stored_row.h"
#include "engine/rules/event_texts.h"
#include "rule/sigma/compiled_matcher.h"
#include "rule/sigma/matcher.h"

namespace vedette::engine::replay {

/// Judges stored rows by one rule, in every way they may be read.
/// Threads: one at a time.
class RowJudge {
  public:
    enum class Verdict : std::uint8_t {
        miss,
        hit,
        open_miss,  ///< the readings disagree; the first is a miss
        open_hit,   ///< the same; the first is a hit
    };
    /// Is told of every row, in the order in which they were added. `row`: of `batch()`.
    using Sink = std::function<void(std::uint32_t row, Verdict verdict)>;

    /// `is_compiled`: judged by the compiled matcher, which costs less for rules with many values
    /// or expressions; else by the plain one, which a rule too large to be compiled has anyway.
    /// Lives: both outlive it.
    RowJudge(const rule::sigma::Rule& rule, const rule::sigma::LogSourceMap& sources,
             bool is_compiled);

    /// `is_open`: the columns do not tell whatever they hold.
    void add(const StoredRow& row, bool is_open);
    bool is_full() const;
    void judge(const Sink& sink);
    /// The first readings of the rows being judged.
    const event::Batch& batch() const { return batch_; }

    /// What the record says of a row that is open, read whole: decoded again, and taken if it gives
    /// what the store has. Nothing: it does not.
    std::optional<bool> decide(const StoredRow& row);

  private:
    event::FieldDictionary fields_;
    event::Batch batch_;
    rule::sigma::Matcher matcher_;
    std::optional<rule::sigma::CompiledMatcher> compiled_;
    struct Input {
        std::uint32_t first = 0, readings = 1;
        bool is_open = false;
    };
    std::vector<Input> inputs_;
    std::vector<rule::sigma::Matcher::Hit> hits_;
    std::size_t raw_bytes_ = 0;
    EventTexts texts_;
    rule::sigma::Matcher record_matcher_;
};

}  // namespace vedette::engine::replay
