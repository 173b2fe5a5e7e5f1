// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/compiled_matcher.h"

#include <algorithm>

#include "base/counters.h"
#include "rule/sigma/bound_match.h"
#include "rule/sigma/event_answers.h"
#include "rule/sigma/fold.h"

namespace vedette::rule::sigma {

namespace {

constexpr std::uint32_t kEnd = 0xFFFF'FFFF;
/// One row in so many is few.
constexpr std::size_t kFewRows = 32;
/// Rows of one log source that lie no further apart than this, or than one in so many of the batch,
/// are searched as one stretch: a search of its own costs more than the text between them.
constexpr std::uint32_t kRowsPerSpan = 16;

}  // namespace

/// What is true of the rows of a batch: of each row a chain of links to lists of predicates, which
/// rows with the same value share.
class RowTruths {
  public:
    void clear(std::size_t rows) {
        heads_.assign(rows, kEnd);
        links_.clear();
    }
    void add(std::uint32_t row, std::uint32_t begin, std::uint32_t end) {
        links_.push_back({heads_[row], begin, end});
        heads_[row] = static_cast<std::uint32_t>(links_.size() - 1);
    }
    /// Calls back with every predicate of a row.
    template <typename Callback>
    void for_each(std::uint32_t row, const std::vector<PredicateId>& lists,
                  const Callback& callback) const {
        for (std::uint32_t at = heads_[row]; at != kEnd; at = links_[at].next) {
            for (std::uint32_t i = links_[at].begin; i < links_[at].end; ++i) callback(lists[i]);
        }
    }
    std::size_t memory_bytes() const {
        return heads_.capacity() * 4 + links_.capacity() * sizeof(Link);
    }

  private:
    struct Link {
        std::uint32_t next, begin, end;
    };
    std::vector<std::uint32_t> heads_;  // by row
    std::vector<Link> links_;
};

struct CompiledMatcher::Impl {
    explicit Impl(std::shared_ptr<const Program> made)
        : program(std::move(made)),
          table(program->table()),
          states(program->sources(), table.size()),
          answers(program->table()),
          view(table),
          extra_truths(program->alias_set_count()) {
        for (Slot slot = 0; slot < program->table().size(); ++slot) {
            if (program->tests_of(slot) != nullptr) program->tests_of(slot)->fit(scratch);
        }
        for (const auto& keywords : program->keywords()) keywords->fit(scratch);
        marks.fit(program->predicate_count(), program->graph().node_count());
        tried.assign(program->rules().size(), 0);
    }

    // Values to predicates.

    /// One value of a row.
    struct RowValue {
        std::uint32_t row, value;
    };

    void begin_values(std::size_t count_max) {
        values.clear(count_max);
        row_values.clear();
    }
    void add_value(std::uint32_t row, std::string_view text) {
        // Runs of one value are what many columns are made of.
        const bool is_as_before = !row_values.empty() && values.raw(last_value) == text;
        if (!is_as_before) last_value = values.add(text);
        row_values.push_back({row, last_value});
    }

    /// Asks the tests of the values gathered and deals what is true to their rows.
    void judge_values(const FieldTests& tests, RowTruths& rows, bool tells_sources) {
        if (row_values.empty()) return;
        truths.clear();
        tests.find(values, scratch, truths);
        if (truths.empty()) return;
        if (program->has_groups()) add_groups();
        const auto base = static_cast<std::uint32_t>(lists.size());
        begins.assign(values.size() + 1, 0);
        for (const Truth& truth : truths) ++begins[truth.value + 1];
        for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
        lists.resize(base + truths.size());
        for (const Truth& truth : truths) lists[base + begins[truth.value]++] = truth.predicate;
        // Filling moved each begin to its end, which is where the next one begins.
        const auto begin_of = [&](std::uint32_t value) {
            return value == 0 ? 0 : begins[value - 1];
        };
        for (const auto& [row, value] : row_values) {
            if (begin_of(value) == begins[value]) continue;
            rows.add(row, base + begin_of(value), base + begins[value]);
        }
        if (tells_sources) step_states(base);
    }

    void add_groups() {
        const std::size_t count = truths.size();
        for (std::size_t i = 0; i < count; ++i) {
            const Truth truth = truths[i];
            for (const PredicateId group : program->groups_of(truth.predicate)) {
                truths.push_back({truth.value, group});
            }
        }
    }

