// SPDX-License-Identifier: Apache-2.0
#include "engine/replay/judged_rows.h"

#include <algorithm>

#include "engine/replay/limits.h"

namespace vedette::engine::replay {

namespace {

using rule::sigma::LogSourceMap;
using rule::sigma::Matcher;
using rule::sigma::Rule;

}  // namespace

RowJudge::RowJudge(const Rule& rule, const LogSourceMap& sources, bool is_compiled)
    : batch_(fields_),
      matcher_({rule}, sources, fields_),
      record_matcher_({rule}, sources, texts_.fields()) {
    if (!is_compiled) return;
    rule::sigma::PatternSetCache cache;
    auto program = rule::sigma::Program::make({rule}, sources, fields_, cache);
    if (program) compiled_.emplace(std::move(*program));
}

void RowJudge::add(const StoredRow& row, bool is_open) {
    const std::size_t ambiguous = ambiguous_values(row).size();
    Input input;
    input.first = static_cast<std::uint32_t>(batch_.row_count());
    input.is_open = is_open || ambiguous > kAmbiguousMax;
    input.readings = input.is_open ? 1 : 1u << ambiguous;
    for (unsigned reading = 0; reading < input.readings; ++reading) add_row(batch_, row, reading);
    raw_bytes_ += row.raw.size();
    inputs_.push_back(input);
}

bool RowJudge::is_full() const {
    return batch_.row_count() >= kBatchRows || raw_bytes_ >= kBatchRawBytes;
}

void RowJudge::judge(const Sink& sink) {
    hits_.clear();
    if (compiled_) {
        compiled_->match(batch_, hits_);
    } else {
        matcher_.match(batch_, hits_);
    }
    auto hit = hits_.begin();
    for (const Input& input : inputs_) {
        std::uint32_t found = 0;
        const bool is_first_hit = hit != hits_.end() && hit->row == input.first;
        for (; hit != hits_.end() && hit->row < input.first + input.readings; ++hit) ++found;
        const bool is_open = input.is_open || (found != 0 && found != input.readings);
        const Verdict verdict = is_open ? (is_first_hit ? Verdict::open_hit : Verdict::open_miss)
                                        : (is_first_hit ? Verdict::hit : Verdict::miss);
        sink(input.first, verdict);
    }
    inputs_.clear();
    batch_.clear();
    raw_bytes_ = 0;
}

std::optional<bool> RowJudge::decide(const StoredRow& row) {
    const auto batch = texts_.decode({std::string(row.raw)});
    if (!batch) return std::nullopt;
    std::vector<Matcher::Hit> hits;
    record_matcher_.match(**batch, hits);
    for (std::uint32_t i = 0; i < (*batch)->row_count(); ++i) {
        if (!is_same(row, **batch, i)) continue;
        return std::any_of(hits.begin(), hits.end(),
                           [&](const Matcher::Hit& hit) { return hit.row == i; });
    }
    return std::nullopt;
}

}  // namespace vedette::engine::replay
