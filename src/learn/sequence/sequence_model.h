// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "learn/primitive.h"

namespace vedette::learn {

struct SequenceSettings {
    std::size_t order_max = 3;            ///< symbols of history that are looked at; at most 8
    std::size_t cells = 1 << 16;          ///< a power of two from 4; 24 bytes each
    double half_life = 0;                 ///< in the caller's unit of time; 0: nothing is forgotten
    double unseen_probability = 0x1p-16;  ///< of one symbol before anything is known
};

/// How surprising the next symbol of a sequence is: a template after templates, a system call after
/// system calls, a command after commands. A Markov model of variable order whose contexts are
/// hashed, for many owners ("who": a user, a program, everybody) in one table of fixed size.
///
/// How: for each order up to order_max the last symbols are a context; its cell holds how often it
/// was seen and how many different symbols followed, and a cell per following symbol how often that
/// was. The shortest context gives a probability, each longer one corrects it by what it saw
/// itself: p_k = (n + T p_(k-1)) / (N + T). Counts halve every half_life, lazily.
///
/// Papers: back-off T. C. Bell and I. H. Witten, "The zero-frequency problem", IEEE Trans.
/// Information Theory 37(4), 1991; variable order as in PPM (Cleary, Witten 1984).
/// Cost: (order_max + 1) x 2 look-ups, each a line of cache: not measured yet; 24 bytes a context
/// and 24 a transition.
/// Error: a full set of four cells forgets its smallest decayed count, so in a table that is too
/// small rare transitions are surprising again; a 64-bit key that collides adds up two counts.
/// Not for: sets whose order means nothing; symbols that are new every time (ids): mask them first.
class SequenceModel {
  public:
    static constexpr std::string_view kKind = "sequence_model";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kOrderLimit = 8;
    static constexpr std::size_t kCellBytes = 24;

    /// What was known of a symbol before it came.
    struct Surprise {
        double bits = 0;
        std::size_t order = 0;    ///< of the longest context that was known
        double seen = 0;          ///< times the symbol followed that context
        double context_seen = 0;  ///< times that context was seen
    };

    explicit SequenceModel(SequenceSettings settings = {});

    /// `history` ends with the symbol before. Times may go back; what is older weighs as if it
    /// were as old as the newest of the cell.
    Surprise surprise(std::uint64_t who, std::span<const std::uint64_t> history,
                      std::uint64_t symbol, std::int64_t time = 0) const;
    /// The same by several owners, the broadest first (everybody, its group, itself): at each order
    /// each corrects what was said before it, so that the longest context has the last word and,
    /// among equals, the nearest owner. At most kOwnersMax. `each`, where not empty, has a place
    /// for every owner and takes what it knows; its `bits` are of no owner alone and stay 0.
    Surprise surprise(std::span<const std::uint64_t> owners, std::span<const std::uint64_t> history,
                      std::uint64_t symbol, std::int64_t time, std::span<Surprise> each) const;
    static constexpr std::size_t kOwnersMax = 4;
    /// Counts the symbol. A negative weight takes back what was learned; nothing falls below zero.
    void learn(std::uint64_t who, std::span<const std::uint64_t> history, std::uint64_t symbol,
               std::int64_t time = 0, double weight = 1);

    /// Times the symbol was seen of `who`, whatever stood before it; and of all its symbols.
    double count(std::uint64_t who, std::uint64_t symbol, std::int64_t time = 0) const;
    double total(std::uint64_t who, std::int64_t time = 0) const;

    std::uint64_t forgotten_count() const { return forgotten_count_; }
    const SequenceSettings& settings() const { return settings_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof(*this) + cells_.size() * sizeof(Cell); }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::size_t kWays = 4;

    /// Of a context (with `types`) or of a symbol behind one. Empty: count 0.
    struct Cell {
        std::uint64_t key = 0;
        std::int64_t last = 0;
        float count = 0;
        float types = 0;
    };
    static_assert(sizeof(Cell) == kCellBytes);

    const Cell* find(std::uint64_t key) const;
    Cell& take(std::uint64_t key, std::int64_t time);
    double decay(const Cell& cell, std::int64_t time) const;
    std::size_t set_of(std::uint64_t key) const;

    SequenceSettings settings_;
    std::vector<Cell> cells_;
    std::uint64_t forgotten_count_ = 0;
};

}  // namespace vedette::learn
