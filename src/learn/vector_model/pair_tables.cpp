// SPDX-License-Identifier: Apache-2.0
#include "learn/vector_model/pair_tables.h"

#include <algorithm>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

constexpr std::size_t kRowsForChoosing = 2'048;
constexpr double kPrior = 5, kNeverSeen = 0.5;

using PairCounts = std::array<std::uint32_t, kBins * kBins>;

/// Bits that one column tells of the other.
double mutual_information(const PairCounts& counts, double rows) {
    std::array<double, kBins> first{}, second{};
    double joint = 0, apart = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] == 0) continue;
        const double share = counts[i] / rows;
        first[i / kBins] += share;
        second[i % kBins] += share;
        joint += share * fixed_log2(share);
    }
    for (const auto& side : {first, second}) {
        for (const double share : side) apart += share > 0 ? share * fixed_log2(share) : 0;
    }
    return joint - apart;
}

}  // namespace

PairTables::PairTables(std::span<const std::uint8_t> bins, std::size_t columns)
    : columns_(columns), partner_count_(std::min(kPartners, columns - 1)), partners_(columns) {
    choose_partners(bins);
    tables_.resize(columns * kPartners * kBins * kBins);
    for (std::size_t column = 0; column < columns; ++column) count(bins, column);
}

void PairTables::choose_partners(std::span<const std::uint8_t> bins) {
    const std::size_t rows = bins.size() / columns_;
    const std::size_t step = std::max<std::size_t>(1, rows / kRowsForChoosing);
    std::vector<double> told(columns_ * columns_);
    for (std::size_t a = 0; a < columns_; ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            PairCounts counts{};
            double seen = 0;
            for (std::size_t row = 0; row < rows; row += step, ++seen) {
                ++counts[bins[row * columns_ + a] * kBins + bins[row * columns_ + b]];
            }
            told[a * columns_ + b] = told[b * columns_ + a] = mutual_information(counts, seen);
        }
    }
    for (std::size_t column = 0; column < columns_; ++column) {
        std::vector<std::uint16_t> order;
        for (std::size_t i = 0; i < columns_; ++i) {
            if (i != column) order.push_back(static_cast<std::uint16_t>(i));
        }
        const double* const of = &told[column * columns_];
        std::stable_sort(order.begin(), order.end(),
                         [of](std::uint16_t a, std::uint16_t b) { return of[a] > of[b]; });
        std::copy_n(order.begin(), partner_count_, partners_[column].begin());
    }
}

void PairTables::count(std::span<const std::uint8_t> bins, std::size_t column) {
    const std::size_t rows = bins.size() / columns_;
    std::array<double, kBins> share{};
    for (std::size_t row = 0; row < rows; ++row) share[bins[row * columns_ + column]] += 1;
    for (double& one : share) {
        one = (one + kNeverSeen / kBins) / (static_cast<double>(rows) + kNeverSeen);
    }
    for (std::size_t p = 0; p < partner_count_; ++p) {
        PairCounts counts{};
        std::array<double, kBins> sums{};
        for (std::size_t row = 0; row < rows; ++row) {
            const std::uint8_t partner = bins[row * columns_ + partners_[column][p]];
            ++counts[partner * kBins + bins[row * columns_ + column]];
            sums[partner] += 1;
        }
        std::uint16_t* const table = &tables_[(column * kPartners + p) * kBins * kBins];
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const double chance =
                (counts[i] + kPrior * share[i % kBins]) / (sums[i / kBins] + kPrior);
            table[i] = static_cast<std::uint16_t>(
                std::min(-fixed_log2(chance), 200.0) * kUnitsPerBit + 0.5);
        }
    }
}

double PairTables::bits(std::span<const std::uint8_t> bins, std::size_t column) const {
    if (partner_count_ == 0) return 0;
    std::uint32_t sum = 0;
    const std::uint16_t* table = &tables_[column * kPartners * kBins * kBins];
    for (std::size_t p = 0; p < partner_count_; ++p, table += kBins * kBins) {
        sum += table[bins[partners_[column][p]] * kBins + bins[column]];
    }
    return sum / (kUnitsPerBit * static_cast<double>(partner_count_));
}

}  // namespace vedette::learn
