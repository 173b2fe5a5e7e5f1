// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "parse/user_made/definition.h"
#include "parse/user_made/dissect.h"
#include "parse/user_made/lookup_table.h"
#include "parse/user_made/pattern.h"
#include "parse/user_made/time_form.h"

namespace vedette::parse::user_made {

/// Number of a value of a row: what a stage fills, what a step makes, a constant.
using ValueIndex = std::uint16_t;
inline constexpr ValueIndex kNoValue = 0xFFFF;

/// A stage, ready to run.
struct StageProgram {
    Stage written;
    ValueIndex of = kNoValue;  ///< what it takes apart; kNoValue: the record
    /// Names that the record may give, and the value they go to. Fixed for regex, dissect and csv
    /// with columns; for the others what the definition mentions.
    std::unordered_map<std::string, ValueIndex> inputs;
    std::shared_ptr<const Pattern> pattern;  ///< regex
    std::vector<ValueIndex> groups;          ///< regex: by group
    std::shared_ptr<const Dissect> dissect;  ///< dissect
    std::vector<ValueIndex> keys;            ///< dissect: by key; csv: by column
};

/// One instruction. They run in order, once a row.
struct Op {
    enum class Code : std::uint8_t { convert, lookup, split, split_list, url, time };
    Code code = Code::convert;
    Conversion conversion = Conversion::trim;
    ValueIndex source = kNoValue;
    ValueIndex target = kNoValue;
    ValueIndex otherwise = kNoValue;  ///< convert to ip: where what is no address goes
    std::uint16_t parameter = 0;      ///< index into the table that `code` goes with
};

struct LookupParameter {
    std::shared_ptr<const LookupTable> table;
    std::string fallback;
    bool has_fallback = false;
    bool is_in_place = false;  ///< what is not found stays as it is
};
struct SplitParameter {
    std::string separator;
    std::vector<ValueIndex> into;  ///< empty: a list in the target
};
struct TimeParameter {
    std::vector<ValueIndex> of;
    std::vector<TimeForm> forms;
    std::shared_ptr<const TimeZone> zone;
};

/// What becomes a field in the end.
struct Emit {
    ValueIndex value = kNoValue;
    std::string field;
    std::string constant;  ///< if there is no value
};

/// A definition as a flat list of instructions over numbered values: renaming and dropping cost
/// nothing when it runs, and no name is looked at again. Immutable; decoders share it.
struct Program {
    Definition definition;
    std::vector<StageProgram> stages;
    std::vector<Op> ops;
    std::vector<LookupParameter> lookups;
    std::vector<SplitParameter> splits;
    std::vector<TimeParameter> times;
    std::vector<Emit> emits;
    /// Fields that the definition makes: what a record says under such a name is not kept beside.
    std::set<std::string, std::less<>> made_fields;
    std::size_t value_count = 0;
    std::shared_ptr<const Pattern> recognised;  ///< `recognise: regex`
};

/// Gives the bytes of a file that a definition names: "codes.csv", or a zone "zone:Europe/Berlin".
using ReadFile = std::function<base::Result<std::string>(const std::string& name)>;
inline constexpr std::string_view kZonePrefix = "zone:";

/// Errors: bad_input with file:line:column for what cannot work together; those of `read_file`.
base::Result<std::shared_ptr<const Program>> compile(std::string_view where, Definition definition,
                                                     const ReadFile& read_file);

}  // namespace vedette::parse::user_made
