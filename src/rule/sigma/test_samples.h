// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "event/batch.h"
#include "rule/sigma/compiled_matcher.h"
#include "rule/sigma/matcher.h"

namespace vedette::rule::sigma::samples {

/// An event as a test writes it down.
struct TestEvent {
    struct Value {
        std::string field, text;
        event::ValueKind kind = event::ValueKind::text;
        bool is_overflow = false;
    };
    std::vector<Value> values;
    std::string dataset, raw;
    bool has_link = false;  ///< the field `Linked` borrows the second half of the first value
};

inline void add_event(const TestEvent& written, event::Batch& batch) {
    event::FieldDictionary& fields = batch.fields();
    const std::uint32_t dataset = batch.dataset_index(written.dataset);
    event::Row& row = batch.add_row();
    row.dataset = dataset;
    row.raw = batch.keep_raw(written.raw);
    const auto number = static_cast<std::uint32_t>(batch.row_count() - 1);
    for (const TestEvent::Value& value : written.values) {
        if (value.is_overflow) {
            batch.add_overflow(value.field, value.text, value.kind);
        } else {
            batch.add(*fields.intern(value.field), value.text, value.kind);
        }
    }
    if (!written.has_link || written.values.empty() || written.values[0].is_overflow) return;
    const event::Cell source = batch.cells(*fields.intern(written.values[0].field), number).front();
    const std::size_t half = source.size / 2;
    batch.link(*fields.intern("Linked"), number, source, half, source.size - half);
}

/// Hits of all events, given in batches of so many rows, rows counted through; with what explains
/// them.
template <typename AnyMatcher>
std::vector<std::string> all_hits(AnyMatcher& matcher, const std::vector<TestEvent>& events,
                                  std::size_t rows_max, event::FieldDictionary& fields) {
    std::vector<std::string> out;
    event::Batch batch(fields);
    for (std::size_t begin = 0; begin < events.size(); begin += rows_max) {
        batch.clear();
        for (std::size_t i = begin; i < std::min(events.size(), begin + rows_max); ++i) {
            add_event(events[i], batch);
        }
        batch.verify();
        std::vector<Hit> hits;
        matcher.match(batch, hits);
        for (const Hit& hit : hits) {
            std::string line = std::to_string(begin + hit.row) + " rule " +
                               matcher.rules()[hit.rule].id + " way " + std::to_string(hit.way);
            for (const MatchedTest& test : matcher.explain(hit)) {
                line += " | " + test.field + "; " + test.expected + "; " + test.observed;
            }
            out.push_back(std::move(line));
        }
    }
    return out;
}

/// The first line that only one of two lists has, and the document of its rule; empty if equal.
inline std::string difference(const std::vector<std::string>& expected,
                              const std::vector<std::string>& found, const std::string& rules) {
    std::size_t at = 0;
    while (at < expected.size() && at < found.size() && expected[at] == found[at]) ++at;
    if (at == expected.size() && at == found.size()) return {};
    std::string out = "expected: " + (at < expected.size() ? expected[at] : "nothing") +
                      "\nfound:    " + (at < found.size() ? found[at] : "nothing") + "\n";
    for (const auto* lines : {&expected, &found}) {
        if (at >= lines->size()) continue;
        const std::size_t name = (*lines)[at].find(" rule ") + 6;
        const std::string id = (*lines)[at].substr(name, (*lines)[at].find(' ', name) - name);
        const std::size_t document = rules.find("id: '" + id + "'");
        if (document == std::string::npos) continue;
        out += rules.substr(document, rules.find("---", document) - document);
    }
    return out;
}

}  // namespace vedette::rule::sigma::samples
