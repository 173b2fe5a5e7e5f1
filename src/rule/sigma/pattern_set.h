// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

struct hs_database;
struct hs_scratch;

namespace vedette::rule::sigma {

/// Many byte patterns searched in one pass: Vectorscan behind a small face. Immutable, so one set
/// serves any number of threads and of rule programs.
///
/// Does not promise: that an expression that is found is a match of the rule's own engine; its
/// dialect differs in corners, so hits of expressions are to be confirmed. Literals are exact.
/// Threads: any; each scanning thread has its own PatternScratch.
class PatternSet {
    struct Key {};

  public:
    enum class Kind : std::uint8_t {
        literal,           ///< bytes as they are
        caseless_literal,  ///< A to Z also as a to z
        expression,        ///< ^ and $ at every line, because values are scanned as lines
    };

    /// Compiles patterns 0, 1, 2, ... Of expressions those that Vectorscan refuses are left out and
    /// named in `refused`. Nothing if none is left.
    static std::shared_ptr<const PatternSet> make(Kind kind,
                                                  const std::vector<std::string>& patterns,
                                                  std::vector<std::uint32_t>& refused);

    explicit PatternSet(Key) {}
    ~PatternSet();
    PatternSet(const PatternSet&) = delete;
    PatternSet& operator=(const PatternSet&) = delete;

    std::size_t memory_bytes() const;
    const hs_database* database() const { return database_; }
    /// The patterns that were left out.
    const std::vector<std::uint32_t>& refused() const { return refused_; }

  private:
    hs_database* database_ = nullptr;
    std::vector<std::uint32_t> refused_;
};

/// What a scan needs besides; grows to the largest of the sets it was fitted to.
class PatternScratch {
  public:
    PatternScratch() = default;
    ~PatternScratch();
    PatternScratch(const PatternScratch&) = delete;
    PatternScratch& operator=(const PatternScratch&) = delete;

    /// Before the first scan of a set. Stops the program if there is no memory.
    void fit(const PatternSet& set);
    hs_scratch* get() const { return scratch_; }
    std::size_t memory_bytes() const;

  private:
    hs_scratch* scratch_ = nullptr;
};

/// Called with a pattern and the offset behind its end; a value other than 0 ends the scan.
using OnPattern = int (*)(unsigned int pattern, unsigned long long from, unsigned long long to,
                          unsigned int flags, void* context);

/// Calls back for every end of every pattern, possibly more than once for expressions.
void scan_patterns(const PatternSet& set, const PatternScratch& scratch, std::string_view text,
                   OnPattern on_pattern, void* context);

/// The same with a callable `int(pattern, end)`.
template <typename Callback>
void scan_patterns(const PatternSet& set, const PatternScratch& scratch, std::string_view text,
                   Callback& callback) {
    scan_patterns(
        set, scratch, text,
        [](unsigned int pattern, unsigned long long, unsigned long long to, unsigned int,
           void* context) { return (*static_cast<Callback*>(context))(pattern, to); },
        &callback);
}

/// The sets that are in use somewhere, by their content: a rule program of which one rule changed
/// takes over the sets of all columns that did not change. Holds none alive.
/// Threads: any.
class PatternSetCache {
  public:
    /// A set of this content, made if nobody has one. Nothing if no pattern can be compiled.
    std::shared_ptr<const PatternSet> get(PatternSet::Kind kind,
                                          const std::vector<std::string>& patterns,
                                          std::vector<std::uint32_t>& refused);
    /// How many sets were compiled so far.
    std::size_t made_count() const;

  private:
    mutable std::mutex mutex_;
    std::map<base::Hash128, std::weak_ptr<const PatternSet>> sets_;
    std::size_t made_count_ = 0;
};

}  // namespace vedette::rule::sigma
