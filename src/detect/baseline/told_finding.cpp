// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/told_finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "detect/baseline/window.h"
#include "learn/fixed_math.h"

namespace vedette::detect::baseline {

using rule::analytic::Against;
using rule::analytic::Measure;
using rule::analytic::Word;

namespace {

std::string_view whose(Against against) {
    switch (against) {
        case Against::self: return "its own past";
        case Against::peers: return "its peers";
        case Against::everybody: return "everybody";
    }
    return {};
}

std::string_view day_name(base::Timestamp time) {
    // 1970 began on a Thursday.
    constexpr std::array<std::string_view, 7> kDays = {"Thursday", "Friday",  "Saturday", "Sunday",
                                                       "Monday",   "Tuesday", "Wednesday"};
    return kDays[static_cast<std::size_t>((time.unix_ms() / 86'400'000 % 7 + 7) % 7)];
}

/// "a Tuesday at 14 h (UTC)"
std::string when_words(base::Timestamp time) {
    const std::int64_t hours = time.unix_ms() / 3'600'000;
    return fmt::format("a {} at {} h (UTC)", day_name(time), (hours % 24 + 24) % 24);
}

/// "14:05 (UTC) on a Tuesday"
std::string moment_words(base::Timestamp time) {
    const std::int64_t minutes = time.unix_ms() / 60'000;
    return fmt::format("{:02}:{:02} (UTC) on a {}", (minutes / 60 % 24 + 24) % 24,
                       (minutes % 60 + 60) % 60, day_name(time));
}

bool is_about_values(Measure measure) {
    return measure == Measure::new_value || measure == Measure::rare_value ||
           measure == Measure::rare_combination || measure == Measure::time_of_day ||
           measure == Measure::sequence;
}

/// The words of the line of an evidence.
std::string_view line_words(learn::LineKind kind) {
    switch (kind) {
        case learn::LineKind::surprise: return "how rare";
        case learn::LineKind::calibration: return "calibration";
        case learn::LineKind::health: return "health";
        case learn::LineKind::corroboration: return "corroboration";
        case learn::LineKind::overlap: return "overlap";
        default: return "evidence";
    }
}

/// A number that has less of the most telling one's bits is not worth words, nor is a fourth.
constexpr double kToldPartShare = 0.5;
constexpr std::size_t kToldPartsMax = 3;

class Teller {
  public:
    explicit Teller(const ToldTest& test) : test_(test), analytic_(*test.analytic) {}

    cases::Finding finding() {
        cases::Finding out;
        out.detector = kDetectorName;
        out.detector_version = kDetectorVersion;
        out.rule_id = analytic_.id.text;
        out.title = analytic_.title;
        out.severity = cases::parse_severity(analytic_.level).value_or(cases::Severity::medium);
        out.attack = analytic_.attack;
        // The whole name is of several fields; the first is who the others are about.
        const std::string id = test_.entity.substr(0, test_.entity.find(" > "));
        out.entities = {{analytic_.entity, id}};
        out.first_seen = test_.first;
        out.last_seen = test_.last;
        out.events = test_.events;
        out.id = cases::finding_id(kDetectorName, analytic_.id.text, test_.entity,
                                   fmt::format("{}/{}", test_.window_ms, test_.begin.unix_ns));
        add_reasons(out);
        return out;
    }

  private:
    /// The comparison that says most: who decided.
    const Comparison& decisive() const {
        for (const learn::EvidenceLine& line : test_.outcome.lines) {
            const bool has_part = line.part < test_.comparisons.size();
            if (line.kind == learn::LineKind::surprise && has_part) {
                return test_.comparisons[line.part];
            }
        }
        return test_.comparisons.front();
    }

    std::string observed() const {
        if (analytic_.measure == Measure::time_of_day) return when_words(test_.begin);
        if (analytic_.measure == Measure::sequence) return test_.value + " behind " + test_.before;
        return is_about_values(analytic_.measure) ? test_.value
                                                  : number_words(analytic_.measure, test_.observed);
    }

