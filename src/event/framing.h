// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::event {

/// How a format cuts bytes into records. A format's folder declares it, engine hands it to the
/// source, and the source only executes it (event/framer.h).
struct Framing {
    enum class Kind : std::uint8_t {
        lines,      ///< one record a line, "\n" or "\r\n"
        whole,      ///< the input is one record
        blocks,     ///< binary: a header, then blocks of one size, each a record
                    ///< (event/block_framer.h)
        element,    ///< XML: one record from <name ...> to </name> (event/element_framer.h)
        documents,  ///< JSON over several lines: values, and elements of an outermost list
                    ///< (event/document_framer.h)
        entries,    ///< systemd's export: fields up to an empty line, some of a told size
                    ///< (event/entry_framer.h)
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

    /// For Kind::blocks. A header that is missing costs nothing: the input then begins with a
    /// block.
    struct Blocks {
        std::string header_magic;  ///< what the header begins with
        std::string block_magic;   ///< what a sound block begins with
        std::uint32_t header_bytes = 0;
        std::uint32_t block_bytes = 0;
    };
    Blocks blocks = {};
    std::string element = {};  ///< for Kind::element: its name
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

/// What a recogniser says of the first bytes of an input that is not cut yet; as Recogniser.
using HeadRecogniser = std::function<int(std::string_view head)>;

/// A format as a source sees it: a name for the envelope, framing, and how sure it is.
struct FormatDeclaration {
    std::string name;
    std::uint16_t version = 1;
    Framing framing;
    Recogniser recognise;
    /// For a format that is no lines of text. It is asked before anything is cut into records.
    HeadRecogniser recognise_head = {};
};

/// All formats of the house, as engine hands them to sources.
using FormatDeclarations = std::vector<FormatDeclaration>;

/// The most certain format for the first records of an input; ties go to the alphabet, "text" if
/// nobody wants it.
const FormatDeclaration& recognise(const FormatDeclarations& formats,
                                   const std::vector<std::string_view>& records);

/// The most certain format for the first bytes of an input among those that look at bytes; nullptr
/// if none wants it.
const FormatDeclaration* recognise_by_head(const FormatDeclarations& formats,
                                           std::string_view head);

}  // namespace vedette::event
