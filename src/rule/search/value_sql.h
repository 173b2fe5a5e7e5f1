// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "rule/search/sql.h"

namespace vedette::rule::search {

/// How the values of a field are read from a row of the store, for groups, measures and sorting.
/// All members are SQL expressions.
struct FieldSql {
    /// The field as one text: the value, or several as the text of a JSON array, or a mark (null,
    /// [], {}), or '' where there is none.
    std::string text;
    /// Whether `text` may be a list or a mark, so that it has to be taken apart.
    bool may_be_list = false;
    /// Of a column of numbers that tells all: the number, NULL where there is none. Else empty.
    std::string number;
};

FieldSql field_sql(const FieldPlace& place, SqlWriter& writer);

/// The values as an array of texts, with repeats.
std::string values_array(const FieldSql& field);
/// The same of a text alone, without repeats and of at most `values_max`.
std::string different_values(const std::string& text, std::size_t values_max);
/// The numbers among the values as an array of Decimal(38, 9).
std::string numbers_array(const FieldSql& field);
/// 1 where there is a value.
std::string has_value(const FieldSql& field);

/// What a Number is: toDecimal128OrZero reads it exactly.
std::string is_number_text(const std::string& text);

}  // namespace vedette::rule::search
