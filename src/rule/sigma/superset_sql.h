// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rule/search/sql.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// A condition on the store's table `events` (store/schema.h) that is 1 for every row which a rule
/// can be true on, and for as few others as is cheap to say: what the store is asked before rows
/// are judged exactly. "1" where nothing can be said.
///
/// Why it leaves nothing out:
/// - A `not`, and a line of absence (null, exists, neq), says nothing: 1. Of `and` all parts are
///   asked, of `or` one must be, so 1 in it makes it 1.
/// - Texts are compared in ASCII lower case (`lower`), by the runs of ASCII in them: fold.h changes
///   other letters otherwise than the store does. The two letters that fold.h makes ASCII of
///   (U+0130, U+212A) let their value through whenever i or k is looked for.
/// - Rows with names that found no place in the dictionary may have a name twice in the map, of
///   which the store reads one: they go through.
/// - A value of the map that begins with `[` may be a list, and goes through.
/// - What no SQL says exactly (expressions, networks, comparisons) asks for a value alone.
/// - A column of numbers is compared as a number where the whole value is asked, else for being
///   there.
/// Where columns alone rule some rows out, that stands in front as a condition of its own: the
/// store asks it first, and reads the map only where it leaves rows.
/// Values are parameters; never in the text.
std::string superset_sql(const Rule& rule, const std::vector<LogSourceWay>& ways,
                         search::SqlWriter& writer);

}  // namespace vedette::rule::sigma
