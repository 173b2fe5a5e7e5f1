// SPDX-License-Identifier: Apache-2.0
#include "rule/search/value_sql.h"

namespace vedette::rule::search {

namespace {

constexpr std::string_view kMarks = "('', 'null', '[]', '{}')";

// Elements of a list that are values: told by their JSON, where "null" in quotes is a text.
std::string elements(const std::string& text) {
    return "arrayMap(y -> if(startsWith(y, '\"'), JSONExtractString(y), y), arrayFilter(y -> y NOT "
           "IN ('null', '[]', '{}', '\"\"'), JSONExtractArrayRaw(" +
           text + ")))";
}

std::string array_of_text(const std::string& text, bool may_be_list) {
    if (!may_be_list) return "if(" + text + " = '', [], [" + text + "])";
    return "if(" + is_list(text) + ", " + elements(text) + ", if(" + text + " IN " +
           std::string(kMarks) + ", [], [" + text + "]))";
}

}  // namespace

std::string is_number_text(const std::string& text) {
    return "match(" + text + ", '^-?[0-9]{1,19}(\\\\.[0-9]{1,9})?$')";
}

FieldSql field_sql(const FieldPlace& place, SqlWriter& writer) {
    const std::string column = '`' + place.column + '`';
    if (place.kind == FieldKind::meta_text) return {"toString(" + column + ")", false, {}};
    if (place.kind == FieldKind::meta_number) {
        return {"toString(" + column + ")", false, "toDecimal128(" + column + ", 9)"};
    }
    const bool is_number = place.kind == FieldKind::number;
    const std::string in_column = is_number ? "ifNull(toString(" + column + "), '')" : column;
    if (writer.is_only_in_column(place)) {
        return {in_column, false, is_number ? "toDecimal128(" + column + ", 9)" : ""};
    }
    const SqlWriter::MapField in_map = writer.map_field(place.name);
    if (place.column.empty()) return {in_map.text, true, {}};
    return {
        "if(" + in_map.is_there + ", " + in_map.text + ", toString(" + in_column + "))", true, {}};
}

std::string values_array(const FieldSql& field) {
    return array_of_text(field.text, field.may_be_list);
}

std::string different_values(const std::string& text, std::size_t values_max) {
    return "arraySlice(arrayDistinct(" + array_of_text(text, true) + "), 1, " +
           std::to_string(values_max) + ")";
}

std::string numbers_array(const FieldSql& field) {
    if (!field.number.empty()) {
        return "if(isNull(" + field.number + "), [], [assumeNotNull(" + field.number + ")])";
    }
    const std::string single =
        "if(" + is_number_text(field.text) + ", [toDecimal128OrZero(" + field.text + ", 9)], [])";
    if (!field.may_be_list) return single;
    return "if(" + is_list(field.text) +
           ", arrayMap(z -> toDecimal128OrZero(z, 9), arrayFilter(z -> " + is_number_text("z") +
           ", " + elements(field.text) + ")), " + single + ")";
}

std::string has_value(const FieldSql& field) {
    if (!field.number.empty()) return "isNotNull(" + field.number + ")";
    if (!field.may_be_list) return field.text + " != ''";
    return "notEmpty(" + values_array(field) + ")";
}

}  // namespace vedette::rule::search
