// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/address.h"
#include "event/lookup_definition.h"

namespace vedette::event {

/// From when to when an entry counts: from <= time < to.
struct ListTimes {
    base::Timestamp from{std::numeric_limits<std::int64_t>::min()};
    base::Timestamp to{std::numeric_limits<std::int64_t>::max()};

    bool has(base::Timestamp time) const { return from <= time && time < to; }
};

/// A look-up list in the form in which values are found quickly: people, hosts, networks, domains
/// that mean something here, with what is known of them.
///
/// All four ways of matching are one hash table over byte strings: a network is found by trying its
/// prefix lengths, a domain by trying its parents, the longest first. Networks without times are
/// found in sorted ranges besides. Texts lie in one block and
/// are kept once, because departments and owners repeat.
/// Owns: everything; it does not change once built.   Threads: any.
/// Cost: docs/measures/2026-11-23-lists.md; memory about 37 bytes a key besides its text, and 4 for
/// each added column.
class LookupList {
  public:
    /// The number of a row: of the file first, then of those in the definition.
    using Row = std::uint32_t;

    /// A key as it is compared: folded text, or a network.
    struct Key {
        std::string_view text;             ///< of all but networks
        std::optional<Network> network{};  ///< of networks
        Row row = 0;
        ListTimes times;
    };

    const ListDefinition& definition() const { return definition_; }
    const std::string& name() const { return definition_.name.text; }

    /// The row that a value belongs to at a moment: of the longest network or domain, and of
    /// several with the same key the first one that counts then.
    std::optional<Row> find(std::string_view value, base::Timestamp at) const;
    /// Every row with a key that fits, whatever the time, the longest keys first. For people.
    std::vector<Row> find_all(std::string_view value) const;

    /// Of an added column (definition().added); may be empty.
    std::string_view added(Row row, std::size_t column) const;
    ListTimes times(Row row) const;
    /// The line of the file, or of the definition for rows that stand there.
    std::size_t line(Row row) const { return lines_[row]; }
    bool is_inline(Row row) const { return row >= file_row_count_; }

    std::size_t row_count() const { return lines_.size(); }
    std::size_t key_count() const { return entries_.size(); }
    Key key(std::size_t index) const;
    /// Whether any row has times.
    bool is_timed() const { return !times_.empty(); }
    /// Keys that an earlier row had already and that can therefore never count.
    std::size_t repeated_count() const { return repeated_count_; }
    /// Rows without any key.
    std::size_t keyless_count() const { return keyless_count_; }
    std::size_t memory_bytes() const;

  private:
    friend class LookupListBuilder;

    struct Entry {
        std::uint32_t offset = 0;  // of the key's text
        std::uint32_t size = 0;
        Row row = 0;
        std::uint32_t next = 0;  // number + 1 of the next entry with this key
    };
    /// From this address on an entry (number + 1) is the longest that has it; 0: none is.
    struct RangeStart {
        Address from;
        std::uint32_t number = 0;
    };
    std::optional<Row> find_network(std::string_view value) const;
    /// The first entry of a key, by its number + 1; 0 where there is none.
    std::uint32_t first_entry(std::string_view key, std::uint64_t hash) const;
    std::uint32_t first_entry(std::string_view key) const;
    std::string_view text_of(const Entry& entry) const {
        return std::string_view(keys_).substr(entry.offset, entry.size);
    }
    /// Calls `look` with the number + 1 of the first entry of every key that fits, the longest
    /// first, until it says true.
    template <typename Look>
    void each_fit(std::string_view value, const Look& look) const;

    ListDefinition definition_;
    std::string keys_;
    std::vector<Entry> entries_;
    std::vector<std::uint64_t> slots_;  // high half of the hash, number + 1; a power of two of them
    std::vector<int> v4_prefixes_, v6_prefixes_;  // descending
    // Of lists of networks without times, ascending: one search instead of one for each prefix.
    std::vector<RangeStart> v4_ranges_, v6_ranges_;
    std::vector<std::uint32_t> lines_;  // by row
    std::vector<ListTimes> times_;      // by row; empty if no row has any
    std::vector<std::uint32_t> cells_;  // by row and added column: into text_ends_
    std::string texts_;
    std::vector<std::uint32_t> text_ends_;
    std::uint32_t file_row_count_ = 0;
    std::size_t repeated_count_ = 0, keyless_count_ = 0;
};

/// Builds the list of a definition and the text of its file.
/// Errors: bad_input with file:line and what was meant (a value that is no network, a column that
/// is not there, a time that cannot be read); limit past the bounds of lookup_limits.h.
base::Result<LookupList> build_list(std::string_view where, ListDefinition definition,
                                    std::string_view file_where, std::string_view file_text);

}  // namespace vedette::event
