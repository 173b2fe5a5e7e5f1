// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/superset_sql.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "event/batch.h"
#include "event/schema.h"

namespace vedette::rule::sigma {

namespace {

/// Texts of one line; the store's multiSearchAny takes 255.
constexpr std::size_t kTextsMax = 200;

/// A condition; empty: it is always met.
using Sql = std::string;

bool is_everything(const Sql& sql) { return sql.empty(); }

Sql all_of(const std::vector<Sql>& parts) {
    Sql out;
    for (const Sql& part : parts) {
        if (is_everything(part)) continue;
        out += (out.empty() ? "" : " AND ") + part;
    }
    return out.empty() ? out : "(" + out + ")";
}

Sql any_of(const std::vector<Sql>& parts) {
    Sql out;
    for (const Sql& part : parts) {
        if (is_everything(part)) return {};
        out += (out.empty() ? "" : " OR ") + part;
    }
    return out.empty() ? "0" : "(" + out + ")";
}

/// What is asked of a text, in ASCII lower case.
struct Needle {
    enum class Place : std::uint8_t { whole, start, end, anywhere };
    Place place = Place::anywhere;
    std::string text;
};

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

/// Of what arrives in the store as it is, however it is written on the way.
bool is_plain(char c) { return c >= ' ' && c < '\x7F'; }

/// The longest run of printable ASCII.
std::string_view ascii_run(std::string_view text) {
    std::string_view best;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin;
        while (end < text.size() && is_plain(text[end])) ++end;
        if (end - begin > best.size()) best = text.substr(begin, end - begin);
        begin = end + 1;
    }
    return best;
}

/// Nothing where any text may do.
std::optional<Needle> needle_of(const Wildcard& pattern) {
    const std::vector<Wildcard::Token>& tokens = pattern.tokens();
    std::size_t longest = tokens.size();
    std::string_view run;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::string_view here = ascii_run(tokens[i].text);
        if (here.size() > run.size()) run = here, longest = i;
    }
    if (run.empty()) return std::nullopt;
    Needle needle{Needle::Place::anywhere, lower_ascii(run)};
    if (run.size() < tokens[longest].text.size()) return needle;
    const bool is_first = longest == 0, is_last = longest + 1 == tokens.size();
    needle.place = is_first && is_last ? Needle::Place::whole
                   : is_first          ? Needle::Place::start
                   : is_last           ? Needle::Place::end
                                       : Needle::Place::anywhere;
    return needle;
}

/// "['a','b']", as the store reads an array.
std::string array_text(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) {
        if (out.size() > 1) out += ',';
        out += '\'';
        for (const char c : text) {
            if (c == '\\' || c == '\'') out += '\\';
            out += c;
        }
        out += '\'';
    }
    return out + "]";
}

class Writer {
  public:
    /// `may_read_map`: false: what only the map tells counts as met.
    Writer(const Rule& rule, search::SqlWriter& writer, bool may_read_map)
        : rule_(rule), writer_(writer), may_read_map_(may_read_map) {}

    bool reads_map() const { return reads_map_; }

    Sql by_way(const LogSourceWay& way) {
        std::vector<Sql> parts;
        way_ = nullptr;
        for (const LogSourceWay::Need& need : way.needs) parts.push_back(this->need(need));
        way_ = &way;
        parts.push_back(condition());
        return all_of(parts);
    }

    Sql condition() {
        std::vector<Sql> conditions;
        for (const Condition& one : rule_.conditions) conditions.push_back(condition(one));
        return any_of(conditions);
    }

  private:
    Sql need(const LogSourceWay::Need& need) {
        std::vector<Needle> needles;
        for (const Wildcard& pattern : need.any_of) {
            const auto needle = needle_of(pattern);
            if (!needle) {
                // A data set there always is, and any will do.
                return need.field == "dataset" ? Sql() : present(need.field);
            }
            needles.push_back(*needle);
        }
        if (needles.empty()) return "0";
        if (need.field == "dataset") return fits("dataset", needles);
        return field(need.field, needles);
    }

