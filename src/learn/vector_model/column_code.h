// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vedette::learn {

/// A cell as two small numbers.
struct CellCode {
    std::uint8_t position = 0;  ///< for distances: a rank, or which value
    std::uint8_t bin = 0;       ///< for counting: below kBins
};

/// Bins of every column: four for what is special, the others for values.
inline constexpr std::size_t kBins = 32;
inline constexpr std::uint8_t kBinMissing = 0, kBinRare = 1, kBinUnseen = 2, kBinBeyond = 3,
                              kBinFirst = 4;

/// Where a number stands among those that were seen: its rank, by 64 knots, so that neither unit
/// nor skew of the column matters. Positions: 0 missing, 28 to 228 the least to the greatest seen,
/// what lies beyond approaches 1 and 255. Of equal values the middle rank counts. A column of few
/// values (up to 24) has a bin for each and tells a value between them from both.
class NumberCode {
  public:
    NumberCode() = default;
    /// `values`: what is normal, without missing ones; sorted here.
    explicit NumberCode(std::vector<float> values);
    CellCode of(float value) const;

  private:
    std::vector<float> knots_, ranks_;  // a knot's rank in 0 to 1
    float spread_ = 1;
    bool is_discrete_ = false;
};

/// Which of the values seen: the 251 most frequent are told apart for distances, 28 for counting.
class CategoryCode {
  public:
    CategoryCode() = default;
    /// `values`: what is normal; 0 is missing.
    explicit CategoryCode(std::vector<std::uint32_t> values);
    CellCode of(std::uint32_t value) const;

  private:
    std::vector<std::pair<std::uint32_t, CellCode>> codes_;  // sorted by value
};

}  // namespace vedette::learn
