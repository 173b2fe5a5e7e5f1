// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/scorer.h"

#include "detect/baseline/limits.h"
#include "learn/fixed_math.h"

namespace vedette::detect::baseline {

using rule::analytic::Against;

namespace {

double weight_of(Against against) {
    switch (against) {
        case Against::self: return kSelfWeight;
        case Against::peers: return kPeersWeight;
        case Against::everybody: return kEverybodyWeight;
    }
    return 0;
}

}  // namespace

Outcome Scorer::judge(base::Timestamp time, double tie, const std::vector<Comparison>& comparisons,
                      Scorer* parent) {
    std::vector<learn::EvidencePart> parts;
    bool is_odd = false;
    for (const Comparison& comparison : comparisons) {
        const auto index = static_cast<std::size_t>(comparison.against);
        Line& line = lines_[index];
        Line* above = parent == nullptr ? nullptr : &parent->lines_[index];
        // What is not odd at all is not made odd by lot, however many others are not.
        const double own_tie = comparison.score > 0 ? tie : 1;
        is_odd |= comparison.score > 0;
        const learn::Calibrated found = line.calibrator.ask(
            comparison.score, own_tie, above == nullptr ? nullptr : &above->calibrator);
        parts.push_back({found.p, line.uniformity.health(), weight_of(comparison.against)});
        line.calibrator.insert(time, comparison.score);
        line.uniformity.record(time, found.p);
        if (above != nullptr) above->calibrator.insert(time, comparison.score);
    }
    Outcome out;
    out.bits = learn::combined_bits(parts, out.lines);
    const double score = learn::fixed_exp2(out.bits);
    const learn::Calibrated whole = together_.calibrator.ask(
        score, is_odd ? tie : 1, parent == nullptr ? nullptr : &parent->together_.calibrator);
    out.p = whole.p;
    out.is_told = is_odd && whole.p <= kPromise;
    together_.calibrator.insert(time, score);
    together_.uniformity.record(time, whole.p);
    if (parent != nullptr) parent->together_.calibrator.insert(time, score);
    return out;
}

void Scorer::save(learn::StateWriter& out) const {
    for (const Line& line : lines_) {
        line.calibrator.save(out);
        line.uniformity.save(out);
    }
    together_.calibrator.save(out);
    together_.uniformity.save(out);
}

base::Result<void> Scorer::restore(learn::StateReader& in) {
    *this = Scorer();
    const auto read = [&]() -> base::Result<void> {
        for (Line& line : lines_) {
            VD_TRY_DO(line.calibrator.restore(in));
            VD_TRY_DO(line.uniformity.restore(in));
        }
        VD_TRY_DO(together_.calibrator.restore(in));
        return together_.uniformity.restore(in);
    };
    auto done = read();
    if (!done) *this = Scorer();
    return done;
}

}  // namespace vedette::detect::baseline
