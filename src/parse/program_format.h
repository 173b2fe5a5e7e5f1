// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parse/registry.h"

namespace vedette::parse {

/// How a value of a program's line goes into its field.
enum class ValueForm : std::uint8_t {
    text,
    number,   ///< digits, else it is left out
    flag,     ///< "true" if the line says it at all
    address,  ///< an address; anything else goes to `otherwise`, if there is one
    words,    ///< words between blanks, each a value of its own
    lower,    ///< letters made small
};

/// One field that a program's lines may fill.
struct ProgramField {
    std::string_view name;
    ValueForm form = ValueForm::text;
    std::string_view otherwise = {};  ///< for `address`: the field of a host's name
};

/// What one line says: a view for each field of its format's table, empty where it says nothing.
/// Lives: views into the line, or into constants.
class ProgramValues {
  public:
    static constexpr std::size_t kFieldsMax = 48;

    std::string_view& operator[](std::size_t field) { return values_[field]; }
    std::string_view operator[](std::size_t field) const { return values_[field]; }

  private:
    std::array<std::string_view, kFieldsMax> values_{};
};

/// A format of lines that one kind of program writes, mostly inside syslog or the journal: a table
/// of fields and a function that reads a line. All else (clean text, columns, data set, recognition
/// by the share of known lines) is the same for all of them and is done here.
struct ProgramFormat {
    std::string_view name;
    std::string_view dataset;
    std::string_view summary;
    std::span<const ProgramField> fields;
    /// Reads a line without time, host and program. False: a form that is not known; what it has
    /// put into `out` until then counts for nothing.
    bool (*read)(std::string_view text, ProgramValues& out) = nullptr;
    /// Eats the time that the program writes in a log of its own.
    std::optional<base::Timestamp> (*read_time)(std::string_view& text,
                                                const event::Envelope& envelope) = nullptr;
    /// Names of the programs. A line that came by one of them has the data set even if its form is
    /// not known; it then has `message` only.
    std::span<const std::string_view> hints = {};
    /// What lines of any program begin with that are of this format. Only known forms are taken.
    std::span<const std::string_view> starts = {};
    /// Whether lines of PAM's modules go to the format "pam" and keep this one's data set.
    bool hands_on_pam = false;
};

/// Lives: what the views and spans in `format` point at must live as long as the program.
void add_program(Registry& registry, const ProgramFormat& format);

}  // namespace vedette::parse