    Sql condition(const Condition& condition) {
        using Kind = Condition::Kind;
        std::vector<Sql> parts;
        if (condition.kind == Kind::negation) return {};
        for (const Condition& part : condition.parts) parts.push_back(this->condition(part));
        if (condition.kind == Kind::both) return all_of(parts);
        if (condition.kind == Kind::either) return any_of(parts);
        for (const Selection& one : rule_.selections) {
            const bool is_named = condition.kind == Kind::selection
                                      ? condition.name == one.name
                                      : is_meant(condition.name, one.name);
            if (is_named) parts.push_back(selection(one));
        }
        return condition.kind == Kind::all_of ? all_of(parts) : any_of(parts);
    }

    Sql selection(const Selection& selection) {
        std::vector<Sql> maps;
        for (const auto& block : selection.any_of) {
            std::vector<Sql> lines;
            for (const FieldTest& test : block) lines.push_back(line(test));
            maps.push_back(all_of(lines));
        }
        return any_of(maps);
    }

    Sql line(const FieldTest& test) {
        if (test.field.empty()) return {};
        // neq asks for a value; of its list nothing more can be said.
        if (test.is_negated) return present_by_way(test.field);
        if (!test.needs_all) return any_value(test.field, test.values);
        std::vector<Sql> parts;
        for (const RuleValue& value : test.values) {
            if (parts.size() == kTextsMax) break;
            parts.push_back(any_value(test.field, {value}));
        }
        return all_of(parts);
    }

    Sql any_value(const std::string& field, const std::vector<RuleValue>& values) {
        std::vector<Needle> needles;
        bool asks_presence = false;
        for (const RuleValue& value : values) {
            for (const ValueTest& form : value.any_of) {
                if (std::holds_alternative<NullTest>(form) ||
                    std::holds_alternative<ExistsTest>(form)) {
                    return {};
                }
                const auto* text = std::get_if<TextTest>(&form);
                const auto needle = text == nullptr ? std::nullopt : needle_of(text->pattern);
                if (needle) needles.push_back(*needle);
                asks_presence = asks_presence || !needle;
            }
        }
        if (asks_presence || needles.size() > kTextsMax) return present_by_way(field);
        return by_way(field, [&](const std::string& name) { return this->field(name, needles); });
    }

    Sql present_by_way(const std::string& field) {
        return by_way(field, [&](const std::string& name) { return present(name); });
    }

    /// A field, or what stands for it where the event does not have it.
    Sql by_way(const std::string& name, const std::function<Sql(const std::string&)>& ask) {
        const Sql own = ask(name);
        if (way_ == nullptr) return own;
        const auto alias = way_->aliases.find(name);
        return alias == way_->aliases.end() ? own : any_of({own, ask(alias->second)});
    }

