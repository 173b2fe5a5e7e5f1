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
/// A row can also be told by how far it is in comparison with its neighbours: relative() of a row
/// in a dense place is great at a small distance, that of one in a thin place only at a large one.
/// Cost: rows * columns / 16 * about 2 ns; as many bytes as rows * columns, and 4 a row. settle()
/// searches once for each row.
/// Source: M. Breunig, H.-P. Kriegel, R. Ng, J. Sander, "LOF: identifying density-based local
/// outliers", SIGMOD 2000, for the comparison with the neighbours' own distances.
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
    /// After the last add(): each row's distance from its own nearest rows, for relative().
    void settle();
    /// Distance over the mean of what the neighbours' own are; about 1 among alike. After settle().
    double relative(const Found& found) const;
    /// One column's part of Found::total().
    std::uint32_t part(const Found& found, std::span<const std::uint8_t> positions,
                       std::size_t column) const;
    std::size_t memory_bytes() const {
        return bytes_.capacity() + reaches_.capacity() * sizeof(float);
    }

  private:
    std::size_t offset_of(std::size_t column) const {
        return column < numbers_ ? column : number_bytes_ + (column - numbers_);
    }
    Found nearest_but(std::span<const std::uint8_t> padded_row, std::size_t left_out) const;
    std::vector<std::uint8_t> padded(std::span<const std::uint8_t> positions) const;

    std::size_t numbers_ = 0, categories_ = 0, number_bytes_ = 0, stride_ = 0;
    std::vector<std::uint8_t> bytes_;
    std::vector<float> reaches_;  // of each row, from its own nearest ones
};

}  // namespace vedette::learn
