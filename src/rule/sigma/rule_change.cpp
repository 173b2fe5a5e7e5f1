// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/rule_change.h"

#include <algorithm>
#include <map>
#include <set>

#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

using Texts = std::set<std::string>;

std::string joined(const Texts& texts) {
    std::string out;
    for (const std::string& text : texts) {
        if (out.size() > kShownBytesMax) return out + ", ...";
        out += (out.empty() ? "" : ", ") + cut_text(text, kShownBytesMax);
    }
    return out;
}

Texts without(const Texts& from, const Texts& taken) {
    Texts out;
    std::set_difference(from.begin(), from.end(), taken.begin(), taken.end(),
                        std::inserter(out, out.end()));
    return out;
}

std::string key_of(const FieldTest& test) {
    const std::string field = test.field.empty() ? "keywords" : test.field;
    return test.modifiers.empty() ? field : field + "|" + test.modifiers;
}

std::string written(const RuleValue& value) {
    const bool is_null = std::any_of(value.any_of.begin(), value.any_of.end(), [](const auto& one) {
        return std::holds_alternative<NullTest>(one);
    });
    return is_null ? "null" : value.written;
}

/// A map as its lines; lines of one key are in the order they are written, so each has a number.
using Lines = std::map<std::string, Texts>;

Lines lines_of(const std::vector<FieldTest>& block) {
    Lines lines;
    for (const FieldTest& test : block) {
        Texts& values = lines[key_of(test)];
        for (const RuleValue& value : test.values) values.insert(written(value));
    }
    return lines;
}

std::string text_of(const Lines& lines) {
    Texts texts;
    for (const auto& [key, values] : lines) texts.insert(key + ": " + joined(values));
    return joined(texts);
}

class Comparison {
  public:
    std::vector<RuleChange> compare(const Rule& before, const Rule& after) {
        add("title", before.title, after.title, false);
        add("level", std::string(name(before.level)), std::string(name(after.level)), false);
        add("status", before.status, after.status, false);
        add_sets("tags", {before.tags.begin(), before.tags.end()},
                 {after.tags.begin(), after.tags.end()}, false);
        add("logsource", before.logsource.text(), after.logsource.text(), true);
        add_sets("condition", conditions(before), conditions(after), true);
        std::map<std::string, std::pair<const Selection*, const Selection*>> selections;
        for (const Selection& one : before.selections) selections[one.name].first = &one;
        for (const Selection& one : after.selections) selections[one.name].second = &one;
        for (const auto& [name, both] : selections) selection(name, both.first, both.second);
        return std::move(out_);
    }

  private:
    void add(const std::string& what, const std::string& before, const std::string& after,
             bool changes_hits) {
        if (before != after) out_.push_back({what, before, after, changes_hits});
    }

    void add_sets(const std::string& what, const Texts& before, const Texts& after,
                  bool changes_hits) {
        if (before == after) return;
        out_.push_back(
            {what, joined(without(before, after)), joined(without(after, before)), changes_hits});
    }

    static Texts conditions(const Rule& rule) {
        Texts out;
        for (const Condition& condition : rule.conditions) out.insert(print(condition));
        return out;
    }

    void selection(const std::string& name, const Selection* before, const Selection* after) {
        const auto maps = [](const Selection* of) {
            std::vector<Lines> out;
            if (of == nullptr) return out;
            for (const auto& block : of->any_of) out.push_back(lines_of(block));
            std::sort(out.begin(), out.end());
            return out;
        };
        const std::vector<Lines> old_maps = maps(before), new_maps = maps(after);
        if (old_maps == new_maps) return;
        if (old_maps.size() == 1 && new_maps.size() == 1) {
            return lines(name, old_maps.front(), new_maps.front());
        }
        Texts old_texts, new_texts;
        for (const Lines& map : old_maps) old_texts.insert(text_of(map));
        for (const Lines& map : new_maps) new_texts.insert(text_of(map));
        out_.push_back({name, joined(without(old_texts, new_texts)),
                        joined(without(new_texts, old_texts)), true});
    }

    void lines(const std::string& name, const Lines& before, const Lines& after) {
        Texts keys;
        for (const auto& [key, values] : before) keys.insert(key);
        for (const auto& [key, values] : after) keys.insert(key);
        const auto values_of = [](const Lines& lines, const std::string& key) {
            const auto found = lines.find(key);
            return found == lines.end() ? Texts() : found->second;
        };
        for (const std::string& key : keys) {
            const Texts old_values = values_of(before, key), new_values = values_of(after, key);
            if (old_values == new_values) continue;
            out_.push_back({name + "." + key, joined(without(old_values, new_values)),
                            joined(without(new_values, old_values)), true});
        }
    }

    std::vector<RuleChange> out_;
};

}  // namespace

std::vector<RuleChange> changes_between(const Rule& before, const Rule& after) {
    return Comparison().compare(before, after);
}

}  // namespace vedette::rule::sigma
