// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/keyword_tests.h"

#include <emmintrin.h>

#include <algorithm>
#include <set>
#include <string>

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
        } else if (is_ascii(scanned)) {
            texts.insert(std::move(scanned));
        }
    }
    if (needs_every_value_ || texts.empty()) return;
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

bool KeywordTests::is_ascii(std::string_view text) {
    constexpr std::size_t kBlock = 16;
    std::size_t at = 0;
    __m128i all = _mm_setzero_si128();
    for (; at + kBlock <= text.size(); at += kBlock) {
        all =
            _mm_or_si128(all, _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at)));
    }
    return _mm_movemask_epi8(all) == 0 &&
           std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
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

const event::Cell* KeywordTests::CellFinder::at(std::size_t place) {
    if (!is_made_) {
        is_made_ = true;
        for (const event::Cell& cell : column_.cells) {
            if (cell.slot == slot_) cells_.push_back(&cell);
        }
        const auto by_place = [](const event::Cell* a, const event::Cell* b) {
            return a->offset < b->offset;
        };
        if (!std::is_sorted(cells_.begin(), cells_.end(), by_place)) {
            std::sort(cells_.begin(), cells_.end(), by_place);
        }
    }
    const auto behind =
        std::upper_bound(cells_.begin(), cells_.end(), place,
                         [](std::size_t at, const event::Cell* cell) { return at < cell->offset; });
    if (behind == cells_.begin()) return nullptr;
    const event::Cell* const cell = *std::prev(behind);
    return place < std::size_t{cell->offset} + cell->size ? cell : nullptr;
}

}  // namespace vedette::rule::sigma
