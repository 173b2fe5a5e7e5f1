// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "base/hash.h"
#include "enrich/registry.h"

namespace vedette::enrich {

namespace lookup {

using event::Batch;
using event::Cell;
using event::FieldId;
using event::LookupList;
using event::ValueKind;

/// A value for a row, to be added when all are known.
struct Addition {
    std::uint32_t row;
    std::string_view text;  // lives in the list
};

/// One field that is added to.
struct Target {
    FieldId field;
    std::vector<Addition> additions;
};

/// What was found for values of this batch. Values repeat, and a large list answers out of memory
/// that is in no cache, one of networks after a try of each prefix length.
class Memo {
  public:
    void begin_batch() { ++batch_; }

    template <typename Find>
    std::optional<LookupList::Row> get(std::string_view value, const Find& find) {
        Slot& slot = slots_[base::hash64(value) % kSlots];
        if (slot.batch != batch_ || slot.value != value) slot = {batch_, value, find()};
        return slot.found;
    }

  private:
    static constexpr std::size_t kSlots = 512;
    struct Slot {
        std::uint64_t batch = 0;
        std::string_view value{};  // lives in the batch
        std::optional<LookupList::Row> found{};
    };
    std::vector<Slot> slots_ = std::vector<Slot>(kSlots);
    std::uint64_t batch_ = 0;
};

/// A list and one of the fields whose values are looked up in it.
struct Use {
    FieldId field;
    std::shared_ptr<const LookupList> list;
    std::size_t lists_target;            // into the targets
    std::vector<std::size_t> targets{};  // by added column
};

/// Gathers what all lists have for all rows, then adds it field by field.
class LookupEnricher final : public Enricher {
  public:
    LookupEnricher(const event::LookupSet& lists, event::FieldDictionary& fields) {
        for (const auto& list : lists.lists()) {
            for (const event::Placed& field : list->definition().fields)
                add_use(list, field, fields);
        }
    }

    bool is_idle() const { return uses_.empty(); }

  private:
    void add_use(const std::shared_ptr<const LookupList>& list, const event::Placed& looked_up,
                 event::FieldDictionary& fields) {
        const auto field = fields.intern(looked_up.text);
        const auto names =
            target_of(event::field_beside(looked_up.text, event::kListsField), fields);
        if (!field || !names) return;
        Use use{*field, list, *names};
        for (const event::AddedColumn& column : list->definition().added) {
            const auto target =
                target_of(column.is_relative ? event::field_beside(looked_up.text, column.field)
                                             : column.field,
                          fields);
            use.targets.push_back(target.value_or(kNoTarget));
        }
        uses_.push_back(std::move(use));
    }

    std::optional<std::size_t> target_of(const std::string& name, event::FieldDictionary& fields) {
        const auto field = fields.intern(name);
        if (!field) return std::nullopt;
        for (std::size_t i = 0; i < targets_.size(); ++i) {
            if (targets_[i].field == *field) return i;
        }
        targets_.push_back({*field, {}});
        return targets_.size() - 1;
    }

    void do_enrich(Batch& batch) override {
        for (Target& target : targets_) target.additions.clear();
        for (const Use& use : uses_) look_up(use, batch);
        for (Target& target : targets_) {
            if (!target.additions.empty()) add(target, batch);
        }
    }

    void look_up(const Use& use, const Batch& batch) {
        const event::Column* const column = batch.column(use.field);
        if (column == nullptr) return;
        const LookupList& list = *use.list;
        memo_.begin_batch();  // of this list alone
        for (const Cell& cell : column->cells) {
            const bool is_value = cell.kind != ValueKind::null &&
                                  cell.kind != ValueKind::empty_list &&
                                  cell.kind != ValueKind::empty_object;
            if (!is_value) continue;
            const std::string_view value = batch.text(cell);
            const auto find = [&] { return list.find(value, batch.rows()[cell.row].time); };
            const auto found = list.is_timed() ? find() : memo_.get(value, find);
            if (found) take(use, *found, cell.row);
        }
    }

    void take(const Use& use, LookupList::Row found, std::uint32_t row) {
        targets_[use.lists_target].additions.push_back({row, use.list->name()});
        for (std::size_t i = 0; i < use.targets.size(); ++i) {
            const std::string_view text = use.list->added(found, i);
            if (text.empty() || use.targets[i] == kNoTarget) continue;
            targets_[use.targets[i]].additions.push_back({row, text});
        }
    }

    /// Without those that the row has already, from its record or a list before.
    void add(Target& target, Batch& batch) {
        auto& additions = target.additions;
        std::stable_sort(additions.begin(), additions.end(),
                         [](const Addition& a, const Addition& b) { return a.row < b.row; });
        std::size_t kept = 0, begin_of_row = 0;
        for (std::size_t i = 0; i < additions.size(); ++i) {
            const Addition& one = additions[i];
            if (kept == 0 || additions[kept - 1].row != one.row) begin_of_row = kept;
            const auto is_same = [&](const Addition& other) { return other.text == one.text; };
            bool is_there =
                std::any_of(additions.begin() + static_cast<std::ptrdiff_t>(begin_of_row),
                            additions.begin() + static_cast<std::ptrdiff_t>(kept), is_same);
            for (const Cell& cell : batch.cells(target.field, one.row)) {
                is_there = is_there || batch.text(cell) == one.text;
            }
            if (!is_there) additions[kept++] = one;
        }
        additions.resize(kept);
        for (const Addition& one : additions) batch.add_at(target.field, one.row, one.text);
    }

    static constexpr std::size_t kNoTarget = ~std::size_t{0};
    std::vector<Use> uses_;
    std::vector<Target> targets_;
    Memo memo_;
};

}  // namespace lookup

void register_lookup(Registry& registry) {
    registry.add({"lookup",
                  [](const EnrichmentData& data,
                     event::FieldDictionary& fields) -> std::unique_ptr<Enricher> {
                      auto made = std::make_unique<lookup::LookupEnricher>(*data.lists, fields);
                      return made->is_idle() ? nullptr : std::move(made);
                  }});
}

}  // namespace vedette::enrich
