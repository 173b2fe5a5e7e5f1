// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/keyword_tests.h"

#include <set>
#include <string>

#include "rule/sigma/fold.h"

namespace vedette::rule::sigma {

KeywordTests::KeywordTests(const std::vector<std::pair<PredicateId, const ValueTest*>>& tests,
                           PatternSetCache& cache)
    : tests_(tests, cache) {
    std::set<std::string> texts;
    for (const auto& [predicate, form] : tests) {
        const auto* text = std::get_if<TextTest>(form);
        std::string scanned = text == nullptr ? std::string() : scanned_text(*text);
        if (scanned.empty()) {
            needs_every_value_ = true;
        } else if (KeywordColumn::is_ascii(scanned)) {
            texts.insert(std::move(scanned));
        } else {
            has_beyond_ascii_ = true;
        }
    }
    if (needs_every_value_ || texts.empty()) return;
    // What folds to ASCII can be a part of any keyword.
    texts.insert(characters_folding_to_ascii().begin(), characters_folding_to_ascii().end());
    std::vector<std::uint32_t> refused;
    candidates_ =
        cache.get(PatternSet::Kind::caseless_literal, {texts.begin(), texts.end()}, refused);
    needs_every_value_ = !refused.empty();
}

void KeywordTests::fit(FieldTests::Scratch& scratch) const {
    tests_.fit(scratch);
    if (candidates_) scratch.patterns.fit(*candidates_);
}

std::size_t KeywordTests::set_bytes() const {
    return tests_.set_bytes() + (candidates_ ? candidates_->memory_bytes() : 0);
}

std::size_t KeywordTests::first_found(std::string_view text, std::size_t begin,
                                      FieldTests::Scratch& scratch) const {
    std::size_t found = kNothing;
    auto stop_at = [&](std::uint32_t, std::uint64_t end) {
        found = begin + end - 1;
        return 1;
    };
    scan_patterns(*candidates_, scratch.patterns, text.substr(begin), stop_at);
    return found;
}

}  // namespace vedette::rule::sigma
