// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/explained.h"

#include <algorithm>
#include <optional>

#include "base/json_text.h"
#include "rule/sigma/bound_rule.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"
#include "rule/sigma/modifiers.h"
#include "rule/sigma/nearness.h"

namespace vedette::rule::sigma {

namespace {

using Part = ExplainedPart;
using Kind = ExplainedPart::Kind;

/// Forms of one value whose nearness is asked: windash and base64offset make hundreds.
constexpr std::size_t kNearFormsMax = 16;

std::string shown(const FieldValue& value) {
    if (value.is_null()) return "null";
    if (value.kind == event::ValueKind::empty_list) return "[]";
    if (value.kind == event::ValueKind::empty_object) return "{}";
    return cut_text(value.text, kShownBytesMax);
}

std::string words(const std::vector<Wildcard>& patterns) {
    std::string out;
    for (const Wildcard& pattern : patterns) {
        out += (out.empty() ? "" : ", ") + pattern.written();
    }
    return cut_text(out, kShownBytesMax);
}

/// Of many parts those that tell most stay: of what is wanted (true or false) first.
void keep_telling(Part& part, bool is_true_wanted) {
    if (part.parts.size() <= kMatchedTestsMax) return;
    std::stable_sort(part.parts.begin(), part.parts.end(), [&](const Part& a, const Part& b) {
        const auto rank = [&](const Part& one) {
            return (one.is_true == is_true_wanted ? 0 : 2) + (one.near.empty() ? 1 : 0);
        };
        return rank(a) < rank(b);
    });
    part.left_out = part.parts.size() - kMatchedTestsMax;
    part.parts.resize(kMatchedTestsMax);
}

class Explainer {
  public:
    Explainer(const Rule& rule, const std::vector<LogSourceWay>& ways, const event::Batch& batch,
              std::uint32_t row)
        : rule_(rule), ways_(ways), batch_(batch), row_(row), table_(batch.fields()) {
        bound_ = bind(rule, table_);
        for (const LogSourceWay& way : ways) bound_ways_.push_back(bind(way, table_));
        event_.emplace(table_);
        event_->bind(batch);
        event_->move_to(row);
    }

    Part explain() {
        Part whole{Kind::rule};
        whole.text = rule_.title;
        whole.parts.push_back(log_source());
        // By each way that fits until the condition is true, as the matcher does.
        std::optional<Part> best;
        for (const std::size_t way : ways_to_try_) {
            event_->use_aliases(way < bound_ways_.size() ? &bound_ways_[way].aliases : nullptr);
            Part tried = conditions();
            if (!best || (tried.is_true && !best->is_true)) best = std::move(tried);
            if (best->is_true) break;
        }
        whole.is_true = whole.parts.front().is_true && best->is_true;
        whole.parts.push_back(std::move(*best));
        return whole;
    }

  private:
    /// Also decides by which ways the conditions are asked.
    Part log_source() {
        Part source{Kind::log_source};
        source.text = rule_.logsource.text();
        if (ways_.empty()) source.near = "no log-source file says which events these are";
        std::size_t nearest_way = 0, most = 0;
        for (std::size_t i = 0; i < ways_.size(); ++i) {
            Part way{Kind::way, true, "all of"};
            std::size_t met = 0;
            for (const BoundNeed& need : bound_ways_[i].needs) {
                way.parts.push_back(this->need(need, ways_[i].needs[way.parts.size()].field));
                way.is_true = way.is_true && way.parts.back().is_true;
                met += way.parts.back().is_true ? 1 : 0;
            }
            if (way.parts.empty()) way.text = "every event";
            if (way.is_true) ways_to_try_.push_back(i);
            if (met > most) nearest_way = i, most = met;
            source.is_true = source.is_true || way.is_true;
            source.parts.push_back(std::move(way));
        }
        if (ways_to_try_.empty()) ways_to_try_.push_back(nearest_way);
        keep_telling(source, true);
        return source;
    }