    const event::SchemaField* schema_field(const std::string& name, search::FieldPlace& place) {
        const auto fields = event::schema_fields();
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (fields[i].name != name) continue;
            place.column = fields[i].column();
            place.name = name;
            place.id = static_cast<event::FieldId>(i);
            return &fields[i];
        }
        return nullptr;
    }

    Sql present(const std::string& name) {
        search::FieldPlace place;
        const event::SchemaField* known = schema_field(name, place);
        std::string in_map;
        if (known == nullptr || !writer_.is_only_in_column(place)) {
            const search::SqlWriter::MapField field = writer_.map_field(name);
            if (is_left_out(field)) return {};
            in_map = field.is_there;
        }
        if (known == nullptr) return in_map;
        const std::string column = "`" + place.column + "`";
        const std::string in_column = known->type == event::StoreType::number
                                          ? "isNotNull(" + column + ")"
                                          : "(" + column + " != '')";
        return in_map.empty() ? in_column : any_of({in_column, in_map});
    }

    Sql field(const std::string& name, const std::vector<Needle>& needles) {
        search::FieldPlace place;
        const event::SchemaField* known = schema_field(name, place);
        std::vector<Sql> ways;
        if (known != nullptr) {
            const std::string column = "`" + place.column + "`";
            ways.push_back(known->type == event::StoreType::number ? number(column, needles)
                                                                   : fits(column, needles));
            if (writer_.is_only_in_column(place)) return ways.front();
        }
        const search::SqlWriter::MapField value = writer_.map_field(name);
        if (is_left_out(value)) return {};
        ways.push_back("startsWith(" + value.text + ", '[')");
        ways.push_back(fits(value.text, needles));
        return any_of(ways);
    }

    bool is_left_out(const search::SqlWriter::MapField& field) {
        reads_map_ = reads_map_ || !field.is_promoted;
        return !field.is_promoted && !may_read_map_;
    }

    /// A number as the column has it is the text's number, whatever zeros stand before it.
    Sql number(const std::string& column, const std::vector<Needle>& needles) {
        std::vector<Sql> parts;
        for (const Needle& needle : needles) {
            if (needle.place != Needle::Place::whole) return "isNotNull(" + column + ")";
            std::int64_t value = 0;
            const char* const end = needle.text.data() + needle.text.size();
            const auto [at, code] = std::from_chars(needle.text.data(), end, value);
            if (code != std::errc() || at != end) continue;
            parts.push_back("ifNull(" + column + " = " +
                            writer_.param("Int64", std::to_string(value)) + ", 0)");
        }
        return any_of(parts);
    }

    Sql fits(const std::string& value, const std::vector<Needle>& needles) {
        std::vector<std::string> whole, anywhere;
        std::vector<Sql> parts;
        bool has_i_or_k = false;
        const std::string lower = "lower(" + value + ")";
        for (const Needle& needle : needles) {
            has_i_or_k = has_i_or_k || needle.text.find_first_of("ik") != std::string::npos;
            switch (needle.place) {
                case Needle::Place::whole: whole.push_back(needle.text); break;
                case Needle::Place::anywhere: anywhere.push_back(needle.text); break;
                case Needle::Place::start:
                    parts.push_back("startsWith(" + lower + ", " +
                                    writer_.param("String", needle.text) + ")");
                    break;
                case Needle::Place::end:
                    parts.push_back("endsWith(" + lower + ", " +
                                    writer_.param("String", needle.text) + ")");
            }
        }
        if (whole.size() == 1) {
            parts.push_back(lower + " = " + writer_.param("String", whole.front()));
        } else if (!whole.empty()) {
            parts.push_back("has(" + writer_.param("Array(String)", array_text(whole)) + ", " +
                            lower + ")");
        }
        if (!anywhere.empty()) {
            parts.push_back("multiSearchAny(" + lower + ", " +
                            writer_.param("Array(String)", array_text(anywhere)) + ")");
        }
        // U+0130 and U+212A, of which fold.h makes i and k.
        if (has_i_or_k) {
            parts.push_back("multiSearchAny(" + value + ", ['\\xC4\\xB0', '\\xE2\\x84\\xAA'])");
        }
        return any_of(parts);
    }

    const Rule& rule_;
    search::SqlWriter& writer_;
    const bool may_read_map_;
    bool reads_map_ = false;
    const LogSourceWay* way_ = nullptr;
};

Sql by_ways(Writer& writer, const std::vector<LogSourceWay>& ways) {
    std::vector<Sql> parts;
    for (const LogSourceWay& way : ways) parts.push_back(writer.by_way(way));
    return any_of(parts);
}

}  // namespace

std::string superset_sql(const Rule& rule, const std::vector<LogSourceWay>& ways,
                         search::SqlWriter& writer) {
    const std::string or_overflow =
        " OR bitAnd(flags, " + std::to_string(event::kRowOverflow) + ") != 0)";
    Writer with_map(rule, writer, true);
    const Sql all = by_ways(with_map, ways);
    if (is_everything(all)) return "1";
    const std::string sql = "(" + all + or_overflow;
    if (!with_map.reads_map()) return sql;
    Writer without_map(rule, writer, false);
    const Sql by_columns = by_ways(without_map, ways);
    return is_everything(by_columns) ? sql : "(" + by_columns + or_overflow + " AND " + sql;
}

}  // namespace vedette::rule::sigma