    /// What the values of a field say about the log sources of their rows.
    void step_states(std::uint32_t base) {
        sets.assign(values.size(), 0);
        for (std::uint32_t value = 0; value < values.size(); ++value) {
            needs.clear();
            for (std::uint32_t i = value == 0 ? 0 : begins[value - 1]; i < begins[value]; ++i) {
                const PredicateId predicate = lists[base + i];
                if (program->tells_sources_by(predicate)) needs.push_back(predicate);
            }
            std::sort(needs.begin(), needs.end());
            needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
            sets[value] = states.set_of(needs);
        }
        for (const auto& [row, value] : row_values) {
            row_states[row] = states.next(row_states[row], sets[value]);
        }
    }

    // Columns.

    /// Judges a field's values of the rows for which `is_wanted(row)`.
    template <typename IsWanted>
    void judge_field(Slot from, const FieldTests& tests, RowTruths& rows, bool tells_sources,
                     const IsWanted& is_wanted) {
        const event::FieldId field = program->table().field_of(from);
        const event::Column* column = field == event::kNoField ? nullptr : batch->column(field);
        begin_values((column == nullptr ? 0 : column->cells.size()) + overflow.size());
        if (column != nullptr) {
            for (const event::Cell& cell : column->cells) {
                if (!has_text(cell.kind) || !is_wanted(cell.row)) continue;
                add_value(cell.row, batch->text(cell));
            }
        }
        for (const OverflowValue& value : overflow) {
            if (value.slot != from || !has_text(value.kind) || !is_wanted(value.row)) continue;
            add_value(value.row, value.text);
        }
        judge_values(tests, rows, tells_sources);
    }

    struct OverflowValue {
        Slot slot;
        std::uint32_t row;
        event::ValueKind kind;
        std::string_view text;
    };

    /// Values that lie in the overflow map under a name that a rule asks for.
    void read_overflow() {
        overflow.clear();
        const event::Column& names = batch->overflow_names();
        const event::Column& texts = batch->overflow_values();
        for (std::size_t i = 0; i < names.cells.size(); ++i) {
            const auto slot = program->table().find(batch->overflow_text(names, names.cells[i]));
            if (!slot) continue;
            overflow.push_back({*slot, names.cells[i].row, texts.cells[i].kind,
                                batch->overflow_text(texts, texts.cells[i])});
        }
    }

    /// The slots that have values in this batch and tests.
    void find_slots() {
        slots.clear();
        const auto add = [&](Slot slot) {
            if (slot != kNoSlot && program->tests_of(slot) != nullptr) slots.push_back(slot);
        };
        for (const event::Column& column : batch->columns()) {
            add(program->table().slot_of(column.field));
        }
        for (const OverflowValue& value : overflow) add(value.slot);
        std::sort(slots.begin(), slots.end());
        slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
    }

    void find_fits() {
        row_states.clear();
        std::vector<std::uint32_t> firsts;
        for (const std::string& dataset : batch->datasets()) {
            firsts.push_back(states.first(fold(dataset)));
        }
        const std::uint32_t none = states.first({});
        for (const event::Row& row : batch->rows()) {
            row_states.push_back(row.dataset < firsts.size() ? firsts[row.dataset] : none);
        }
        for (const Slot slot : slots) {
            if (!program->tells_sources(slot)) continue;
            judge_field(slot, *program->tests_of(slot), row_truths, true,
                        [](std::uint32_t) { return true; });
        }
        fits.clear();
        for (const std::uint32_t state : row_states) fits.push_back(&states.fit(state));
        used_states = row_states;
        std::sort(used_states.begin(), used_states.end());
        used_states.erase(std::unique(used_states.begin(), used_states.end()), used_states.end());
    }

    /// Whether rows want a field's values, by the state of the row, of which a batch has few.
    /// False if none does.
    bool find_wants(Slot slot) {
        state_wants.assign(used_states.back() + 1, false);
        bool is_wanted = false;
        for (const std::uint32_t state : used_states) {
            state_wants[state] = states.fit(state).wants[slot];
            is_wanted |= state_wants[state] != 0;
        }
        return is_wanted;
    }

    void judge_keywords() {
        const auto& keywords = program->keywords();
        count_keyword_rows();
        // Where many rows want them, the columns are searched as they lie; the values of few rows
        // are gathered.
        many_wanted.clear();
        bool are_few_wanted = false;
        for (std::uint32_t number = 0; number < keywords.size(); ++number) {
            if (keyword_rows[number] == 0) continue;
            if (are_few(number)) {
                are_few_wanted = true;
            } else {
                many_wanted.push_back(number);
            }
        }
        if (!many_wanted.empty()) search_columns();
        if (are_few_wanted) judge_few_rows();
    }

