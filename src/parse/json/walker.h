// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/batch.h"
#include "parse/json/limits.h"
#include "parse/json/path_tree.h"

namespace vedette::parse::json {

/// Walks the tokens of a StructureIndex, checks RFC 8259's grammar and, when it emits, puts every
/// value under its dotted path into the last row of a batch. What key comes next is guessed from
/// what followed last time and checked by comparing bytes; only a wrong guess costs a look-up.
/// Threads: one at a time.
class Walker {
  public:
    Walker(PathTree& paths, event::FieldDictionary& fields) : paths_(paths), fields_(fields) {}

    /// Where to walk: `text` with PaddingBytes readable behind it, tokens as StructureIndex has
    /// them, the last one followed by positions where no token can begin. Values at or behind `end`
    /// are not the record's.
    void start(const char* text, const std::uint32_t* token, std::uint32_t end) {
        text_ = text;
        at_ = token;
        end_ = end;
    }
    /// Where values go from now on. The flags and the counts of values begin anew.
    void start_row(event::Batch& batch, event::FieldBudget& budget) {
        batch_ = &batch;
        budget_ = &budget;
        value_count_ = 0;
        flags_ = 0;
    }
    void start_record(std::size_t record_bytes) {
        name_bytes_left_ = record_bytes * kOverflowNameGrowthMax + kOverflowNameBytesFree;
    }

    /// The token in hand.
    const std::uint32_t* at() const { return at_; }
    char character() const { return text_[*at_]; }
    void go_to(const std::uint32_t* token) { at_ = token; }

    /// Reads one value with the token in hand and goes behind it. False if it is not JSON; then
    /// some values may have been put into the row. `depth` is that of the container around it.
    template <bool kEmit>
    bool value(PathNode& node, std::size_t depth);

    /// RowFlags for the row since start_row().
    std::uint16_t flags() const { return flags_; }

  private:
    template <bool kEmit>
    bool object(PathNode& node, std::size_t depth);
    template <bool kEmit>
    bool list(PathNode& node, std::size_t depth);
    template <bool kEmit>
    bool string(PathNode& node);
    template <bool kEmit>
    bool number(PathNode& node);
    template <bool kEmit>
    bool word(PathNode& node, std::string_view word, event::ValueKind kind);

    PathNode* child(PathNode& parent, PathNode** guess, const char* key, std::uint32_t size);
    bool is_blank(std::uint32_t begin, std::uint32_t end) const;
    bool may_add();
    bool has_column(PathNode& node);
    void add(PathNode& node, std::string_view text, event::ValueKind kind);
    void add_overflow(PathNode& node, std::string_view text, event::ValueKind kind);
    bool add_escaped_overflow(PathNode& node, const char* from, std::uint32_t size);

    PathTree& paths_;
    event::FieldDictionary& fields_;
    const char* text_ = nullptr;
    const std::uint32_t* at_ = nullptr;
    std::uint32_t end_ = 0;
    std::uint16_t flags_ = 0;
    event::Batch* batch_ = nullptr;
    event::FieldBudget* budget_ = nullptr;
    std::size_t value_count_ = 0;
    std::size_t name_bytes_left_ = 0;
    std::uint64_t object_number_ = 0;  // of all objects ever, so that a node knows its last one
    std::string scratch_;
};

}  // namespace vedette::parse::json