    std::string expected(const Comparison& comparison) const {
        if (is_about_values(analytic_.measure)) {
            return fmt::format("seen {:.0f} times in {:.0f} by {}", comparison.expected,
                               comparison.n, whose(comparison.decided));
        }
        return fmt::format("{}, nine of ten between {} and {}, by {} observations of {}",
                           number_words(analytic_.measure, comparison.expected),
                           number_words(analytic_.measure, comparison.low),
                           number_words(analytic_.measure, comparison.high),
                           fmt::format("{:.0f}", comparison.n), whose(comparison.decided));
    }

    /// Parts that have a share in what is odd, the most telling first.
    std::vector<const ToldPart*> odd_parts() const {
        std::vector<const ToldPart*> out;
        for (const ToldPart& part : test_.parts) {
            if (part.share > 0) out.push_back(&part);
        }
        std::stable_sort(out.begin(), out.end(),
                         [](const ToldPart* a, const ToldPart* b) { return a->share > b->share; });
        return out;
    }

    /// "sum of source.bytes 2.10 million, where 900 to 4000 are expected; ..."
    std::string odd_numbers() const {
        std::string out;
        std::size_t told = 0;
        const auto parts = odd_parts();
        for (const ToldPart* part : parts) {
            if (told == kToldPartsMax || part->share < kToldPartShare * parts[0]->share) break;
            out += fmt::format("{}{} {}, where {} to {} are expected", told++ == 0 ? "" : "; ",
                               part->feature, number_words(part->measure, part->observed),
                               number_words(part->measure, part->low),
                               number_words(part->measure, part->high));
        }
        return out;
    }

    /// How rare the whole is, shared out among the numbers that make it so.
    void add_parts(cases::Finding& out, double bits, const Comparison& comparison) const {
        const auto parts = odd_parts();
        double sum = 0;
        for (const ToldPart* part : parts) sum += part->share;
        const std::size_t at = out.reasons.size();
        double left = bits;
        for (std::size_t i = 1; i < parts.size(); ++i) {
            const double share = learn::rounded_bits(bits * (parts[i]->share / sum));
            if (share <= 0) break;
            out.reasons.push_back(reason_of(*parts[i], share, comparison));
            left -= share;
        }
        // The most telling one has what rounding left.
        out.reasons.insert(out.reasons.begin() + static_cast<std::ptrdiff_t>(at),
                           parts.empty()
                               ? cases::Reason{feature_of(analytic_), observed(), "", left, "self"}
                               : reason_of(*parts[0], left, comparison));
    }

    cases::Reason reason_of(const ToldPart& part, double bits, const Comparison& comparison) const {
        const auto number = [&](double value) { return number_words(part.measure, value); };
        return {part.feature, number(part.observed),
                fmt::format("{}, nine of ten between {} and {}, by {:.0f} observations of {}",
                            number(part.expected), number(part.low), number(part.high), part.n,
                            whose(comparison.decided)),
                bits, std::string(name(comparison.decided))};
    }

    std::string sentence() const {
        const Comparison& first = decisive();
        const auto number = [&](double value) { return number_words(analytic_.measure, value); };
        const bool is_vector = analytic_.measure == Measure::vector;
        return analytic_.sentence.text(
            {{Word::entity, test_.entity},
             {Word::observed, is_vector ? odd_numbers() : number(test_.observed)},
             {Word::expected, is_about_values(analytic_.measure)
                                  ? fmt::format("{:.0f}", first.expected)
                                  : number(first.expected)},
             {Word::low, number(first.low)},
             {Word::high, number(first.high)},
             {Word::value, is_vector ? odd_numbers() : test_.value},
             {Word::before, test_.before},
             {Word::window, duration_words(test_.window_ms)},
             {Word::when,
              is_series(analytic_.measure) ? moment_words(test_.last) : when_words(test_.begin)},
             {Word::n, fmt::format("{:.0f}", first.n)},
             {Word::against, std::string(whose(first.decided))}});
    }