    Part need(const BoundNeed& need, const std::string& field) {
        Part part{Kind::need, false, "is one of " + words(need.any_of), field};
        const auto fits = [&](std::string_view folded) {
            return std::any_of(need.any_of.begin(), need.any_of.end(),
                               [&](const Wildcard& one) { return one.matches(folded); });
        };
        if (need.slot == kNoSlot) {
            part.is_true = fits(event_->folded_dataset());
            part.observed.push_back(event_->folded_dataset());
            return part;
        }
        event_->use_aliases(nullptr);
        for (FieldValue& value : event_->values(need.slot)) {
            part.is_true = part.is_true || (value.has_text() && fits(value.folded()));
            observe(part, value);
        }
        return part;
    }

    Part conditions() {
        if (rule_.conditions.size() == 1) return condition(bound_.conditions[0], 0, true);
        Part any{Kind::condition, false, "any of"};
        for (std::size_t i = 0; i < rule_.conditions.size(); ++i) {
            any.parts.push_back(condition(bound_.conditions[i], i, true));
            any.is_true = any.is_true || any.parts.back().is_true;
        }
        return any;
    }

    /// `is_whole`: its text is the rule's own writing.
    Part condition(const BoundCondition& bound, std::size_t index, bool is_whole) {
        if (bound.kind == Condition::Kind::selection && !is_whole) {
            return selection(bound.selections.front());
        }
        Part part{Kind::condition};
        for (const std::uint32_t one : bound.selections) part.parts.push_back(selection(one));
        for (const BoundCondition& inner : bound.parts) {
            part.parts.push_back(condition(inner, index, false));
        }
        const auto is_true = [](const Part& one) { return one.is_true; };
        const auto& parts = part.parts;
        switch (bound.kind) {
            case Condition::Kind::negation:
                part.text = "not";
                part.is_true = !parts.front().is_true;
                break;
            case Condition::Kind::both:
            case Condition::Kind::all_of:
                part.text = "all of";
                part.is_true = std::all_of(parts.begin(), parts.end(), is_true);
                break;
            case Condition::Kind::selection:
            case Condition::Kind::some_of:
            case Condition::Kind::either:
                part.text = "any of";
                part.is_true = std::any_of(parts.begin(), parts.end(), is_true);
        }
        if (is_whole) part.text = cut_text(rule_.condition_texts[index], kShownBytesMax);
        return part;
    }

    Part selection(std::uint32_t index) {
        const BoundSelection& blocks = bound_.selections[index];
        Part part{Kind::selection, false, rule_.selections[index].name};
        for (const Block& block : blocks) {
            Part map{Kind::map, true, "all of"};
            for (const BoundTest& test : block) {
                map.parts.push_back(line(test));
                map.is_true = map.is_true && map.parts.back().is_true;
            }
            part.is_true = part.is_true || map.is_true;
            if (blocks.size() == 1) {
                part.parts = std::move(map.parts);
            } else {
                part.parts.push_back(std::move(map));
            }
        }
        keep_telling(part, part.is_true);
        return part;
    }

    Part line(const BoundTest& bound) {
        const FieldTest& test = *bound.test;
        Part part{Kind::line, meets(bound, table_, *event_), {}, test.field};
        if (bound.slot != kNoSlot) {
            for (const FieldValue& value : event_->values(bound.slot)) observe(part, value);
        }
        if (test.values.size() == 1) {
            part.text = test.words(test.values[0]);
            if (!part.is_true && !test.is_negated) part.near = near(bound, test.values[0]);
            name_keyword(bound, test.values[0], part);
            return part;
        }
        part.text = test.is_negated  ? "not any of the values"
                    : test.needs_all ? "every value"
                                     : "any of the values";
        if (part.observed.empty() && bound.slot != kNoSlot) part.near = absence(bound);
        for (const RuleValue& value : test.values) {
            Part one{Kind::value, is_met(bound, value, table_, *event_), test.words(value)};
            if (!one.is_true && !test.is_negated && part.near.empty())
                one.near = near(bound, value);
            name_keyword(bound, value, one);
            part.parts.push_back(std::move(one));
        }
        keep_telling(part, !test.needs_all);
        return part;
    }

