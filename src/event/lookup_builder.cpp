// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <unordered_map>

#include "base/hash.h"
#include "event/lookup_key.h"
#include "event/lookup_limits.h"
#include "event/lookup_list.h"
#include "event/lower_case.h"
#include "event/table_text.h"

namespace vedette::event {

namespace {

using base::ErrorCode;
using base::Result;

/// What a date or a time covers: a day, or a moment.
struct Span {
    base::Timestamp from, to;
};

std::optional<Span> read_span(std::string_view text) {
    constexpr std::size_t kDateSize = 10;  // 2026-05-31
    if (text.size() == kDateSize) {
        const auto day = base::parse_rfc3339(std::string(text) + "T00:00:00Z");
        if (!day) return std::nullopt;
        return Span{*day, {day->unix_ns + base::kNsPerDay}};
    }
    const auto time = base::parse_rfc3339(text);
    return time ? std::optional<Span>({*time, *time}) : std::nullopt;
}

}  // namespace

/// Takes rows one after the other and puts them into a list.
class LookupListBuilder {
  public:
    explicit LookupListBuilder(ListDefinition definition) {
        list_.definition_ = std::move(definition);
        list_.text_ends_.push_back(0);  // the empty text
        is_timed_ =
            !of().since.text.empty() || !of().after.text.empty() || !of().until.text.empty();
    }

    const ListDefinition& of() const { return list_.definition_; }

    Result<void> add_table(std::string_view where, std::string_view text);
    Result<void> add_lines(std::string_view where, std::string_view text);
    Result<void> add_inline(std::string_view where);
    Result<LookupList> finish(std::string_view where);
    void end_of_file() { list_.file_row_count_ = static_cast<std::uint32_t>(list_.row_count()); }

  private:
    /// A row's values by what they are for.
    struct Values {
        std::array<std::string_view, kListKeyColumnsMax> keys;
        std::string_view since, after, until;
        std::array<std::string_view, kListAddedMax> added;
    };
    /// Where the columns that count stand in a row.
    struct Columns {
        std::vector<std::size_t> keys, added;
        std::size_t since = kNone, after = kNone, until = kNone;
        static constexpr std::size_t kNone = ~std::size_t{0};
    };

    Result<Columns> columns_of(std::string_view where, const std::vector<std::string_view>& header,
                               std::size_t line) const;
    Result<void> add(const Values& values, std::size_t line, const std::string& at);
    Result<bool> add_key(std::string_view key, const std::string& at);
    Result<std::string_view> normal(std::string_view key, const std::string& at);
    Result<ListTimes> times_of(const Values& values, const std::string& at) const;
    std::uint32_t interned(std::string_view text);
    void make_ranges();
    Result<bool> link(std::size_t index, std::uint32_t number, std::string_view where);

