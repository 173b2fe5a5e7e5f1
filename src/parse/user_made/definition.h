// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "event/yaml_reader.h"

namespace vedette::parse::user_made {

using event::nearest;
using event::NodeReader;
using event::Place;
using event::place_text;
using event::Placed;

/// How a text is taken apart.
enum class Take : std::uint8_t { regex, dissect, key_value, csv, json };

/// One stage of taking apart: the record itself, or a field that an earlier stage gave.
struct Stage {
    Take take = Take::regex;
    Place place;
    Placed of;                                           ///< empty: the record
    Placed pattern;                                      ///< regex, dissect
    std::string append = " ";                            ///< dissect: between the parts of %{+name}
    std::string between = " ,;\t";                       ///< key_value: bytes between pairs
    std::string assign = "=";                            ///< key_value: bytes between key and value
    std::string quotes = "\"'";                          ///< key_value: bytes around values
    char separator = ',';                                ///< csv
    std::vector<Placed> columns = {};                    ///< csv; empty: the header line names them
    bool has_header = false;                             ///< csv: the first line is no record
    std::vector<std::pair<Placed, Placed>> fields = {};  ///< renamed at once: path or key -> field
    bool keeps_rest = true;  ///< whether what nobody named is kept as well
};

/// What a value becomes.
enum class Conversion : std::uint8_t {
    integer,
    hex,
    real,
    boolean,
    ip,
    lower,
    upper,
    trim,
    unescape,
    url_decode,
    nanoseconds,
};

/// One step, for one field.
struct Step {
    enum class Kind : std::uint8_t { rename, convert, split, set, time, lookup, drop, url };
    Kind kind = Kind::set;
    Place place;
    std::vector<Placed> of;  ///< the fields it reads; several for `time` only
    Placed to;               ///< rename, lookup, set: the field it makes
    Conversion conversion = Conversion::trim;
    Placed otherwise;           ///< convert to ip: the field of what is no address
    std::string text;           ///< set: the constant; split: the separator; lookup: the default
    bool has_default = false;   ///< lookup
    std::vector<Placed> into;   ///< split: the fields of the parts; empty: a list
    std::vector<Placed> forms;  ///< time
    Placed zone;                ///< time
    std::vector<std::pair<std::string, std::string>> table;  ///< lookup
    Placed file;                                             ///< lookup
    bool ignores_case = false;                               ///< lookup
};

/// How records of the format are told from others. A record must fit everything that is said.
struct Recognition {
    Placed regex;
    std::vector<std::string> marks;  ///< literal texts
    std::vector<std::string> keys;   ///< JSON paths, keys or columns
    int certainty = 98;              ///< 1 to 100

    bool is_empty() const { return regex.text.empty() && marks.empty() && keys.empty(); }
};

/// A definition as it was written, checked as far as it can be without its files.
struct Definition {
    Placed name;
    std::string summary;
    std::string dataset;
    Recognition recognition;
    std::vector<Stage> stages;
    std::vector<Step> steps;
    std::vector<std::string> absent;  ///< values that mean that there is none, e.g. "-"
};

/// Reads a definition (README.md has the language). `where` names it in messages.
/// Errors: bad_input with file:line:column and what was meant; limit.
base::Result<Definition> read_definition(std::string_view where, std::string_view text);

/// Letters, digits and `_.-`, at most kNameBytesMax.
bool is_format_name(std::string_view name);

}  // namespace vedette::parse::user_made