    bool are_few(std::uint32_t number) const {
        return std::size_t{keyword_rows[number]} * kFewRows < batch->row_count();
    }

    /// Of each log source's keywords the rows that want them: how many, and where they lie.
    void count_keyword_rows() {
        const std::uint32_t gap_max = std::max<std::uint32_t>(
            kRowsPerSpan, static_cast<std::uint32_t>(batch->row_count()) / kRowsPerSpan);
        keyword_rows.assign(program->keywords().size(), 0);
        keyword_spans.resize(program->keywords().size());
        for (auto& spans : keyword_spans) spans.clear();
        for (std::uint32_t row = 0; row < batch->row_count(); ++row) {
            for (const std::uint32_t number : fits[row]->keywords) {
                ++keyword_rows[number];
                std::vector<RowSpan>& spans = keyword_spans[number];
                if (spans.empty() || row - spans.back().end > gap_max) {
                    spans.push_back({row, row + 1});
                } else {
                    spans.back().end = row + 1;
                }
            }
        }
    }

    void search_columns() {
        for (std::uint32_t slot = 0; slot < batch->columns().size(); ++slot) {
            const event::Column& batch_column = batch->columns()[slot];
            if (batch_column.text.empty()) continue;
            KeywordColumn column(batch_column, slot);
            const bool may_be_ours =
                is_label(batch_column.field, batch->fields().name(batch_column.field));
            for (const std::uint32_t number : many_wanted) {
                const KeywordTests& keywords = *program->keywords()[number];
                begin_values(batch_column.cells.size());
                const auto is_wanted = [&](std::uint32_t row) {
                    return fits[row]->wants_keywords(number);
                };
                const auto want = [&](const event::Cell& cell) {
                    if (is_keyword_value(cell, may_be_ours)) {
                        add_value(cell.row, batch->text(cell));
                    }
                };
                keywords.candidates(column, keyword_spans[number], scratch, is_wanted, want);
                judge_values(keywords.tests(), row_truths, false);
            }
        }
        for (const std::uint32_t number : many_wanted) {
            judge_overflow_keywords(number, *program->keywords()[number]);
        }
    }

    bool is_keyword_value(const event::Cell& cell, bool may_be_ours) const {
        if (!has_text(cell.kind)) return false;
        return !may_be_ours ||
               batch->rows()[cell.row].raw.find(batch->text(cell)) != std::string_view::npos;
    }

    void judge_overflow_keywords(std::uint32_t number, const KeywordTests& keywords) {
        const event::Column& texts = batch->overflow_values();
        if (texts.cells.empty()) return;
        begin_values(texts.cells.size());
        for (const event::Cell& cell : texts.cells) {
            if (!has_text(cell.kind) || !fits[cell.row]->wants_keywords(number)) continue;
            add_value(cell.row, batch->overflow_text(texts, cell));
        }
        judge_values(keywords.tests(), row_truths, false);
    }

    void judge_few_rows() {
        const auto is_few = [&](std::uint32_t number) { return are_few(number); };
        few_rows.assign(batch->row_count(), false);
        for (std::uint32_t row = 0; row < batch->row_count(); ++row) {
            const auto& wanted = fits[row]->keywords;
            few_rows[row] = std::any_of(wanted.begin(), wanted.end(), is_few);
        }
        few_cells.clear();
        for (std::uint32_t slot = 0; slot < batch->columns().size(); ++slot) {
            const event::Column& column = batch->columns()[slot];
            const bool may_be_ours = is_label(column.field, batch->fields().name(column.field));
            for (const event::Cell& cell : column.cells) {
                if (!few_rows[cell.row] || cell.slot != slot) continue;
                if (is_keyword_value(cell, may_be_ours)) few_cells.push_back(&cell);
            }
        }
        for (std::uint32_t number = 0; number < program->keywords().size(); ++number) {
            if (keyword_rows[number] == 0 || !are_few(number)) continue;
            const KeywordTests& keywords = *program->keywords()[number];
            begin_values(few_cells.size());
            for (const event::Cell* cell : few_cells) {
                if (!fits[cell->row]->wants_keywords(number)) continue;
                add_value(cell->row, batch->text(*cell));
            }
            judge_values(keywords.tests(), row_truths, false);
            judge_overflow_keywords(number, keywords);
        }
    }

