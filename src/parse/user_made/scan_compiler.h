// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "parse/user_made/scan_program.h"

namespace vedette::parse::user_made {

/// Reads an expression in the part of RE2's syntax that a walk can do, and makes the steps. Gives
/// up on everything else, which is no error.
class ScanCompiler {
  public:
    explicit ScanCompiler(std::string_view pattern) : rest_(pattern) {}
    std::optional<ScanProgram> compile();

  private:
    using Class = ScanProgram::Class;
    static constexpr std::uint32_t kNoLimit = 0xFFFF'FFFF;

    /// A class with a repetition, or a group.
    struct Item {
        Class bytes;               ///< of a class
        std::vector<Item> inside;  ///< of a group
        bool is_group = false;
        int group = -1;  ///< number of a group that is captured
        std::uint32_t min = 1, max = 1;
        bool is_lazy = false;
    };
    /// What may come next, as far as one byte tells it.
    struct Follow {
        Class bytes;
        bool may_end_anywhere = false;  ///< the expression may be over here
    };

    std::optional<std::vector<Item>> sequence(int depth);
    std::optional<Item> item(int depth);
    bool repetition(Item& item);
    std::optional<Class> escape();
    std::optional<Class> bracket();
    bool number(std::uint32_t& out);

    static bool is_nullable(const Item& item);
    static void add_first(const Item& item, Class& bytes, bool& is_nullable);
    static Follow before(const std::vector<Item>& items, std::size_t from, const Follow& behind);

    bool emit(const std::vector<Item>& items, const Follow& behind);
    bool emit_class(const std::vector<Item>& items, std::size_t& at, const Follow& follow);
    bool emit_group(const Item& item, const Follow& follow);
    bool emit_find(const std::vector<Item>& items, std::size_t at);
    bool add(ScanProgram::Step step);
    std::uint32_t add_class(const Class& bytes);
    void add_literal(char c);

    std::string_view rest_;
    ScanProgram out_;
    int group_count_ = 0;
    bool is_literal_open_ = false;  // the last step is a literal that may grow
    bool has_end_ = false;
};

}  // namespace vedette::parse::user_made
