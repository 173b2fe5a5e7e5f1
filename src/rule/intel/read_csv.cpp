// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "event/table_text.h"
#include "rule/intel/feed_input.h"
#include "rule/intel/limits.h"
#include "rule/intel/type_names.h"

namespace vedette::rule::intel {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kNone = ~std::size_t{0};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

/// Names of columns that common feeds use, by role.
constexpr std::pair<std::string_view, std::string_view> kUsual[] = {
    {"value", "value"},
    {"indicator", "value"},
    {"ioc", "value"},
    {"ioc_value", "value"},
    {"observable", "value"},
    {"type", "type"},
    {"ioc_type", "type"},
    {"indicator_type", "type"},
    {"confidence", "confidence"},
    {"confidence_level", "confidence"},
    {"first_seen", "from"},
    {"first_seen_utc", "from"},
    {"firstseen", "from"},
    {"dateadded", "from"},
    {"date", "from"},
    {"valid_from", "from"},
    {"valid_until", "until"},
    {"expires", "until"},
    {"expiration", "until"},
    {"malware", "label"},
    {"malware_printable", "label"},
    {"threat", "label"},
    {"comment", "label"},
    {"label", "label"},
    {"description", "label"},
    {"tags", "attack"},
    {"attack", "attack"},
    {"mitre_attack", "attack"},
    {"to_ids", "to_ids"},
};

/// Where in a row is what.
struct Columns {
    /// Columns of values; those that are called by a type have it.
    std::vector<std::pair<std::size_t, std::optional<IndicatorType>>> values;
    std::size_t type = kNone, confidence = kNone, from = kNone, until = kNone, label = kNone,
                attack = kNone, to_ids = kNone;

    std::size_t* of_role(std::string_view role) {
        if (role == "type") return &type;
        if (role == "confidence") return &confidence;
        if (role == "from") return &from;
        if (role == "until") return &until;
        if (role == "label") return &label;
        if (role == "attack") return &attack;
        if (role == "to_ids") return &to_ids;
        return nullptr;
    }
    void put(std::string_view role, std::size_t place) {
        if (role == "value") {
            values.emplace_back(place, std::nullopt);
        } else if (std::size_t* const column = of_role(role);
                   column != nullptr && *column == kNone) {
            *column = place;
        }
    }
};

/// Of a header: what is called by a role, else what is called by a type.
Columns usual_columns(const std::vector<std::string_view>& header) {
    Columns columns;
    for (std::size_t i = 0; i < header.size(); ++i) {
        const std::string word = lower(header[i]);
        for (const auto& [usual, role] : kUsual) {
            if (word == usual) columns.put(role, i);
        }
    }
    if (!columns.values.empty()) return columns;
    for (std::size_t i = 0; i < header.size(); ++i) {
        const auto types = types_of_name(header[i]);
        if (types.size() == 1) columns.values.emplace_back(i, types[0].type);
    }
    return columns;
}

std::optional<std::size_t> column_number(std::string_view text) {
    std::size_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stop != text.data() + text.size() || number == 0)
        return std::nullopt;
    return number - 1;
}

Result<Columns> named_columns(const FeedSettings& settings,
                              const std::vector<std::string_view>& header, std::string_view where) {
    Columns columns;
    for (const auto& [role, column] : settings.columns) {
        const auto found = std::find_if(header.begin(), header.end(), [&](std::string_view word) {
            return lower(word) == lower(column);
        });
        if (found == header.end()) {
            return base::fail(ErrorCode::bad_input, "the table has no column '" + column + "'",
                              std::string(where), "its header line names its columns");
        }
        columns.put(role, static_cast<std::size_t>(found - header.begin()));
    }
    return columns;
}

std::optional<int> confidence_of(std::string_view text) {
    int value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && stop != text.data()) return std::clamp(value, 0, 100);
    const std::string word = lower(text);
    // The middle of each step of STIX's scale (2.1, appendix A).
    if (word == "low") return 15;
    if (word == "medium" || word == "moderate") return 50;
    if (word == "high") return 85;
    return std::nullopt;
}

class Table {
  public:
    Table(FeedInput& out, std::string_view where, std::string_view text)
        : out_(out),
          where_(where),
          text_(text),
          reader_(text, event::TableReader::separator_of(text)) {}

    Result<void> read() {
        VD_TRY_DO(find_columns());
        for (;;) {
            auto more = reader_.next();
            if (!more) {
                base::Error error = more.error();
                error.where = place();
                return tl::unexpected<base::Error>(std::move(error));
            }
            if (!*more) return {};
            row();
        }
    }

  private:
    std::string place() const { return std::string(where_) + ":" + std::to_string(reader_.line()); }

    Result<void> find_columns() {
        const FeedSettings& settings = out_.settings();
        const bool has_numbers =
            !settings.columns.empty() &&
            std::all_of(settings.columns.begin(), settings.columns.end(),
                        [](const auto& one) { return column_number(one.second).has_value(); });
        if (has_numbers) {
            for (const auto& [role, column] : settings.columns)
                columns_.put(role, *column_number(column));
        } else {
            VD_TRY_DO(read_header());
        }
        if (!columns_.values.empty()) return {};
        return base::fail(ErrorCode::bad_input, "no column of the table holds indicators",
                          std::string(where_), "say which: `columns: {value: NAME}`");
    }

