// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace vedette::learn {

/// How far a row of bytes is from its nearest kept rows, by their sum of squared
/// differences: of numbers those of positions, of categories kCategoryDifference where they are
/// unequal (two columns of one value each that differ by the whole range of ranks).
/// A sum over columns, so that each column's part of a distance is exact.
///
/// Why all rows are compared: 16 columns are one machine instruction, and columns of 30 to 60
/// dimensions leave a tree nothing to cut off.
/// Cost: rows * columns / 16 * about 2 ns; as many bytes as rows * columns.
class NearestRows {
  public:
    static constexpr std::size_t kNeighbours = 4;
    static constexpr std::uint32_t kCategoryDifference = 80'000;
    struct Found {
        std::array<std::uint32_t, kNeighbours> row{}, distance{};
        std::size_t count = 0;
        std::uint32_t total() const;  ///< of the distances
    };

    NearestRows() = default;
    NearestRows(std::size_t numbers, std::size_t categories);

    /// Positions of all columns, numbers first.
    void add(std::span<const std::uint8_t> positions);
    std::size_t size() const { return stride_ == 0 ? 0 : bytes_.size() / stride_; }
    Found nearest(std::span<const std::uint8_t> positions) const;
    /// One column's part of Found::total().
    std::uint32_t part(const Found& found, std::span<const std::uint8_t> positions,
                       std::size_t column) const;
    std::size_t memory_bytes() const { return bytes_.capacity(); }

  private:
    std::size_t offset_of(std::size_t column) const {
        return column < numbers_ ? column : number_bytes_ + (column - numbers_);
    }
    std::vector<std::uint8_t> padded(std::span<const std::uint8_t> positions) const;

    std::size_t numbers_ = 0, categories_ = 0, number_bytes_ = 0, stride_ = 0;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace vedette::learn
