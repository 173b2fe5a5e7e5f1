// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "rule/intel/indicator.h"

namespace re2 {
class RE2;
}

namespace vedette::rule::intel {

/// What is obviously good and must be no indicator: private networks, the names of the machine
/// itself, hashes of nothing, and what the user's warning lists say.
///
/// An indicator is kept out if it is a value of a list, and also if it would find one: `co.uk`
/// where `bbc.co.uk` is good, `0.0.0.0/0` where 10.0.0.0/8 is. A URL is kept out only if it names
/// nothing but a host that is listed: one page of a good site may be a bad one. Threads: looking
/// from any, adding from one.
class WarningLists {
  public:
    WarningLists();
    ~WarningLists();
    WarningLists(WarningLists&&) noexcept;
    WarningLists& operator=(WarningLists&&) noexcept;

    /// Special-purpose addresses (RFC 6890 and others) without those for documentation, names of
    /// RFC 6761 that lead nowhere, hashes of the empty file; domains under which anybody can have a
    /// name of his own (`co.uk`, `github.io`: the public suffix list, by libpsl).
    static WarningLists built_in();

    /// A list as MISP has them (JSON: name, type, list, matching_attributes; of type cidr,
    /// hostname, string, substring, regex), or a plain one: a domain, address, network or hash a
    /// line, also behind a rank (`17,example.com`). Errors: bad_input if it is no list or a value
    /// of it cannot be read; limit.
    base::Result<void> add(std::string_view where, std::string_view text);
    /// The files of a folder, or one file. No folder: none.   Errors: as add, io.
    base::Result<void> add_path(const std::string& path);

    /// The name of the list that keeps an indicator out, or nothing.
    std::optional<std::string_view> keeps_out(IndicatorType type, std::string_view key) const;

    /// The name of everything that was added.
    std::string content_hash() const { return hash_.hex(); }
    std::size_t entry_count() const { return entries_; }
    std::size_t list_count() const { return names_.size(); }

  private:
    using ListId = std::uint16_t;
    struct Range {
        event::Address first, last;
        ListId list;
    };
    struct Word {
        std::string text;
        std::uint32_t types;
        ListId list;
    };
    struct Pattern {
        std::unique_ptr<re2::RE2> expression;
        std::uint32_t types;
        ListId list;
    };

    base::Result<void> add_misp(std::string_view where, std::string_view text);
    base::Result<void> add_plain(std::string_view where, std::string_view text);
    base::Result<ListId> new_list(std::string_view where, std::string name);
    bool add_value(std::string_view value, ListId list, std::uint32_t types);
    bool add_host(std::string_view value, ListId list);
    bool add_network(std::string_view value, ListId list);
    base::Result<void> add_entry(std::string_view kind, std::string_view value, ListId list,
                                 std::uint32_t types, std::string_view where);
    std::optional<ListId> list_of_host(std::string_view name_key) const;
    std::optional<ListId> list_of_network(const event::Network& network) const;
    void settle();

    std::vector<std::string> names_;
    std::unordered_map<std::string, ListId> values_;   // type and key
    std::unordered_map<std::string, ListId> hosts_;    // with all below them
    std::unordered_map<std::string, ListId> parents_;  // of hosts: indicators that would find them
    std::vector<Range> ranges_;                        // sorted by first; last grows with it
    std::vector<Word> substrings_;
    std::vector<Pattern> patterns_;
    std::optional<ListId> public_suffixes_;  // kept out under this name
    std::size_t entries_ = 0;
    base::Hash128 hash_;
};

}  // namespace vedette::rule::intel