    /// Where a keyword was found.
    void name_keyword(const BoundTest& bound, const RuleValue& value, Part& part) {
        if (bound.slot != kNoSlot || !part.is_true) return;
        const FieldValue* found = find_met(bound, value, table_, *event_);
        if (found == nullptr) return;
        part.field = found->field;
        observe(part, *found);
    }

    std::string near(const BoundTest& bound, const RuleValue& value) {
        const std::span<FieldValue> elements =
            bound.slot == kNoSlot ? event_->all_values() : event_->values(bound.slot);
        if (elements.empty()) return bound.slot == kNoSlot ? "" : absence(bound);
        std::optional<Nearness> best;
        for (std::size_t i = 0; i < std::min(elements.size(), kNearFormsMax); ++i) {
            for (std::size_t j = 0; j < std::min(value.any_of.size(), kNearFormsMax); ++j) {
                auto one = nearness(value.any_of[j], elements[i]);
                if (one && (!best || one->share_01 > best->share_01)) best = std::move(one);
            }
        }
        return best ? best->text : std::string();
    }

    /// The event lacks the field: perhaps it has it under a like name.
    std::string absence(const BoundTest& bound) {
        if (event_->is_present(bound.slot)) return "has only fields below it";
        std::vector<std::string> there;
        for (const event::Column& column : batch_.columns()) {
            if (batch_.cells(column.field, row_).empty()) continue;
            there.emplace_back(batch_.fields().name(column.field));
        }
        const std::string& wanted = bound.test->field;
        for (const std::string& field : there) {
            if (fold(field) == fold(wanted)) {
                return "the event has no such field, but '" + field + "'";
            }
        }
        const std::string meant = nearest(wanted, there);
        return meant.empty() ? "the event has no such field"
                             : "the event has no such field; it has '" + meant + "'";
    }

    static void observe(Part& part, const FieldValue& value) {
        if (part.observed.size() < kObservedMax) part.observed.push_back(shown(value));
    }

    const Rule& rule_;
    const std::vector<LogSourceWay>& ways_;
    const event::Batch& batch_;
    const std::uint32_t row_;
    FieldTable table_;
    BoundRule bound_;
    std::vector<BoundWay> bound_ways_;
    std::optional<EventView> event_;
    std::vector<std::size_t> ways_to_try_;
};

}  // namespace

std::string_view name(ExplainedPart::Kind kind) {
    switch (kind) {
        case Kind::rule: return "rule";
        case Kind::log_source: return "log_source";
        case Kind::way: return "way";
        case Kind::need: return "need";
        case Kind::condition: return "condition";
        case Kind::selection: return "selection";
        case Kind::map: return "map";
        case Kind::line: return "line";
        case Kind::value: return "value";
    }
    return "unknown";
}

ExplainedPart explain_event(const Rule& rule, const std::vector<LogSourceWay>& ways,
                            const event::Batch& batch, std::uint32_t row) {
    return Explainer(rule, ways, batch, row).explain();
}

void append_json(std::string& out, const ExplainedPart& part) {
    out += "{\"kind\":\"" + std::string(name(part.kind)) +
           "\",\"is_true\":" + (part.is_true ? "true" : "false") + ",\"text\":";
    base::append_json_string(out, part.text);
    if (!part.field.empty()) {
        out += ",\"field\":";
        base::append_json_string(out, part.field);
    }
    if (!part.observed.empty()) base::append_json_strings(out, "observed", part.observed);
    if (!part.near.empty()) {
        out += ",\"near\":";
        base::append_json_string(out, part.near);
    }
    if (!part.parts.empty()) {
        out += ",\"parts\":[";
        for (const ExplainedPart& inner : part.parts) {
            if (out.back() != '[') out += ',';
            append_json(out, inner);
        }
        out += ']';
    }
    if (part.left_out > 0) out += ",\"left_out\":" + std::to_string(part.left_out);
    out += '}';
}

}  // namespace vedette::rule::sigma
