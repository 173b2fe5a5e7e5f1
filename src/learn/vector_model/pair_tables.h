// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "learn/vector_model/column_code.h"

namespace vedette::learn {

/// How surprising each column's bin is, given the columns that tell most about it: the mean over up
/// to three of them of -log2 p(bin | its bin), counted, with the column's own frequencies as five
/// observations before. A sum over columns.
///
/// Why pairs: a value can be frequent and still be odd beside another one (a port with a service);
/// three informative columns by themselves need few rows, where all together would need very many.
/// Not for: what shows only in three columns at once.
/// Cost: three table look-ups a column; 6 KiB a column. Building: rows * columns^2 / 2 increments,
/// over at most 2,048 rows for choosing partners.
/// Source: C. Chow and C. Liu, "Approximating discrete probability distributions with dependence
/// trees", 1968, for the choice by mutual information; G. Webb et al., "Not so naive Bayes", 2005,
/// for averaging several.
class PairTables {
  public:
    static constexpr std::size_t kPartners = 3;
    /// Bits in units of 1/256, of all partners together.
    static constexpr double kUnitsPerBit = 256;

    PairTables() = default;
    /// `bins`: rows of `columns` bins each.
    PairTables(std::span<const std::uint8_t> bins, std::size_t columns);
    /// One column's surprise in bits; not negative.
    double bits(std::span<const std::uint8_t> bins, std::size_t column) const;
    std::size_t memory_bytes() const { return tables_.capacity() * sizeof(std::uint16_t); }

  private:
    void choose_partners(std::span<const std::uint8_t> bins);
    void count(std::span<const std::uint8_t> bins, std::size_t column);

    std::size_t columns_ = 0, partner_count_ = 0;
    std::vector<std::array<std::uint16_t, kPartners>> partners_;
    std::vector<std::uint16_t> tables_;  // column, partner, partner's bin, bin
};

}  // namespace vedette::learn
