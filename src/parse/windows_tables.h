// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vedette::parse::windows {

/// The event logs that have a mapping of their own. Sysmon for Linux writes the events of Sysmon.
enum class Log : std::uint8_t { sysmon, linux_sysmon, security, powershell, system, other };
inline constexpr std::size_t kLogCount = 6;

/// How a value becomes its target.
enum class Take : std::uint8_t {
    whole,    ///< as it is
    number,   ///< hexadecimal (0x1a4) becomes decimal
    path,     ///< whole; `second` gets what follows the last separator
    account,  ///< DOMAIN\user: `target` gets user, `second` DOMAIN; user@domain: `target` gets user
    ip,       ///< an address, without the prefix of IPv4 within IPv6
    nonzero,  ///< whole, unless it is 0 or 0x0
    hashes,   ///< ALGORITHM=HEX,...: `target` gets MD5, `second` SHA256
    object,   ///< `target` if ObjectType is File, `second` if it is Key
    protocol,  ///< a name, or the IANA number of tcp, udp, icmp
};

/// One documented field of Windows and the ECS field that it is. Of several rules with one target
/// the first whose source has a value wins; "-" and "" are no value.
struct FieldRule {
    std::string_view source;
    std::string_view target;
    Take take = Take::whole;
    std::string_view second = {};
};

/// Which rules fit an event of the Security log.
enum class Shape : std::uint8_t {
    general,   ///< a subject does something
    logon,     ///< the user is the one who logs on: Target...
    account,   ///< a subject changes a user
    group,     ///< a subject changes or reads a group: Target... names the group
    creation,  ///< a process starts
    network,   ///< the filtering platform speaks
    object,    ///< a subject opens a file, key or other object
};

enum class Outcome : std::uint8_t { by_keywords, success, failure, by_status };

/// What an event id means.   Source: Microsoft Learn, "Appendix L: Events to Monitor" and the pages
/// of "Advanced security audit policy settings"; Sysmon's own page for its ids.
struct KnownEvent {
    std::uint32_t id;
    std::string_view action;
    Shape shape = Shape::general;
    Outcome outcome = Outcome::by_keywords;
};

std::span<const FieldRule> rules_of_every_event();
std::span<const FieldRule> rules_of(Log log);
std::span<const FieldRule> rules_of(Shape shape);
/// nullptr if the id is not in the table.
const KnownEvent* known_event(Log log, std::uint32_t id);
Log log_of_channel(std::string_view channel, std::string_view provider);
std::string_view dataset(Log log);

}  // namespace vedette::parse::windows
