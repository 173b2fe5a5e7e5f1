// SPDX-License-Identifier: Apache-2.0
#include "parse/kernel/netfilter.h"

#include "parse/kernel/fields.h"
#include "parse/text_scan.h"

namespace vedette::parse::kernel {

namespace {

struct Key {
    std::string_view name;
    Field field;
};
/// Of ARP packets the kernel writes IPSRC and MACSRC instead of SRC.
constexpr Key kKeys[] = {
    {"SRC", kSourceIp},     {"DST", kDestinationIp},
    {"SPT", kSourcePort},   {"DPT", kDestinationPort},
    {"PROTO", kTransport},  {"LEN", kLength},
    {"TTL", kTtl},          {"HOPLIMIT", kTtl},
    {"ID", kPacketId},      {"TYPE", kIcmpType},
    {"CODE", kIcmpCode},    {"IN", kIn},
    {"OUT", kOut},          {"UID", kUserId},
    {"GID", kGroupId},      {"MARK", kMark},
    {"IPSRC", kSourceIp},   {"IPDST", kDestinationIp},
    {"MACSRC", kSourceMac}, {"MACDST", kDestinationMac},
};

constexpr std::string_view kFlagNames = " CWR ECE URG ACK PSH RST SYN FIN ";

/// "xx:..." of 6 destination, 6 source and 2 type bytes; other media have other lengths.
void read_mac(std::string_view mac, ProgramValues& out) {
    constexpr std::size_t kAddressBytes = 17;
    if (mac.size() != 2 * kAddressBytes + 7) return;
    out[kDestinationMac] = mac.substr(0, kAddressBytes);
    out[kSourceMac] = mac.substr(kAddressBytes + 1, kAddressBytes);
}

void read_pair(std::string_view name, std::string_view value, ProgramValues& out) {
    if (name == "MAC") return read_mac(value, out);
    for (const Key& key : kKeys) {
        if (key.name != name) continue;
        // The outermost packet comes first: LEN and ID occur again for UDP and ICMP.
        if (out[key.field].empty()) out[key.field] = value;
        return;
    }
}

bool has_word(std::string_view text, std::string_view word) {
    for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
        std::size_t same = 0;
        while (same < word.size() && (text[at + same] & ~0x20) == word[same]) ++same;
        if (same == word.size()) return true;
    }
    return false;
}

/// Words that administrators and ufw, firewalld, Shorewall and fail2ban put into prefixes.
void read_verdict(std::string_view prefix, ProgramValues& out) {
    constexpr std::string_view kDenied[] = {"BLOCK", "DROP", "DENY", "DENIED", "REJECT", "BAN"};
    constexpr std::string_view kAllowed[] = {"ALLOW", "ACCEPT", "PASS", "PERMIT"};
    out[kAction] = "firewall_logged";
    for (const std::string_view word : kAllowed) {
        if (!has_word(prefix, word)) continue;
        out[kAction] = "firewall_allowed";
        out[kOutcome] = "success";
    }
    for (const std::string_view word : kDenied) {
        if (!has_word(prefix, word)) continue;
        out[kAction] = "firewall_denied";
        out[kOutcome] = "failure";
    }
}

std::string_view bare_prefix(std::string_view prefix) {
    prefix = trimmed(prefix);
    while (prefix.ends_with(':') || prefix.ends_with(' ')) prefix.remove_suffix(1);
    if (prefix.starts_with('[') && prefix.ends_with(']')) {
        prefix = prefix.substr(1, prefix.size() - 2);
    }
    return prefix;
}

}  // namespace

bool read_netfilter(std::string_view text, ProgramValues& out) {
    std::size_t at = text.find("IN=");
    // A prefix may end without a blank: "DROP:IN=eth0".
    if (at == std::string_view::npos || text.find(" OUT=", at) == std::string_view::npos) {
        return false;
    }
    const std::string_view prefix = bare_prefix(text.substr(0, at));
    out[kRule] = prefix;
    out[kCategory] = "network";
    read_verdict(prefix, out);
    std::size_t flags_begin = std::string_view::npos, flags_end = 0;
    for (TextScanner scanner(text.substr(at)); !scanner.is_at_end();) {
        const std::string_view word = scanner.word();
        // In brackets is the packet that an ICMP error is about.
        if (word.starts_with('[')) break;
        const std::size_t equals = word.find('=');
        if (equals != std::string_view::npos) {
            read_pair(word.substr(0, equals), word.substr(equals + 1), out);
        } else if (word.size() == 3 && kFlagNames.find(word) != std::string_view::npos) {
            const auto begin = static_cast<std::size_t>(word.data() - text.data());
            if (flags_begin == std::string_view::npos) flags_begin = begin;
            flags_end = begin + word.size();
        }
    }
    if (flags_begin != std::string_view::npos) {
        out[kTcpFlags] = text.substr(flags_begin, flags_end - flags_begin);
    }
    return !out[kSourceIp].empty() || !out[kDestinationIp].empty() || !out[kIn].empty();
}

}  // namespace vedette::parse::kernel
