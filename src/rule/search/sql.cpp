// SPDX-License-Identifier: Apache-2.0
#include "rule/search/sql.h"

#include <algorithm>

#include "rule/search/limits.h"
#include "rule/search/pipe_sql.h"

namespace vedette::rule::search {

namespace {

// What the store's conversions read exactly; others it would round or refuse. See Number.
constexpr std::string_view kNumberPattern = "'^-?[0-9]{1,19}(\\\\.[0-9]{1,9})?$'";

std::string joined(const std::vector<std::string>& parts, std::string_view word) {
    if (parts.size() == 1) return parts.front();
    std::string out = "(";
    for (const std::string& part : parts) {
        if (out.size() > 1) out.append(" ").append(word).append(" ");
        out += part;
    }
    return out + ")";
}

// Nothing else becomes a text of ASCII without letters when it is put into lower case: addresses
// and numbers are compared as they are.
bool has_case(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c & 0x80) != 0; });
}

bool is_exact(const Check& check) {
    return check.number_low && check.number_high &&
           check.number_low->number == check.number_high->number &&
           check.number_low->is_inclusive && check.number_high->is_inclusive;
}

constexpr std::size_t kSpelledDigitsMax = 19;

// An expression for every text that is this number: 7 as well as 007.0. The store applies it to
// the dictionary of a column, and a conversion to each row.
std::string spellings_of(const Number& number) {
    constexpr std::size_t kDigitsMax = kSpelledDigitsMax, kDecimalsMax = 9;
    const Number::Billionths size = number.billionths < 0 ? -number.billionths : number.billionths;
    const auto whole = static_cast<std::uint64_t>(size / 1'000'000'000);
    std::string decimals = std::to_string(static_cast<std::uint64_t>(size % 1'000'000'000));
    decimals.insert(0, kDecimalsMax - decimals.size(), '0');
    decimals.erase(decimals.find_last_not_of('0') + 1);
    const std::string digits = std::to_string(whole);
    std::string out = number.billionths < 0 ? "^-" : size == 0 ? "^-?" : "^";
    out += whole == 0 ? "0{1," + std::to_string(kDigitsMax) + "}"
                      : "0{0," + std::to_string(kDigitsMax - digits.size()) + "}" + digits;
    out += decimals.empty()
               ? "(\\.0{1," + std::to_string(kDecimalsMax) + "})?"
               : "\\." + decimals + "0{0," + std::to_string(kDecimalsMax - decimals.size()) + "}";
    return out + '$';
}

/// Whether the check cannot hold for an empty text, which in a column means that there is none.
bool needs_text(const Check& check) {
    return (check.kind == Check::Kind::equals && !check.text.empty()) ||
           check.kind == Check::Kind::number_range || check.kind == Check::Kind::network;
}

/// Whether what an equals check looks for is among the spellings of a number that is looked for
/// beside it.
bool is_among_spellings(const Check& check, const std::vector<Check>& checks) {
    if (check.kind != Check::Kind::equals || check.text.size() > kSpelledDigitsMax ||
        check.text.find_first_not_of("0123456789") != std::string::npos) {
        return false;
    }
    const auto number = read_number(check.text);
    return number && std::any_of(checks.begin(), checks.end(), [&](const Check& other) {
               return other.kind == Check::Kind::number_range && is_exact(other) &&
                      other.number_low->number == *number;
           });
}

std::string column_name(const FieldPlace& place) { return '`' + place.column + '`'; }

}  // namespace

std::string is_list(const std::string& value) {
    return "startsWith(" + value + ", '[') AND " + value + " != '[]' AND isValidJSON(" + value +
           ")";
}

std::string list_elements(const std::string& value) {
    return "arrayMap(y -> if(startsWith(y, '\"'), JSONExtractString(y), y), JSONExtractArrayRaw(" +
           value + "))";
}

bool SqlWriter::is_only_in_column(const FieldPlace& place) {
    if (place.column.empty() || place.id >= 64) return false;
    const std::uint64_t bit = std::uint64_t{1} << place.id;
    if ((mapped_fields_ & bit) != 0) return false;
    relies_on_ |= bit;
    return true;
}

SqlQuery SqlWriter::take_query(std::string sql) {
    SqlQuery out;
    out.sql = std::move(sql);
    out.params = take_params();
    out.relies_on = relies_on_;
    out.map_fields.assign(map_fields_.begin(), map_fields_.end());
    return out;
}

std::string SqlWriter::param(std::string_view type, std::string value) {
    const std::string name = "p" + std::to_string(params_.size());
    params_.emplace_back(name, std::move(value));
    return '{' + name + ':' + std::string(type) + '}';
}

SqlWriter::MapField SqlWriter::map_field(const std::string& name) {
    map_fields_.insert(name);
    if (promoted_ != nullptr) {
        if (const auto found = promoted_->find(name); found != promoted_->end()) {
            const std::string column = '`' + found->second + '`';
            return {"ifNull(" + column + ", '')", "isNotNull(" + column + ")", true};
        }
    }
    const std::string value = param("String", name);
    return {"fields[" + value + "]", "mapContains(fields, " + value + ")", false};
}

std::string SqlWriter::condition(const PlanNode& plan) {
    switch (plan.kind) {
        case Node::Kind::everything: return "1";
        case Node::Kind::test: return test(plan.test);
        case Node::Kind::negation: return "NOT " + condition(plan.children.front());
        case Node::Kind::all_of:
        case Node::Kind::any_of: break;
    }
    std::vector<std::string> parts;
    for (const PlanNode& child : plan.children) parts.push_back(condition(child));
    return joined(parts, plan.kind == Node::Kind::all_of ? "AND" : "OR");
}

std::string SqlWriter::condition(const TimeRange& range, std::string_view column) {
    const auto moment = [&](base::Timestamp time) {
        return "fromUnixTimestamp64Nano(" + param("Int64", std::to_string(time.unix_ns)) +
               ", 'UTC')";
    };
    const TimeRange open;
    std::vector<std::string> parts;
    if (range.from != open.from) parts.push_back(std::string(column) + " >= " + moment(range.from));
    if (range.to != open.to) parts.push_back(std::string(column) + " < " + moment(range.to));
    return parts.empty() ? "1" : joined(parts, "AND");
}

std::string SqlWriter::test(const PlanTest& test) {
    switch (test.place.kind) {
        case FieldKind::anywhere: return record_test(test);
        case FieldKind::meta_time: return time_test(test);
        case FieldKind::meta_text: return checks(test, column_name(test.place));
        case FieldKind::result_text:
            return "(isNotNull(" + column_name(test.place) + ") AND " +
                   checks(test, "assumeNotNull(" + column_name(test.place) + ")") + ")";
        case FieldKind::result_number:
        case FieldKind::result_time: return result_test(test);
        case FieldKind::meta_number: {
            if (test.checks.front().kind == Check::Kind::exists) return "1";
            return number_range(test.checks.front(), column_name(test.place));
        }
        case FieldKind::number: return number_column_test(test);
        case FieldKind::text:
        case FieldKind::keyword:
        case FieldKind::ip: return field_test(test);
    }
    return "0";
}

// The word index first: it knows which rows to look at without reading them.
std::string SqlWriter::record_test(const PlanTest& test) {
    const Check& check = test.checks.front();
    if (check.words.empty()) return checks(test, "raw");
    const std::string words = "hasAllTokens(lowerUTF8(raw), " + param("String", check.words) + ")";
    return check.words_are_enough ? words : "(" + words + " AND " + checks(test, "raw") + ")";
}

std::string SqlWriter::time_test(const PlanTest& test) {
    const Check& check = test.checks.front();
    return check.kind == Check::Kind::exists ? "1"
                                             : condition(check.times, column_name(test.place));
}

// Measures and times of groups may be NULL.
std::string SqlWriter::result_test(const PlanTest& test) {
    const Check& check = test.checks.front();
    const std::string column = column_name(test.place);
    if (check.kind == Check::Kind::exists) return "isNotNull(" + column + ")";
    return "ifNull(" +
           (check.kind == Check::Kind::time_range ? condition(check.times, column)
                                                  : number_range(check, column)) +
           ", 0)";
}

// The column has a first value that can be told from none; the map has what the column cannot tell,
// several values as the text of a JSON array, and all fields without a column.
std::string SqlWriter::field_test(const PlanTest& test) {
    const FieldPlace& place = test.place;
    const std::string column = column_name(place);
    if (is_only_in_column(place)) {
        if (std::all_of(test.checks.begin(), test.checks.end(), needs_text)) {
            return checks(test, column);
        }
        return "(" + column + " != '' AND " + checks(test, column) + ")";
    }
    const MapField field = map_field(place.name);
    std::string in_map = "(" + field.is_there + " AND if(" + is_list(field.text) +
                         ", arrayExists(x -> " + checks(test, "x") + ", " +
                         list_elements(field.text) + "), " + checks(test, field.text) + "))";
    if (place.column.empty() || place.kind == FieldKind::number) return in_map;
    return "((" + column + " != '' AND " + checks(test, column) + ") OR " + in_map + ")";
}

std::string SqlWriter::number_column_test(const PlanTest& test) {
    const std::string column = column_name(test.place);
    std::vector<std::string> parts;
    for (const Check& one : test.checks) {
        switch (one.kind) {
            case Check::Kind::exists: parts.push_back(column + " IS NOT NULL"); break;
            case Check::Kind::number_range:
                parts.push_back("ifNull(" + number_range(one, column) + ", 0)");
                break;
            case Check::Kind::equals:
                // A number is compared as one; other text than a number is in the map alone.
                if (read_number(one.text)) break;
                [[fallthrough]];
            default:
                parts.push_back("(" + column + " IS NOT NULL AND " +
                                check(one, "ifNull(toString(" + column + "), '')") + ")");
        }
    }
    if (!is_only_in_column(test.place)) parts.push_back(field_test(test));
    return parts.empty() ? "0" : joined(parts, "OR");
}

std::string SqlWriter::checks(const PlanTest& test, const std::string& value) {
    // Two tests of one column cost the engine nearly twice one, even where each is done for the
    // column's dictionary only.
    std::vector<std::string> parts;
    for (const Check& one : test.checks) {
        if (is_among_spellings(one, test.checks)) continue;
        parts.push_back(check(one, value));
    }
    return joined(parts, "OR");
}

std::string SqlWriter::check(const Check& check, const std::string& value) {
    const auto lower = [&] { return "lowerUTF8(" + value + ")"; };
    switch (check.kind) {
        case Check::Kind::equals:
            return (has_case(check.text) ? lower() : value) + " = " + param("String", check.text);
        case Check::Kind::lower_regex:
            return "match(" + lower() + ", " + param("String", check.text) + ")";
        case Check::Kind::regex: return "match(" + value + ", " + param("String", check.text) + ")";
        case Check::Kind::network: {
            // The function refuses what is no address, and may be computed for any row.
            const bool is_v6 = check.text.find(':') != std::string::npos;
            const std::string is_address =
                (is_v6 ? "isIPv6String(" : "isIPv4String(") + value + ")";
            return "(" + is_address + " AND isIPAddressInRange(if(" + is_address + ", toString(" +
                   value + "), " + (is_v6 ? "'::'" : "'0.0.0.0'") + "), " +
                   param("String", check.text) + "))";
        }
        case Check::Kind::number_range:
            if (is_exact(check)) {
                return "match(" + value + ", " +
                       param("String", spellings_of(check.number_low->number)) + ")";
            }
            return "(match(" + value + ", " + std::string(kNumberPattern) + ") AND ifNull(" +
                   number_range(check, "toDecimal128OrNull(toString(" + value + "), 9)") + ", 0))";
        case Check::Kind::text_range: {
            std::vector<std::string> parts;
            if (check.text_low) {
                parts.push_back(lower() + (check.text_low->is_inclusive ? " >= " : " > ") +
                                param("String", check.text_low->text));
            }
            if (check.text_high) {
                parts.push_back(lower() + (check.text_high->is_inclusive ? " <= " : " < ") +
                                param("String", check.text_high->text));
            }
            return joined(parts, "AND");
        }
        case Check::Kind::exists: return value + " NOT IN ('null', '[]', '{}')";
        case Check::Kind::list: return list_condition(*check.list, keys_of(*check.list), value);
        case Check::Kind::time_range: break;
    }
    return "0";
}

const ListKeys& SqlWriter::keys_of(const event::LookupList& list) {
    const auto [at, is_new] = lists_.try_emplace(&list);
    if (is_new) {
        at->second = list_keys(list, [this](std::string_view type, std::string value) {
            return param(type, std::move(value));
        });
    }
    return at->second;
}

std::string SqlWriter::number_range(const Check& check, const std::string& value) {
    const auto end = [&](const NumberEnd& number_end) {
        const Number& number = number_end.number;
        return number.is_whole ? param("Int64", std::to_string(number.whole()))
                               : param("Decimal(38, 9)", number.text);
    };
    if (is_exact(check)) return value + " = " + end(*check.number_low);
    std::vector<std::string> parts;
    if (check.number_low) {
        parts.push_back(value + (check.number_low->is_inclusive ? " >= " : " > ") +
                        end(*check.number_low));
    }
    if (check.number_high) {
        parts.push_back(value + (check.number_high->is_inclusive ? " <= " : " < ") +
                        end(*check.number_high));
    }
    return joined(parts, "AND");
}

namespace {

/// Bytes of keys below a node, each list as often as it is there: more than is sent, never less.
std::size_t list_bytes(const PlanNode& plan, const event::LookupList*& last) {
    std::size_t total = 0;
    for (const PlanNode& child : plan.children) total += list_bytes(child, last);
    for (const Check& check : plan.test.checks) {
        if (check.kind != Check::Kind::list || check.list.get() == last) continue;
        last = check.list.get();
        for (std::size_t i = 0; i < last->key_count(); ++i) total += last->key(i).text.size() + 3;
    }
    return total;
}

}  // namespace

base::Result<void> check_lists(const PlanNode& plan) {
    const event::LookupList* last = nullptr;
    if (list_bytes(plan, last) <= kListBytesMax) return {};
    return base::fail(
        base::ErrorCode::limit,
        "the list " + last->name() + " has more than a search can carry (" +
            std::to_string(kListBytesMax >> 20) + " MiB)",
        {}, "look it up in the stream (`fields:`), and search for user.lists:" + last->name());
}

std::string where_clause(const PlanNode& plan, const SqlOptions& options, SqlWriter& writer) {
    std::string out = writer.condition(options.range, "time") + " AND " + writer.condition(plan);
    if (options.offset_min != 0) {
        out += " AND offset >= " + writer.param("UInt64", std::to_string(options.offset_min));
    }
    return out;
}

namespace {

base::Result<std::string> where(std::string_view query, const SqlOptions& options,
                                SqlWriter& writer) {
    const auto node = parse_query(query);
    if (!node) return tl::unexpected(to_error(query, node.error()));
    const auto plan =
        plan_query(*node, options.now, options.lists ? *options.lists : event::LookupSet());
    if (!plan) return tl::unexpected(to_error(query, plan.error()));
    VD_TRY_DO(check_lists(*plan));
    return where_clause(*plan, options, writer);
}

}  // namespace

SqlQuery mapped_sql(const TimeRange& range) {
    SqlWriter writer;
    return writer.take_query("SELECT groupBitOr(mapped) FROM events WHERE mapped != 0 AND " +
                             writer.condition(range, "time"));
}

base::Result<SqlQuery> search_sql(std::string_view query, const SqlOptions& options) {
    const auto node = parse_query(query);
    if (!node) return tl::unexpected(to_error(query, node.error()));
    const event::LookupSet none;
    auto plan =
        plan_search({*node, {}}, options.now, options.range, options.lists ? *options.lists : none);
    if (!plan) return tl::unexpected(to_error(query, plan.error()));
    return events_sql(*plan, options);
}

base::Result<SqlQuery> count_sql(std::string_view query, const SqlOptions& options) {
    SqlWriter writer(options);
    VD_TRY(const std::string condition, where(query, options, writer));
    return writer.take_query("SELECT count() FROM events WHERE " + condition);
}

}  // namespace vedette::rule::search
