// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event/batch.h"

namespace vedette::rule::sigma {

/// Names a field that some rule or log source asks for; dense from 0.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = 0xFFFF'FFFF;

/// The fields that the rules of one matcher ask for, each with its slot and its id in the
/// dictionary.
class FieldTable {
  public:
    explicit FieldTable(event::FieldDictionary& fields) : fields_(&fields) {}

    /// The slot of a name, made on first use. A name that finds no place in the dictionary has no
    /// id and is looked for in the overflow map only, where its values then are.
    Slot intern(const std::string& name);
    std::optional<Slot> find(std::string_view name) const;
    Slot slot_of(event::FieldId field) const {
        return field < slots_by_field_.size() ? slots_by_field_[field] : kNoSlot;
    }
    const std::string& name(Slot slot) const { return names_[slot]; }
    /// event::kNoField for a name that found no place.
    event::FieldId field_of(Slot slot) const { return field_ids_[slot]; }
    std::size_t size() const { return names_.size(); }

  private:
    event::FieldDictionary* fields_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, Slot> slots_;
    std::vector<Slot> slots_by_field_;
    std::vector<event::FieldId> field_ids_;  // by slot
};

/// Null and empty containers have no text to compare.
inline bool has_text(event::ValueKind kind) {
    return kind != event::ValueKind::null && kind != event::ValueKind::empty_list &&
           kind != event::ValueKind::empty_object;
}

/// One value of the current event.
struct FieldValue {
    std::string_view text;
    event::ValueKind kind = event::ValueKind::text;
    std::string_view field;  ///< name of the field it stands in

    bool is_null() const { return kind == event::ValueKind::null; }
    bool has_text() const { return sigma::has_text(kind); }
    /// The text in lower case, made once.
    const std::string& folded();

    bool is_folded = false;
    std::string fold_buffer;
};

/// Field values in order, with buffers that stay from event to event.
class ValueList {
  public:
    void clear() { count_ = 0; }
    void add(std::string_view text, event::ValueKind kind, std::string_view field);
    std::span<FieldValue> values() { return {values_.data(), count_}; }

  private:
    std::vector<FieldValue> values_;
    std::size_t count_ = 0;
};

/// Fields in which decoders put words of their own: their values are the record's only if they
/// stand in it.
bool is_label(event::FieldId field, std::string_view name);

/// Whether `name` is of a field within the object `outer`.
bool is_below(std::string_view name, std::string_view outer);

/// The events of a batch one after the other, as the tests of rules see them: values by slot, each
/// lower-cased at most once. Binding a batch walks its cells once; moving to a row touches only the
/// fields the row has.
/// Lives: reads the batch until the next bind().   Threads: one.
class EventView {
  public:
    using Aliases = std::vector<std::pair<Slot, Slot>>;

    explicit EventView(const FieldTable& table) : table_(&table) {}

    void bind(const event::Batch& batch);
    /// The same for one row, the only one that may then be moved to. Cost: a look-up for each
    /// column, instead of a walk over all cells.
    void bind_row(const event::Batch& batch, std::uint32_t row);
    void move_to(std::uint32_t row);
    /// For a slot without values, those of its alias are given. nullptr: none.
    void use_aliases(const Aliases* aliases) { aliases_ = aliases; }

    std::span<FieldValue> values(Slot slot);
    /// Whether the event has the field at all: a value, null, an empty container, or fields below
    /// it.
    bool is_present(Slot slot);
    /// Every value the record came with, for keywords. Left out are linked cells, which are parts
    /// of others, and the words of ECS (event.category and the like) that a decoder added, told by
    /// not standing in the raw record. In the order of their fields' names.
    std::span<FieldValue> all_values();
    /// The row's data set in lower case.
    const std::string& folded_dataset() const { return folded_dataset_; }

  private:
    struct Range {
        std::uint32_t column, begin, end;
    };
    void begin_batch(const event::Batch& batch);
    void add_column_ranges(const event::Batch& batch, std::uint32_t column);
    bool has_field_below(std::string_view name) const;

    const FieldTable* table_;
    const event::Batch* batch_ = nullptr;
    const Aliases* aliases_ = nullptr;
    std::uint32_t row_ = 0;
    std::vector<std::vector<Range>> ranges_by_row_;
    std::vector<std::vector<std::uint32_t>> overflow_by_row_;
    std::vector<ValueList> lists_;  // by slot
    std::vector<Slot> filled_;
    ValueList all_;
    std::string folded_dataset_;
    bool has_all_ = false;
};

}  // namespace vedette::rule::sigma
