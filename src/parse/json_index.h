// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vedette::parse::json {

/// Where tokens begin in JSON text: brackets, colons, commas, the opening quotes of strings and the
/// first characters of numbers and words, in order; nothing inside strings. Made by simdjson's
/// first stage, which picks the processor's widest units at run time and also checks UTF-8, quotes
/// and control characters. The walk over it is ours, because a tree that is thrown away costs more.
/// Threads: one at a time.
class StructureIndex {
  public:
    /// Bytes that must be readable behind the text.
    static constexpr std::size_t kPaddingBytes = simdjson::SIMDJSON_PADDING;
    /// Room for texts of this size is kept; that of a much longer one is given back after it.
    static constexpr std::size_t kUsualBytes = 64u << 10;

    StructureIndex();

    /// Indexes `size` bytes at `text`. False if they are not UTF-8, a string is open at the end or
    /// holds a control character, or there is no token at all: then no position is to be used.
    bool build(const char* text, std::size_t size);

    /// Positions of the tokens; three more follow the last, all of them `size` or 0.
    const std::uint32_t* begin() const { return stage_->structural_indexes.get(); }
    /// Makes the three entries behind the last token point at `position`.
    void end_with(std::uint32_t position) {
        for (std::size_t i = 0; i < 3; ++i) stage_->structural_indexes[count() + i] = position;
    }
    std::size_t count() const { return stage_->n_structural_indexes; }

  private:
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage_;
};

}  // namespace vedette::parse::json