    LookupList list_;
    bool is_timed_ = false;
    std::string folded_;
    std::array<char, 17> network_{};
    std::unordered_map<std::string, std::uint32_t> texts_;
    std::array<bool, 129> has_v4_{}, has_v6_{};
};

Result<LookupListBuilder::Columns> LookupListBuilder::columns_of(
    std::string_view where, const std::vector<std::string_view>& header, std::size_t line) const {
    std::vector<std::string> known;
    for (const std::string_view name : header) known.emplace_back(name);
    const auto find = [&](const Placed& wanted) -> Result<std::size_t> {
        const auto found = std::find(known.begin(), known.end(), wanted.text);
        if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
        const std::string guess = nearest(wanted.text, known);
        std::string all;
        for (std::size_t i = 0; i < std::min<std::size_t>(known.size(), 12); ++i) {
            all += (i == 0 ? "" : ", ") + known[i];
        }
        return base::fail(ErrorCode::bad_input, "the header has no column '" + wanted.text + "'",
                          std::string(where) + ":" + std::to_string(line),
                          guess.empty() ? "it has " + all : "did you mean '" + guess + "'?");
    };
    Columns out;
    for (const Placed& key : of().keys) {
        VD_TRY(const std::size_t at, find(key));
        out.keys.push_back(at);
    }
    for (const AddedColumn& column : of().added) {
        VD_TRY(const std::size_t at, find(column.column));
        out.added.push_back(at);
    }
    for (const auto& [name, at] : {std::pair{&of().since, &out.since},
                                   {&of().after, &out.after},
                                   {&of().until, &out.until}}) {
        if (name->text.empty()) continue;
        VD_TRY(*at, find(*name));
    }
    return out;
}

Result<void> LookupListBuilder::add_table(std::string_view where, std::string_view text) {
    TableReader table(text, TableReader::separator_of(text));
    const auto at = [&] { return std::string(where) + ":" + std::to_string(table.line()); };
    const auto next = [&]() -> Result<bool> {
        auto more = table.next();
        if (!more) more.error().where = at();
        return more;
    };
    VD_TRY(const bool has_header, next());
    if (!has_header) {
        return base::fail(ErrorCode::bad_input, "the file has no header line", std::string(where),
                          "the first line names the columns");
    }
    const std::size_t width = table.values().size();
    VD_TRY(const Columns columns, columns_of(where, table.values(), table.line()));
    for (;;) {
        VD_TRY(const bool has_row, next());
        if (!has_row) break;
        if (table.values().size() > width) {
            return base::fail(ErrorCode::bad_input,
                              "the row has " + std::to_string(table.values().size()) +
                                  " values, the header " + std::to_string(width),
                              at(), "a value with a separator in it stands in quotes");
        }
        const auto value = [&](std::size_t column) {
            return column < table.values().size() ? table.values()[column] : std::string_view();
        };
        Values values;
        for (std::size_t i = 0; i < columns.keys.size(); ++i)
            values.keys[i] = value(columns.keys[i]);
        for (std::size_t i = 0; i < columns.added.size(); ++i) {
            values.added[i] = value(columns.added[i]);
        }
        values.since = value(columns.since);
        values.after = value(columns.after);
        values.until = value(columns.until);
        VD_TRY_DO(add(values, table.line(), at()));
    }
    return {};
}

Result<void> LookupListBuilder::add_lines(std::string_view where, std::string_view text) {
    for (LineList lines(text); lines.next();) {
        Values values;
        values.keys[0] = lines.value();
        VD_TRY_DO(
            add(values, lines.line(), std::string(where) + ":" + std::to_string(lines.line())));
    }
    return {};
}

Result<void> LookupListBuilder::add_inline(std::string_view where) {
    const std::vector<InlineRow> rows = std::move(list_.definition_.rows);
    list_.definition_.rows.clear();
    for (const InlineRow& row : rows) {
        Values values;
        if (row.columns.empty()) values.keys[0] = trimmed(row.key);
        for (const auto& [column, text] : row.columns) {
            for (std::size_t i = 0; i < of().keys.size(); ++i) {
                if (of().keys[i].text == column) values.keys[i] = trimmed(text);
            }
            for (std::size_t i = 0; i < of().added.size(); ++i) {
                if (of().added[i].column.text == column) values.added[i] = trimmed(text);
            }
            if (of().since.text == column) values.since = trimmed(text);
            if (of().after.text == column) values.after = trimmed(text);
            if (of().until.text == column) values.until = trimmed(text);
        }
        VD_TRY_DO(
            add(values, static_cast<std::size_t>(row.place.line), place_text(where, row.place)));
    }
    return {};
}

Result<ListTimes> LookupListBuilder::times_of(const Values& values, const std::string& at) const {
    ListTimes times;
    for (const auto& [text, name] : {std::pair{values.since, &of().since},
                                     {values.after, &of().after},
                                     {values.until, &of().until}}) {
        if (text.empty()) continue;
        const auto span = read_span(text);
        if (!span) {
            return base::fail(ErrorCode::bad_input,
                              "'" + std::string(text.substr(0, 40)) + "' in the column '" +
                                  name->text + "' is no date and no time",
                              at, "2026-05-31, or 2026-05-31T17:00:00+02:00");
        }
        if (name == &of().since) times.from = span->from;
        if (name == &of().after) times.from = span->to;
        if (name == &of().until) times.to = span->to;
    }
    if (times.from >= times.to) {
        return base::fail(ErrorCode::bad_input, "the row ends before it begins", at);
    }
    return times;
}

std::uint32_t LookupListBuilder::interned(std::string_view text) {
    if (text.empty()) return 0;
    const auto [at, is_new] =
        texts_.emplace(text, static_cast<std::uint32_t>(list_.text_ends_.size()));
    if (is_new) {
        list_.texts_.append(text);
        list_.text_ends_.push_back(static_cast<std::uint32_t>(list_.texts_.size()));
    }
    return at->second;
}

Result<void> LookupListBuilder::add(const Values& values, std::size_t line, const std::string& at) {
    bool has_key = false;
    for (const std::string_view key : values.keys) {
        if (key.empty()) continue;
        VD_TRY([[maybe_unused]] const bool is_added, add_key(key, at));
        has_key = true;
    }
    if (!has_key) {
        ++list_.keyless_count_;
        return {};
    }
    if (is_timed_) {
        VD_TRY(const ListTimes times, times_of(values, at));
        list_.times_.push_back(times);
    }
    for (std::size_t i = 0; i < of().added.size(); ++i) {
        if (values.added[i].size() > kListAddedBytesMax) {
            return base::fail(ErrorCode::limit,
                              "the value of '" + of().added[i].column.text + "' has more than " +
                                  std::to_string(kListAddedBytesMax) + " bytes",
                              at);
        }
        list_.cells_.push_back(interned(values.added[i]));
    }
    list_.lines_.push_back(static_cast<std::uint32_t>(line));
    return {};
}

/// A key in the form in which it is compared. Lives: until the next call.
Result<std::string_view> LookupListBuilder::normal(std::string_view key, const std::string& at) {
    const auto shown = [&] { return "'" + std::string(key.substr(0, 60)) + "'"; };
    switch (of().match) {
        case ListMatch::exact: return key;
        case ListMatch::text: return lower_case(key, folded_);
        case ListMatch::network: {
            const auto network = read_network(key);
            if (!network) {
                return base::fail(ErrorCode::bad_input, shown() + " is no address and no network",
                                  at, "e.g. 10.0.0.0/8, 192.0.2.7, 2001:db8::/32");
            }
            const bool is_v4 = network->address.is_v4() && network->prefix_bits >= kV4PrefixBits;
            (is_v4 ? has_v4_ : has_v6_)[static_cast<std::size_t>(network->prefix_bits)] = true;
            const NetworkKey made(*network);
            std::copy(made.text().begin(), made.text().end(), network_.begin());
            return std::string_view(network_.data(), network_.size());
        }
        case ListMatch::domain: {
            std::string_view folded = lower_case(key, folded_);
            if (folded.starts_with("*.")) folded.remove_prefix(2);
            const auto domain = domain_key(folded);
            const bool is_name = domain && domain->find_first_of(" /:@*\\") == std::string::npos;
            if (!is_name) {
                return base::fail(ErrorCode::bad_input, shown() + " is no domain", at,
                                  "e.g. example.com, which has www.example.com in it");
            }
            return *domain;
        }
    }
    return key;
}

/// Of the row that is to come.
Result<bool> LookupListBuilder::add_key(std::string_view key, const std::string& at) {
    if (list_.entries_.size() == kListKeysMax) {
        return base::fail(ErrorCode::limit,
                          "the list has more than " + std::to_string(kListKeysMax) + " keys", at);
    }
    VD_TRY(const std::string_view made, normal(key, at));
    if (made.size() > kListKeyBytesMax) {
        return base::fail(ErrorCode::limit,
                          "the key has more than " + std::to_string(kListKeyBytesMax) + " bytes",
                          at);
    }
    LookupList::Entry entry;
    entry.offset = static_cast<std::uint32_t>(list_.keys_.size());
    entry.size = static_cast<std::uint32_t>(made.size());
    entry.row = static_cast<std::uint32_t>(list_.lines_.size());
    list_.keys_.append(made);
    list_.entries_.push_back(entry);
    return true;
}

/// Finds the place of an entry that becomes number `number`. False if an earlier one has its key
/// and always counts.
Result<bool> LookupListBuilder::link(std::size_t index, std::uint32_t number,
                                     std::string_view where) {
    auto& entries = list_.entries_;
    const std::string_view key = list_.text_of(entries[index]);
    const std::uint64_t hash = base::hash64(key);
    std::uint32_t known = list_.first_entry(key, hash);
    if (known == 0) {
        const std::size_t mask = list_.slots_.size() - 1;
        std::size_t at = hash & mask;
        while (list_.slots_[at] != 0) at = (at + 1) & mask;
        list_.slots_[at] = (hash >> 32 << 32) | number;
        return true;
    }
    if (!is_timed_) return false;
    std::size_t count = 1;
    for (; entries[known - 1].next != 0; known = entries[known - 1].next) ++count;
    if (count == kListRowsPerKeyMax) {
        return base::fail(
            ErrorCode::limit,
            "more than " + std::to_string(kListRowsPerKeyMax) + " rows have the same key",
            std::string(where) + ":" + std::to_string(list_.lines_[entries[index].row]));
    }
    entries[known - 1].next = number;
    return true;
}

/// Networks lie within each other or apart, so a walk by their beginnings with those that are open
/// gives for every stretch of addresses the innermost one.
void LookupListBuilder::make_ranges() {
    struct Open {
        Address end;
        std::uint32_t number;
    };
    for (const bool is_v4 : {true, false}) {
        std::vector<std::pair<Network, std::uint32_t>> networks;
        for (std::size_t i = 0; i < list_.entries_.size(); ++i) {
            const Network network = NetworkKey::read(list_.text_of(list_.entries_[i]));
            const bool has_v4 = network.address.is_v4() && network.prefix_bits >= kV4PrefixBits;
            if (has_v4 == is_v4) networks.emplace_back(network, static_cast<std::uint32_t>(i + 1));
        }
        std::sort(networks.begin(), networks.end(), [](const auto& a, const auto& b) {
            return std::tie(a.first.address, a.first.prefix_bits) <
                   std::tie(b.first.address, b.first.prefix_bits);
        });
        auto& ranges = is_v4 ? list_.v4_ranges_ : list_.v6_ranges_;
        const auto begin = [&](const Address& from, std::uint32_t number) {
            if (!ranges.empty() && ranges.back().from == from) ranges.pop_back();
            ranges.push_back({from, number});
        };
        std::vector<Open> open;
        const auto close = [&] {
            const auto behind = open.back().end.next();
            open.pop_back();
            if (behind) begin(*behind, open.empty() ? 0 : open.back().number);
        };
        for (const auto& [network, number] : networks) {
            while (!open.empty() && open.back().end < network.address) close();
            begin(network.address, number);
            open.push_back({network.address.last(network.prefix_bits), number});
        }
        while (!open.empty()) close();
        ranges.shrink_to_fit();
    }
}

Result<LookupList> LookupListBuilder::finish(std::string_view where) {
    auto& entries = list_.entries_;
    list_.slots_.assign(std::bit_ceil(entries.size() * 4 / 3 + 1), 0);
    std::uint32_t kept = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        VD_TRY(const bool is_new, link(i, kept + 1, where));
        if (is_new) {
            entries[kept++] = entries[i];
        } else {
            ++list_.repeated_count_;
        }
    }
    entries.resize(kept);
    for (int bits = 128; bits >= 0; --bits) {
        if (has_v4_[static_cast<std::size_t>(bits)]) list_.v4_prefixes_.push_back(bits);
        if (has_v6_[static_cast<std::size_t>(bits)]) list_.v6_prefixes_.push_back(bits);
    }
    if (of().match == ListMatch::network && !is_timed_) make_ranges();
    list_.keys_.shrink_to_fit();
    entries.shrink_to_fit();
    list_.lines_.shrink_to_fit();
    list_.times_.shrink_to_fit();
    list_.cells_.shrink_to_fit();
    return std::move(list_);
}

Result<LookupList> build_list(std::string_view where, ListDefinition definition,
                              std::string_view file_where, std::string_view file_text) {
    const bool has_file = !definition.file.text.empty();
    const bool is_table = !definition.keys.empty();
    LookupListBuilder builder(std::move(definition));
    if (has_file) {
        VD_TRY_DO(is_table ? builder.add_table(file_where, file_text)
                           : builder.add_lines(file_where, file_text));
    }
    builder.end_of_file();
    VD_TRY_DO(builder.add_inline(where));
    return builder.finish(has_file ? file_where : where);
}

}  // namespace vedette::event
