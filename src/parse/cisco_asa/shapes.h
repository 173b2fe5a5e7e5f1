// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace vedette::parse::cisco_asa {

/// What a message can say, by the letters that stand for it in the table of shapes.
enum class Part : unsigned char {
    source,                 ///< S
    source_port,            ///< s
    source_interface,       ///< I
    source_nat,             ///< N
    source_nat_port,        ///< n
    source_user,            ///< U: also the user of a session
    destination,            ///< D
    destination_port,       ///< d
    destination_interface,  ///< O
    destination_nat,        ///< M
    destination_nat_port,   ///< m
    protocol,               ///< P
    direction,              ///< A
    connection,             ///< C
    duration,               ///< X: h:mm:ss
    bytes,                  ///< B
    reason,                 ///< R
    list,                   ///< L: access list or policy
    group,                  ///< G: tunnel group or group policy
    icmp_type,              ///< T
    icmp_code,              ///< t
    command,                ///< K: what an administrator typed
    url,                    ///< W
    count_
};

/// The parts of one message, as views into it; empty: not said.
using Parts = std::array<std::string_view, static_cast<std::size_t>(Part::count_)>;

/// What messages of one number mean.
struct Meaning {
    std::string_view code;  ///< "302013"
    std::string_view action, category, outcome;
    /// How the text is laid out: a letter behind '%' is a part, "%_" is passed over, anything else
    /// stands as it is. A part ends where the text behind it begins.
    std::string_view shape;
};

/// All shapes, those of one number together, the more particular first.
std::span<const Meaning> meanings();

/// Whether `text` is laid out like `shape`; a shape may end before the text.
/// Cost: linear in the text.
bool read_shape(std::string_view shape, std::string_view text, Parts& out);

}  // namespace vedette::parse::cisco_asa