    void add_reasons(cases::Finding& out) const {
        const std::string decided(name(decisive().decided));
        out.reasons.push_back({"summary", sentence(), "", 0, decided});
        if (is_series(analytic_.measure)) {
            out.reasons.push_back({"what is odd", test_.value, "", 0, "self"});
        }
        for (const learn::EvidenceLine& line : test_.outcome.lines) {
            const bool is_comparison = line.kind == learn::LineKind::surprise ||
                                       line.kind == learn::LineKind::corroboration;
            const bool has_part = line.part < test_.comparisons.size();
            if (line.kind == learn::LineKind::surprise && has_part && !test_.parts.empty()) {
                add_parts(out, line.bits, test_.comparisons[line.part]);
            } else if (is_comparison && has_part) {
                const Comparison& comparison = test_.comparisons[line.part];
                out.reasons.push_back({feature_of(analytic_), observed(), expected(comparison),
                                       line.bits, std::string(name(comparison.decided))});
            } else {
                out.reasons.push_back(
                    {std::string(line_words(line.kind)), "", "", line.bits,
                     has_part ? std::string(name(test_.comparisons[line.part].decided)) : decided});
            }
        }
        const double staked = staked_bits(test_.outcome.bits, test_.tests_per_day);
        out.reasons.push_back(
            {"stake", fmt::format("{:.0f} tests a day", test_.tests_per_day),
             "each stakes its share, so that a day without an attack earns nothing",
             staked - test_.outcome.bits, "self"});
    }

    const ToldTest& test_;
    const rule::analytic::Analytic& analytic_;
};

}  // namespace

std::string duration_words(std::int64_t ms) {
    constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> kUnits = {
        {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1'000, "s"}}};
    std::string out;
    for (const auto& [unit_ms, name] : kUnits) {
        if (ms < unit_ms) continue;
        out += fmt::format("{}{} {}", out.empty() ? "" : " ", ms / unit_ms, name);
        ms %= unit_ms;
    }
    return out;
}

std::string day_words(std::int32_t day) {
    return base::format_rfc3339({std::int64_t{day} * base::kNsPerDay}, 0).substr(0, 10);
}

std::string number_words(Measure measure, double value) {
    switch (measure) {
        case Measure::count:
        case Measure::distinct: return fmt::format("{:.0f}", value);
        case Measure::sum:
            return std::abs(value) >= 1e6 ? fmt::format("{:.2f} million", value / 1e6)
                                          : fmt::format("{:.0f}", value);
        case Measure::series:
        case Measure::series_rate:
            return std::abs(value) >= 1e6 && std::abs(value) < 1e12
                       ? fmt::format("{:.2f} million", value / 1e6)
                       : fmt::format("{:.4g}", value);
        case Measure::travel_speed: return fmt::format("{:.0f} km/h", value);
        default: return fmt::format("{:.3g}", value);
    }
}

std::string feature_of(const rule::analytic::Analytic& analytic) {
    std::string out(name(analytic.measure));
    for (std::size_t i = 0; i < analytic.fields.size(); ++i) {
        out += (i == 0 ? " of " : ", ") + analytic.fields[i].text;
    }
    return out;
}

double staked_bits(double bits, double tests_per_day) {
    const double stake = 1 / (1 + tests_per_day);
    const double e = learn::fixed_exp2(std::min(bits, 500.0));
    return learn::rounded_bits(learn::fixed_log2(1 - stake + stake * e));
}

void add_entities_of_row(cases::Finding& finding, const event::Batch& batch, std::uint32_t row) {
    for (event::Entity& entity : event::entities_of(batch, row)) {
        const auto& known = finding.entities;
        if (std::find(known.begin(), known.end(), entity) != known.end()) continue;
        finding.entities.push_back(std::move(entity));
    }
}

cases::Finding finding_of(const ToldTest& test) { return Teller(test).finding(); }

}  // namespace vedette::detect::baseline