    // Aliases.

    /// For the rows that are tried with aliases: the values of an alias stand for those of a field
    /// that a row does not have.
    void judge_aliases() {
        for (std::uint32_t set = 1; set < program->alias_set_count(); ++set) {
            bool is_used = false;
            states.for_each_fit([&](const Fit& fit) { is_used |= fit.has_pass(set); });
            if (!is_used) continue;
            extra_truths[set].clear(batch->row_count());
            for (const auto& [from, to] : program->aliases(set)) {
                const FieldTests* tests = program->tests_of(from);
                if (tests == nullptr) continue;
                find_owners(from);
                judge_field(to, *tests, extra_truths[set], false, [&](std::uint32_t row) {
                    return !owners[row] && fits[row]->wants[from] && fits[row]->has_pass(set);
                });
            }
        }
    }

    /// The rows that have a field, be it null.
    void find_owners(Slot slot) {
        owners.assign(batch->row_count(), false);
        const event::FieldId field = program->table().field_of(slot);
        const event::Column* column = field == event::kNoField ? nullptr : batch->column(field);
        if (column != nullptr) {
            for (const event::Cell& cell : column->cells) owners[cell.row] = true;
        }
        for (const OverflowValue& value : overflow) {
            if (value.slot == slot) owners[value.row] = true;
        }
    }

    // Rows.

    void match(const event::Batch& next, std::vector<Hit>& hits) {
        batch = &next;
        lists.clear();
        row_truths.clear(batch->row_count());
        states.clear();
        const std::uint64_t begin_ns = now_ns();
        read_overflow();
        find_slots();
        find_fits();
        const std::uint64_t sources_ns = now_ns();
        for (const Slot slot : slots) {
            if (program->tells_sources(slot) || !find_wants(slot)) continue;
            judge_field(slot, *program->tests_of(slot), row_truths, false,
                        [&](std::uint32_t row) { return state_wants[row_states[row]] != 0; });
        }
        const std::uint64_t columns_ns = now_ns();
        judge_keywords();
        const std::uint64_t keywords_ns = now_ns();
        judge_aliases();
        const std::uint64_t aliases_ns = now_ns();
        answers.bind(*batch);
        for (std::uint32_t row = 0; row < batch->row_count(); ++row) match_row(row, hits);
        if (stages == nullptr) return;
        stages->sources_ns += sources_ns - begin_ns;
        stages->columns_ns += columns_ns - sources_ns;
        stages->keywords_ns += keywords_ns - columns_ns;
        stages->aliases_ns += aliases_ns - keywords_ns;
        stages->conditions_ns += now_ns() - aliases_ns;
        stages->rows += batch->row_count();
        stages->truths += lists.size();
    }

    std::uint64_t now_ns() const { return stages == nullptr ? 0 : base::thread_cpu_ns(); }

    void match_row(std::uint32_t row, std::vector<Hit>& hits) {
        const Fit& fit = *fits[row];
        const auto first = static_cast<std::ptrdiff_t>(hits.size());
        for (const Fit::Pass& pass : fit.passes) match_pass(row, pass, hits);
        if (hits.end() - hits.begin() - first < 2) return;
        std::sort(hits.begin() + first, hits.end());
        const auto is_same = [](const Hit& a, const Hit& b) { return a.rule == b.rule; };
        hits.erase(std::unique(hits.begin() + first, hits.end(), is_same), hits.end());
    }

    void match_pass(std::uint32_t row, const Fit::Pass& pass, std::vector<Hit>& hits) {
        marks.next();
        if (++try_round == 0) {
            std::fill(tried.begin(), tried.end(), 0);
            try_round = 1;
        }
        answers.move_to(row, program->aliases(pass.alias_set));
        const auto for_each = [&](const auto& callback) {
            row_truths.for_each(row, lists, callback);
            if (pass.alias_set != 0) extra_truths[pass.alias_set].for_each(row, lists, callback);
        };
        for_each([&](PredicateId predicate) { marks.set(predicate); });
        for_each([&](PredicateId predicate) {
            for (const std::uint32_t rule : program->rules_of(predicate)) {
                const std::uint32_t way = pass.ways[program->source_of(rule)];
                if (way != kNoWay) try_rule(row, rule, way, hits);
            }
        });
        for (const std::uint32_t source : pass.sources) {
            for (const std::uint32_t rule : program->sources()[source].always) {
                try_rule(row, rule, pass.ways[source], hits);
            }
        }
    }

