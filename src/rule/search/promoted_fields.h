// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rule/search/sql.h"

namespace vedette::rule::search {

/// The names of fields that a statement looks for in the store's map: those that might be worth a
/// column of their own. Each once, in order.
std::vector<std::string> map_fields(const SqlQuery& query);

/// The same statement, reading columns instead of the map for fields that have one by promotion
/// (store/promotion.h: NULL where the row lacks the field); `columns`: field -> column, names of
/// ours. The answer is the same. Works on the text that SqlWriter writes, where a map is read as
/// `fields[{pN:String}]` and `mapContains(fields, {pN:String})` and nowhere else; a field that is
/// read in another way stays in the map.
SqlQuery with_promoted(SqlQuery query, const std::map<std::string, std::string>& columns);

}  // namespace vedette::rule::search