    /// The header is the first line that counts, or the last remark before it, as some feeds have
    /// it.
    Result<void> read_header() {
        const FeedSettings& settings = out_.settings();
        const auto columns_of =
            [&](const std::vector<std::string_view>& header) -> Result<Columns> {
            if (settings.columns.empty()) return usual_columns(header);
            return named_columns(settings, header, where_);
        };
        if (const std::string_view remark = last_remark(); !remark.empty()) {
            event::TableReader header(remark, event::TableReader::separator_of(remark));
            const auto has_row = header.next();
            if (has_row && *has_row) {
                auto columns = columns_of(header.values());
                if (columns && !columns->values.empty()) {
                    columns_ = std::move(*columns);
                    return {};
                }
            }
        }
        VD_TRY(const bool has_header, reader_.next());
        if (!has_header) return {};
        VD_TRY(columns_, columns_of(reader_.values()));
        return {};
    }

    std::string_view last_remark() const {
        std::string_view found;
        for (std::size_t at = 0; at < text_.size();) {
            const std::size_t end = std::min(text_.find('\n', at), text_.size());
            const std::string_view line = event::trimmed(text_.substr(at, end - at));
            at = end + 1;
            if (line.empty()) continue;
            if (!line.starts_with('#')) break;
            const std::string_view words = event::trimmed(line.substr(1));
            if (words.find_first_of(",;\t") != std::string_view::npos) found = words;
        }
        return found;
    }

    std::string_view cell(std::size_t column) const {
        return column < reader_.values().size() ? reader_.values()[column] : std::string_view();
    }

    void row() {
        const std::string at = place();
        if (columns_.to_ids != kNone &&
            (cell(columns_.to_ids) == "0" || lower(cell(columns_.to_ids)) == "false")) {
            return out_.refuse("not for detection (to_ids)", at);
        }
        FeedEntry entry;
        if (columns_.confidence != kNone)
            entry.confidence = confidence_of(cell(columns_.confidence));
        if (columns_.from != kNone) entry.from_s = read_feed_time(cell(columns_.from));
        if (columns_.until != kNone) entry.until_s = read_feed_time(cell(columns_.until));
        if (columns_.label != kNone) entry.label = cell(columns_.label);
        if (columns_.attack != kNone) append_attack_ids(entry.attack, cell(columns_.attack));
        for (const auto& [column, type] : columns_.values) {
            entry.value = cell(column);
            // A table with a column for each kind of value leaves most cells of a row empty.
            if (entry.value.empty() && columns_.values.size() > 1) continue;
            entry.type = type ? type : out_.settings().type;
            typed(entry, at);
        }
    }

    void typed(FeedEntry& entry, const std::string& at) {
        const std::string_view word =
            columns_.type == kNone ? std::string_view() : cell(columns_.type);
        if (word.empty()) return out_.add(entry, at);
        const auto types = types_of_name(word);
        if (types.empty()) {
            return out_.refuse("the type " + std::string(word.substr(0, 40)), at, entry.value);
        }
        add_typed_parts(out_, entry, types, at);
    }

    FeedInput& out_;
    std::string_view where_, text_;
    event::TableReader reader_;
    Columns columns_;
};

}  // namespace

const std::vector<std::string>& column_roles() {
    static const std::vector<std::string> kRoles = {"value", "type",  "confidence", "from",
                                                    "until", "label", "attack"};
    return kRoles;
}

void add_typed_parts(FeedInput& out, FeedEntry& entry, const std::vector<TypedPart>& types,
                     std::string_view where) {
    const std::string_view whole = entry.value;
    for (const TypedPart& part : types) {
        std::string_view value = whole;
        for (std::size_t i = 0; i < part.part && !value.empty(); ++i) {
            const std::size_t bar = value.find('|');
            value = bar == std::string_view::npos ? std::string_view() : value.substr(bar + 1);
        }
        entry.type = part.type;
        entry.value = value.substr(0, value.find('|'));
        out.add(entry, where);
    }
}

bool has_known_header(std::string_view text) {
    constexpr std::size_t kHeaderBytesMax = 64u << 10;
    text = text.substr(0, kHeaderBytesMax);
    event::TableReader reader(text, event::TableReader::separator_of(text));
    const auto has_row = reader.next();
    if (has_row && *has_row && reader.values().size() > 1 &&
        !usual_columns(reader.values()).values.empty()) {
        return true;
    }
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = event::trimmed(text.substr(at, end - at));
        at = end + 1;
        if (line.empty()) continue;
        if (!line.starts_with('#')) return false;
        line = event::trimmed(line.substr(1));
        event::TableReader remark(line, event::TableReader::separator_of(line));
        const auto has_words = remark.next();
        if (has_words && *has_words && remark.values().size() > 1 &&
            !usual_columns(remark.values()).values.empty()) {
            return true;
        }
    }
    return false;
}

Result<void> read_csv(FeedInput& out, std::string_view where, std::string_view text) {
    return Table(out, where, text).read();
}

}  // namespace vedette::rule::intel
