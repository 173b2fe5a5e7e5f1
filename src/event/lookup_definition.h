// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "event/yaml_reader.h"

namespace vedette::event {

/// How a value is held against the keys of a list.
enum class ListMatch : std::uint8_t {
    text,     ///< the whole value, in any case
    exact,    ///< the whole value, byte by byte
    network,  ///< an address in a network; the longest prefix wins
    domain,   ///< the name or one below it, in any case; the longest one wins
};
std::string_view name(ListMatch match);

/// A column that becomes a field of the rows that are found.
struct AddedColumn {
    Placed column;
    std::string field;
    /// Whether `field` stands below the entity of the field that was looked up: `department`
    /// becomes `user.department` for `user.name`.
    bool is_relative = true;
};

/// One entry that stands in the definition itself.
struct InlineRow {
    Place place;
    std::string key;  ///< where no columns are named
    std::vector<std::pair<std::string, std::string>> columns;
};

/// A look-up list as its author wrote it (docs/howto/look-up-lists.md), checked as far as it can be
/// without its file.
struct ListDefinition {
    Placed name;
    std::string title;
    ListMatch match = ListMatch::text;
    std::vector<Placed> fields;  ///< whose values are looked up in every row
    Placed file;                 ///< empty: inline entries alone
    std::vector<Placed> keys;    ///< columns; empty: a plain list of one value a line
    Placed since, after, until;  ///< columns with times; empty: none
    std::vector<AddedColumn> added;
    std::vector<InlineRow> rows;
};

/// `where` names it in messages.
/// Errors: bad_input with file:line:column and what was meant; limit.
base::Result<ListDefinition> read_list_definition(std::string_view where, std::string_view text);

/// Letters, digits and underscores, so that it can stand in `@name` and `%name%`.
bool is_list_name(std::string_view name);

/// The field that a list fills beside `field`: `user.name` and "lists" give `user.lists`.
std::string field_beside(std::string_view field, std::string_view name);

/// The field of a row that holds the names of the lists which have a value of the entity.
inline constexpr std::string_view kListsField = "lists";

}  // namespace vedette::event
