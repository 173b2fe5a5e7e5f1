// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "event/field.h"
#include "parse/windows_event.h"

namespace vedette::parse::evtx {

/// One step of writing an event: XML text, and where the values of a record go.
struct Step {
    enum class Kind : std::uint8_t {
        text,          ///< `text` as it is
        attribute,     ///< `text`, the value, a quotation mark
        content,       ///< value `index`, all that an element has; `text` ends the element
        piece,         ///< value `index` as a part of a longer content or attribute
        constant,      ///< `text`, not escaped, is the value of `field`; nothing is written
        collect,       ///< what pieces and texts follow, up to `collected`, are one value
        collect_text,  ///< `text`, not escaped, is written and collected
        collected,     ///< what was collected is the value of `field`
    };
    Kind kind = Kind::text;
    bool is_optional = false;   ///< nothing is written for a null
    bool is_attribute = false;  ///< pieces: of an attribute's value
    bool begins_element = false;
    event::ValueKind value_kind = event::ValueKind::text;
    windows::Place inside = windows::Place::user_data;  ///< for content that is XML itself
    std::uint16_t index = 0;
    std::uint32_t text_begin = 0, text_size = 0;
    std::uint32_t element_begin = 0;  ///< content: the step that begins its element
    event::FieldId field = event::kNoField;
    /// The field once more under the name as written, or kNoField.
    event::FieldId written = event::kNoField;
    /// For a field that found no place in the dictionary: its name, in Program::text.
    std::uint32_t name_begin = 0, name_size = 0;
};

/// A template, or a piece of BinXML without one, read once and then run for every record that uses
/// it: names converted, fields found, constant XML in one piece.
struct Program {
    std::vector<Step> steps;
    std::string text;

    std::string_view text_of(const Step& step) const {
        return std::string_view(text).substr(step.text_begin, step.text_size);
    }
    std::string_view name_of(const Step& step) const {
        return std::string_view(text).substr(step.name_begin, step.name_size);
    }
    void clear() {
        steps.clear();
        text.clear();
    }
};

/// Ids of field names; remembers those it has asked for.
/// Threads: one at a time.
class FieldNames {
  public:
    explicit FieldNames(event::FieldDictionary& fields) : fields_(fields) {}
    /// kNoField if the dictionary or the budget has no room.
    event::FieldId find(std::string_view name, event::FieldBudget& budget);

  private:
    event::FieldDictionary& fields_;
    std::map<std::string, event::FieldId, std::less<>> known_;
};

/// Where BinXML is read from. Names are found at offsets within the chunk.
struct BinXml {
    std::string_view chunk;
    std::size_t begin = 0, end = 0;
    /// Elements carry a dependency id, but not those of a value.
    bool has_dependency_ids = true;
    windows::Place place = windows::Place::document;
    /// How long Program::text may become: names may be far longer than what uses them.
    std::size_t text_bytes_max = 0;
};

/// Reads BinXML into `program`. Gives nullptr, or why it cannot be read.
/// Cost: linear; the caller bounds how often.   Source: [MS-EVEN6] 2.2.12; libevtx, EVTX format
const char* compile(const BinXml& source, FieldNames& names, event::FieldBudget& budget,
                    Program& program);

}  // namespace vedette::parse::evtx