    void try_rule(std::uint32_t row, std::uint32_t rule, std::uint32_t way,
                  std::vector<Hit>& hits) {
        if (tried[rule] == try_round) return;
        tried[rule] = try_round;
        if (stages != nullptr) ++stages->rules_tried;
        if (program->graph().meets(program->condition_of(rule), marks, answers)) {
            hits.push_back({row, rule, way});
        }
    }

    std::shared_ptr<const Program> program;
    FieldTable table;  // a copy, because binding a rule looks names up as if they could be new
    FieldTests::Scratch scratch;
    ValueTable values;
    FitStates states;
    BatchAnswers answers;
    EventView view;  // of a hit that is explained
    ConditionGraph::Marks marks;
    std::vector<std::uint32_t> tried;  // by rule: the round it was looked at last
    std::uint32_t try_round = 0;
    MatchStages* stages = nullptr;

    const event::Batch* batch = nullptr;
    std::vector<OverflowValue> overflow;
    std::vector<Slot> slots;
    std::vector<RowValue> row_values;
    std::uint32_t last_value = 0;  // of row_values
    std::vector<Truth> truths;
    std::vector<std::uint32_t> begins, sets;
    std::vector<PredicateId> needs;
    std::vector<PredicateId> lists;  // that links point into
    RowTruths row_truths;
    std::vector<RowTruths> extra_truths;  // by set of aliases
    std::vector<std::uint32_t> row_states, used_states;
    std::vector<char> state_wants;  // by state
    std::vector<const Fit*> fits;   // by row
    std::vector<bool> owners;       // by row
    // By number of keyword tests: the rows that want them.
    std::vector<std::uint32_t> keyword_rows;
    std::vector<std::vector<RowSpan>> keyword_spans;
    std::vector<std::uint32_t> many_wanted;     // numbers
    std::vector<char> few_rows;                 // by row: wants some that few rows want
    std::vector<const event::Cell*> few_cells;  // of those rows
};

CompiledMatcher::CompiledMatcher(std::shared_ptr<const Program> program)
    : impl_(std::make_unique<Impl>(std::move(program))) {}
CompiledMatcher::~CompiledMatcher() = default;
CompiledMatcher::CompiledMatcher(CompiledMatcher&&) noexcept = default;

void CompiledMatcher::match(const event::Batch& batch, std::vector<Hit>& hits) {
    impl_->match(batch, hits);
}

std::vector<MatchedTest> CompiledMatcher::explain(const Hit& hit) {
    const Program& program = *impl_->program;
    const Rule& rule = program.rules()[hit.rule];
    const ProgramSource& source = program.sources()[program.source_of(hit.rule)];
    impl_->view.bind_row(*impl_->batch, hit.row);
    impl_->view.move_to(hit.row);
    impl_->view.use_aliases(&program.aliases(source.ways[hit.way].alias_set));
    return sigma::explain(rule, bind(rule, impl_->table), impl_->table, impl_->view);
}

void CompiledMatcher::measure(MatchStages* stages) { impl_->stages = stages; }

const std::vector<Rule>& CompiledMatcher::rules() const { return impl_->program->rules(); }

const Program& CompiledMatcher::program() const { return *impl_->program; }

const std::vector<std::pair<LogSource, std::size_t>>& CompiledMatcher::unplaced() const {
    return impl_->program->unplaced();
}

std::uint64_t CompiledMatcher::regex_gave_up_count() const {
    return impl_->program->gave_up_count();
}

std::size_t CompiledMatcher::memory_bytes() const {
    const Impl& impl = *impl_;
    std::size_t total =
        impl.program->memory_bytes() + impl.scratch.patterns.memory_bytes() +
        impl.scratch.asked.capacity() * 4 + impl.scratch.lines.capacity() +
        impl.values.memory_bytes() + impl.marks.memory_bytes() + impl.tried.capacity() * 4 +
        impl.lists.capacity() * 4 + impl.truths.capacity() * sizeof(Truth) +
        impl.row_values.capacity() * sizeof(Impl::RowValue) + impl.row_truths.memory_bytes();
    for (const RowTruths& truths : impl.extra_truths) total += truths.memory_bytes();
    return total;
}

}  // namespace vedette::rule::sigma
