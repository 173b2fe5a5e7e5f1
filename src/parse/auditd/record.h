// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vedette::parse::auditd {

/// The front of one line: "node=web-1 type=SYSCALL msg=audit(1364481363.243:24287): ".
struct Head {
    std::string_view node;    ///< of lines that audisp-remote sent
    std::string_view type;    ///< "SYSCALL"; of kernel lines a number, "1400"
    std::string_view serial;  ///< "24287"
    std::string_view stamp;   ///< "1364481363.243:24287": the same in all lines of one event
    base::Timestamp time;
    std::string_view fields;  ///< what comes behind, up to the interpretation
    std::string_view names;   ///< behind 0x1D: the interpretation of an enriched record
};

/// Lives: views into `line`.   Source: linux/kernel/audit.c (6.1), auditd 3.0 auditd-event.c
std::optional<Head> read_head(std::string_view line);

/// One `key=value`.
struct Pair {
    enum class Kind { plain, quoted, message };
    std::string_view key, value;
    Kind kind = Kind::plain;  ///< message: msg='...' of user records, itself a list of pairs
};

/// Reads pair by pair; words without '=' are passed over. Cost: linear.
class PairReader {
  public:
    explicit PairReader(std::string_view text) : rest_(text) {}
    std::optional<Pair> next();

  private:
    std::string_view rest_;
};

/// Bytes of "2F62696E", fit for a column: NUL (between arguments of a title) and 0x01 (between
/// keys) become blanks, bytes that are not UTF-8 U+FFFD. Nothing if the text is not hexadecimal in
/// pairs.
std::optional<std::string_view> decode_hex(std::string_view text, std::string& scratch);

/// Address and port of `saddr=`, of IPv4 and IPv6.
struct SocketAddress {
    char text[64] = {};
    unsigned port = 0;
};
std::optional<SocketAddress> read_socket_address(std::string_view hex);

}  // namespace vedette::parse::auditd
