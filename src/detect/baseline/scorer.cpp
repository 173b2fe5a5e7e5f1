// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/scorer.h"

#include <algorithm>

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
                      Scorer* parent, double share) {
    const auto teach = [&](learn::Calibrator& calibrator, double score) {
        if (share > 0) calibrator.insert(time, score, share);
    };
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
        teach(line.calibrator, comparison.score);
        line.uniformity.record(time, found.p);
        if (above != nullptr) teach(above->calibrator, comparison.score);
    }
    Outcome out;
    out.bits = learn::combined_bits(parts, out.lines);
    const double score = learn::fixed_exp2(out.bits);
    const learn::Calibrated whole = together_.calibrator.ask(
        score, is_odd ? tie : 1, parent == nullptr ? nullptr : &parent->together_.calibrator);
    out.p = whole.p;
    out.is_told = is_odd && whole.p <= kPromise;
    teach(together_.calibrator, score);
    together_.uniformity.record(time, whole.p);
    if (++tests_ever_ == kTestsForConfidence) confident_ns_ = time.unix_ns;
    odd_100_ever_ += whole.p <= 0.01;
    odd_1000_ever_ += whole.p <= 0.001;
    if (parent != nullptr) teach(parent->together_.calibrator, score);
    return out;
}

void Scorer::add_to(Standing& standing) const {
    const learn::Uniformity& monitor = together_.uniformity;
    standing.tests += monitor.n();
    standing.over_promised_100 = std::max(standing.over_promised_100, monitor.ratio(0));
    standing.over_promised_1000 = std::max(standing.over_promised_1000, monitor.ratio(1));
    standing.health = std::min(standing.health, monitor.health());
    standing.tests_ever += tests_ever_;
    standing.odd_100_ever += odd_100_ever_;
    standing.odd_1000_ever += odd_1000_ever_;
    const bool is_first = standing.tests_ever == tests_ever_;
    // Of several windows the last to know speaks for the behaviour.
    const bool is_confident = confident_ns_ != 0 && (is_first || standing.confident_ns != 0);
    standing.confident_ns = is_confident ? std::max(standing.confident_ns, confident_ns_) : 0;
}

void Scorer::save(learn::StateWriter& out) const {
    for (const Line& line : lines_) {
        line.calibrator.save(out);
        line.uniformity.save(out);
    }
    together_.calibrator.save(out);
    together_.uniformity.save(out);
    for (const std::uint64_t count : {tests_ever_, odd_100_ever_, odd_1000_ever_}) {
        out.varint(count);
    }
    out.integer(confident_ns_);
}

base::Result<void> Scorer::restore(learn::StateReader& in) {
    *this = Scorer();
    const auto read = [&]() -> base::Result<void> {
        for (Line& line : lines_) {
            VD_TRY_DO(line.calibrator.restore(in));
            VD_TRY_DO(line.uniformity.restore(in));
        }
        VD_TRY_DO(together_.calibrator.restore(in));
        VD_TRY_DO(together_.uniformity.restore(in));
        for (std::uint64_t* count : {&tests_ever_, &odd_100_ever_, &odd_1000_ever_}) {
            *count = in.varint();
        }
        confident_ns_ = in.integer<std::int64_t>();
        if (in.is_good() && odd_1000_ever_ <= odd_100_ever_ && odd_100_ever_ <= tests_ever_) {
            return {};
        }
        return learn::not_ours("scorer", "its counts cannot be");
    };
    auto done = read();
    if (!done) *this = Scorer();
    return done;
}

}  // namespace vedette::detect::baseline
