// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "learn/primitive.h"
#include "learn/random.h"
#include "learn/vector_model/column_code.h"
#include "learn/vector_model/nearest_rows.h"
#include "learn/vector_model/pair_tables.h"
#include "learn/vector_model/tail_bits.h"

namespace vedette::learn {

/// Columns of a row: numbers first, then categories.
struct VectorColumns {
    std::size_t numbers = 0, categories = 0;
    std::size_t count() const { return numbers + categories; }
};

/// The values of one event or window. A number that is not finite and a category of 0 are missing.
struct VectorRow {
    std::span<const double> numbers;
    std::span<const std::uint32_t> categories;  ///< hashes
};

inline constexpr std::size_t kVectorColumnsMax = 256;
inline constexpr std::size_t kVectorRowsMin = 64;

/// How odd the values of one row are together: in bits, as a sum over columns.
///
/// Three answers to the question are averaged, each turned into bits by normal rows that were kept
/// apart (TailBits): how far the row is from the nearest normal rows in ranks (NearestRows: odd as
/// a whole; five eighths of the weight), how much farther that is than those rows are from theirs
/// (odd for its surroundings; an eighth), and how surprising each value is beside the values that
/// tell most about it (PairTables: odd in a relation; a quarter). Why an average and not the
/// greatest: it holds however they depend on each other, and the worst of them does not own the top
/// of the list.
///
/// It learns from rows that its owner calls normal: `learn()` keeps a uniform sample of at most
/// `rows_max` at first, later one that forgets by chance, and makes its tables anew when as many
/// rows came as it has (at full size: half of them). Before `kVectorRowsMin` rows every row has 0
/// bits. `observe()` is for streams without labels: it tells the oddness and then learns, the less
/// likely the odder the row, so that a burst does not become normal at once, but what stays does.
///
/// A column's share of the bits is its share of the distance or surprise it comes from; shares add
/// up to the row's bits exactly (bits() is their sum).
/// Error: bits of the tail are extrapolated, see TailBits. Not a probability where several rows
/// depend on each other; a calibrator behind it says what is promised.
/// Not for: more than 256 columns, values whose order in time matters (use a sequence), or a
/// population so mixed that it should be several models.
/// Cost, 48 columns, by `vedette-bench learn`: a row 17 us with 4,096 rows and 29 us with 8,192; it
/// grows as rows_max * columns. Making the tables: 87 and 289 ms, most of it to find each row's own
/// nearest rows. Memory, 1.4 and 2.4 MB: at most rows_max * 1.5 rows of 4 bytes a cell, rows_max
/// bytes a cell, 6 KiB a column.
/// Source: nearest neighbours as oddness: S. Ramaswamy et al., SIGMOD 2000; averaging:
/// V. Vovk and R. Wang, "Combining p-values via averaging", 2020. Tables: see there.
class VectorModel {
  public:
    static constexpr std::string_view kKind = "vector model";
    static constexpr std::uint8_t kVersion = 1;

    /// At least 2 and at most kVectorColumnsMax columns; `rows_max` at least kVectorRowsMin.
    VectorModel(VectorColumns columns, std::size_t rows_max, std::uint64_t seed = 1);

    /// Allocates when the tables are made.
    void learn(const VectorRow& row);
    /// Makes the tables with all that was learned so far: after a benign part.
    void settle();
    /// A bit sum; 0 while nothing is known.
    double bits(const VectorRow& row) const;
    /// The same, and what each column has of it; `share` has a place for every column.
    double bits(const VectorRow& row, std::span<double> share) const;
    /// bits(), then learns by chance: certainly up to kSurelyLearnedBits, then half as likely with
    /// each bit.
    double observe(const VectorRow& row);
    static constexpr double kSurelyLearnedBits = 8;

    bool knows() const { return !distance_bits_.is_empty(); }
    std::uint64_t learned() const { return learned_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const;
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    struct Coded {
        std::vector<std::uint8_t> positions, bins;
    };
    std::size_t row_count() const { return rows_.size() / columns_.count(); }
    std::size_t waiting_count() const { return waiting_slots_.size(); }
    void take_waiting();
    void make_tables();
    Coded code(std::span<const std::uint32_t> cells) const;
    std::vector<std::uint32_t> cells_of(const VectorRow& row) const;
    double distance_of(const NearestRows::Found& found) const;
    double surprise_of(const Coded& coded) const;

    VectorColumns columns_;
    std::size_t rows_max_;
    std::uint64_t seed_;
    Random random_;
    std::uint64_t learned_ = 0;
    // What the tables were made of, and what will be taken in with the next ones; numbers as the
    // bits of a float.
    std::vector<std::uint32_t> rows_, waiting_;
    std::vector<std::uint32_t> waiting_slots_;
    // Made of rows_ alone.
    std::vector<NumberCode> numbers_;
    std::vector<CategoryCode> categories_;
    NearestRows nearest_;
    PairTables pairs_;
    TailBits distance_bits_, relative_bits_, surprise_bits_;
};

}  // namespace vedette::learn
