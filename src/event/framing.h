// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::event {

/// How a format cuts bytes into records. A format's folder declares it, engine hands it to the
/// source, and the source only executes it (event/line_framer.h).
struct Framing {
    enum class Kind : std::uint8_t {
        lines,  ///< one record a line, "\n" or "\r\n"
        whole,  ///< the input is one record
    };
    Kind kind = Kind::lines;

    /// Lines that are no records but say how those behind them are to be read: names of columns.
    /// The framer puts them into the envelope's context, joined by "\n". For Kind::lines.
    enum class Header : std::uint8_t {
        none,
        marked,  ///< lines that begin with `header_mark`; a new run of them replaces the former one
        first,   ///< the first line of the input that is not empty
    };
    Header header = Header::none;
    std::string header_mark = {};

    /// For records of several lines (an audit event, a stack trace): whether `line` goes on with
    /// the record that came so far, its lines joined by "\n". Empty: each line is a record. A
    /// record ends with the next line that does not go on with it, with the input, or when a live
    /// input has been quiet for a while. For Kind::lines without a header.
    std::function<bool(std::string_view record, std::string_view line)> continues = {};
};

/// The header lines of an input as far as they came, and whether more of them may follow.
struct HeaderContext {
    std::string text;
    bool is_open = false;  ///< the last line was one of them

    /// Whether `line` is a header line by this framing. What would make the context longer than
    /// kContextBytesMax is none.
    bool wants(const Framing& framing, std::string_view line) const;
    /// Takes a line that wants() named.
    void take(const Framing& framing, std::string_view line);
    bool operator==(const HeaderContext&) const = default;
};

/// What a recogniser says of the first records of an input: 0 (not mine) .. 100 (certainly mine).
using Recogniser = std::function<int(const std::vector<std::string_view>& records)>;

/// A format as a source sees it: a name for the envelope, framing, and how sure it is.
struct FormatDeclaration {
    std::string name;
    std::uint16_t version = 1;
    Framing framing;
    Recogniser recognise;
};

/// All formats of the house, as engine hands them to sources.
using FormatDeclarations = std::vector<FormatDeclaration>;

/// The most certain format for the first records of an input; ties go to the alphabet, "text" if
/// nobody wants it.
const FormatDeclaration& recognise(const FormatDeclarations& formats,
                                   const std::vector<std::string_view>& records);

}  // namespace vedette::event
