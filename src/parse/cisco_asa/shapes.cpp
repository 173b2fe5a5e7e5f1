// SPDX-License-Identifier: Apache-2.0
#include "parse/cisco_asa/shapes.h"

#include <algorithm>

namespace vedette::parse::cisco_asa {

namespace {

constexpr std::string_view kNetwork = "network";
constexpr std::string_view kAuthentication = "authentication";
constexpr std::string_view kSession = "session";
constexpr std::string_view kConfiguration = "configuration";
constexpr std::string_view kIntrusion = "intrusion_detection";
constexpr std::string_view kSuccess = "success";
constexpr std::string_view kFailure = "failure";
constexpr std::string_view kDenied = "denied";
constexpr std::string_view kBuilt = "connection-started";
constexpr std::string_view kTorn = "connection-finished";
constexpr std::string_view kLogin = "vpn-login";

// Sorted by number. Source: Cisco Secure Firewall ASA Series Syslog Messages (9.20).
constexpr Meaning kMeanings[] = {
    {"106001", kDenied, kNetwork, kFailure,
     "%A %P connection denied from %S/%s to %D/%d flags %R on interface %I"},
    {"106002", kDenied, kNetwork, kFailure,
     "%P Connection denied by %A list %L src %S %s dest %D %d"},
    {"106006", kDenied, kNetwork, kFailure, "Deny %A %P from %S/%s to %D/%d on interface %I"},
    {"106007", kDenied, kNetwork, kFailure, "Deny %A %P from %S/%s to %D/%d due to %R"},
    {"106010", kDenied, kNetwork, kFailure, "Deny %A %P src %I:%S/%s dst %O:%D/%d"},
    {"106010", kDenied, kNetwork, kFailure, "Deny %A %P src %I:%S dst %O:%D"},
    {"106011", kDenied, kNetwork, kFailure, "Deny %A (%R) %P src %I:%S/%s dst %O:%D/%d"},
    {"106014", kDenied, kNetwork, kFailure, "Deny %A %P src %I:%S dst %O:%D (type %T, code %t)"},
    {"106015", kDenied, kNetwork, kFailure,
     "Deny %P (%R) from %S/%s to %D/%d flags %_ on interface %I"},
    {"106016", "ip-spoof-denied", kIntrusion, kFailure,
     "Deny IP spoof from (%S) to %D on interface %I"},
    {"106017", "land-attack-denied", kIntrusion, kFailure,
     "Deny IP due to Land Attack from %S to %D"},
    {"106020", "teardrop-denied", kIntrusion, kFailure,
     "Deny IP teardrop fragment (%R) from %S to %D"},
    {"106021", "reverse-path-denied", kIntrusion, kFailure,
     "Deny %P reverse path check from %S to %D on interface %I"},
    {"106023", kDenied, kNetwork, kFailure,
     "Deny %P src %I:%S/%s(%U) dst %O:%D/%d by access-group \"%L\""},
    {"106023", kDenied, kNetwork, kFailure,
     "Deny %P src %I:%S/%s dst %O:%D/%d by access-group \"%L\""},
    {"106023", kDenied, kNetwork, kFailure,
     "Deny %P src %I:%S dst %O:%D (type %T, code %t) by access-group \"%L\""},
    {"106023", kDenied, kNetwork, kFailure, "Deny %P src %I:%S dst %O:%D by access-group \"%L\""},
    {"106100", "%R", kNetwork, {}, "access-list %L %R %P %I/%S(%s)(%U) -> %O/%D(%d)"},
    {"106100", "%R", kNetwork, {}, "access-list %L %R %P %I/%S(%s) -> %O/%D(%d)"},
    {"106102", "%R", kNetwork, {}, "access-list %L %R %P for user %U %I/%S(%s) -> %O/%D(%d)"},
    {"109005", "user-login", kAuthentication, kSuccess,
     "Authentication succeeded for user %U from %S/%s to %D/%d on interface %I"},
    {"109006", "user-login", kAuthentication, kFailure,
     "Authentication failed for user %U from %S/%s to %D/%d on interface %I"},
    {"111008", "command-run", kConfiguration, kSuccess, "User '%U' executed the '%K' command"},
    {"111009", "command-run", kConfiguration, kSuccess, "User '%U' executed cmd: %K"},
    {"111010", "command-run", kConfiguration, kSuccess,
     "User '%U', running '%R' from IP %S, executed '%K'"},
    {"113003",
     "policy-assigned",
     kAuthentication,
     {},
     "AAA group policy for user %U is being set to %G"},
    {"113004", "aaa-accepted", kAuthentication, kSuccess,
     "AAA user %R Successful : server = %D : user = %U"},
    {"113005", "aaa-rejected", kAuthentication, kFailure,
     "AAA user authentication Rejected : reason = %R : server = %D : user = %U : user IP = %S"},
    {"113005", "aaa-rejected", kAuthentication, kFailure,
     "AAA user authentication Rejected : reason = %R : server = %D : user = %U"},
    {"113006", "user-locked-out", kAuthentication, kFailure,
     "User %U locked out on exceeding %_ successive failed authentication attempts"},
    {"113012", "aaa-accepted", kAuthentication, kSuccess,
     "AAA user authentication Successful : local database : user = %U"},
    {"113015", "aaa-rejected", kAuthentication, kFailure,
     "AAA user authentication Rejected : reason = %R : local database : user = %U : user IP = %S"},
    {"113015", "aaa-rejected", kAuthentication, kFailure,
     "AAA user authentication Rejected : reason = %R : local database : user = %U"},
    {"113019",
     "vpn-disconnected",
     kSession,
     {},
     "Group = %G, Username = %U, IP = %S, Session disconnected. Session Type: %P, Duration: %X, "
     "Bytes "
     "xmt: %_, Bytes rcv: %B, Reason: %R"},
    {"113022", "aaa-server-failed", kAuthentication, kFailure,
     "AAA Marking %P server %D in aaa-server group %G as %R"},
    {"113039", kLogin, kSession, kSuccess,
     "Group <%G> User <%U> IP <%S> AnyConnect parent session started."},
    {"302013", kBuilt, kNetwork, kSuccess,
     "Built %A %P connection %C for %I:%S/%s (%N/%n)(%U) to %O:%D/%d (%M/%m)"},
    {"302013", kBuilt, kNetwork, kSuccess,
     "Built %A %P connection %C for %I:%S/%s (%N/%n) to %O:%D/%d (%M/%m)"},
    {"302014",
     kTorn,
     kNetwork,
     {},
     "Teardown %P connection %C for %I:%S/%s(%U) to %O:%D/%d duration %X bytes %B %R"},
    {"302014",
     kTorn,
     kNetwork,
     {},
     "Teardown %P connection %C for %I:%S/%s to %O:%D/%d duration %X bytes %B %R"},
    {"302014",
     kTorn,
     kNetwork,
     {},
     "Teardown %P connection %C for %I:%S/%s to %O:%D/%d duration %X bytes %B"},
    {"302015", kBuilt, kNetwork, kSuccess,
     "Built %A %P connection %C for %I:%S/%s (%N/%n)(%U) to %O:%D/%d (%M/%m)"},
    {"302015", kBuilt, kNetwork, kSuccess,
     "Built %A %P connection %C for %I:%S/%s (%N/%n) to %O:%D/%d (%M/%m)"},
    {"302016",
     kTorn,
     kNetwork,
     {},
     "Teardown %P connection %C for %I:%S/%s(%U) to %O:%D/%d duration %X bytes %B"},
    {"302016",
     kTorn,
     kNetwork,
     {},
     "Teardown %P connection %C for %I:%S/%s to %O:%D/%d duration %X bytes %B"},
    {"302020", kBuilt, kNetwork, kSuccess,
     "Built %A %P connection for faddr %D/%d gaddr %N/%n laddr %S/%s type %T code %t"},
    {"302020", kBuilt, kNetwork, kSuccess,
     "Built %A %P connection for faddr %D/%d gaddr %N/%n laddr %S/%s"},
    {"302021",
     kTorn,
     kNetwork,
     {},
     "Teardown %P connection for faddr %D/%d gaddr %N/%n laddr %S/%s type %T code %t"},
    {"302021",
     kTorn,
     kNetwork,
     {},
     "Teardown %P connection for faddr %D/%d gaddr %N/%n laddr %S/%s"},
    {"303002",
     "file-transferred",
     kNetwork,
     {},
     "FTP connection from %I:%S/%s to %O:%D/%d, user %U %R file %W"},
    {"304001", "url-accessed", kNetwork, kSuccess, "%S accessed URL %D:%W"},
    {"304002", "url-denied", kNetwork, kFailure, "Access denied URL %W SRC %S DEST %D"},
    {"305011", "translation-built", kNetwork, kSuccess,
     "Built %_ %P translation from %I:%S/%s to %O:%N/%n"},
    {"305012",
     "translation-removed",
     kNetwork,
     {},
     "Teardown %_ %P translation from %I:%S/%s to %O:%N/%n duration %X"},
    {"305013", kDenied, kNetwork, kFailure,
     "Asymmetric NAT rules matched for forward and reverse flows; Connection for %P src %I:%S/%s "
     "dst "
     "%O:%D/%d denied due to %R"},
    {"313001", kDenied, kNetwork, kFailure, "Denied %P type=%T, code=%t from %S on interface %I"},
    {"313004", kDenied, kNetwork, kFailure,
     "Denied %P type=%T, from laddr %S on interface %I to %D: %R"},
    {"313005", kDenied, kNetwork, kFailure,
     "No matching connection for ICMP error message: %P src %I:%S dst %O:%D (type %T, code %t)"},
    {"315011",
     "ssh-session-ended",
     kSession,
     {},
     "SSH session from %S on interface %I for user \"%U\" disconnected by SSH server, reason: "
     "\"%R\""},
    {"400000", "ids-signature", kIntrusion, {}, "IPS:%C %R from %S to %D on interface %I"},
    {"402119", "ipsec-replay", kIntrusion, kFailure,
     "IPSEC: Received an %P packet (SPI= %C, sequence number= %_) from %S (user= %U) to %D that "
     "failed "
     "anti-replay checking"},
    {"419001", "packet-dropped", kNetwork, kFailure,
     "Dropping %P packet from %I:%S/%s to %O:%D/%d, reason: %R"},
    {"419002",
     "duplicate-syn",
     kNetwork,
     {},
     "Duplicate %P SYN from %I:%S/%s to %O:%D/%d with different initial sequence number"},
    {"434002", "packet-dropped", kNetwork, kFailure,
     "SFR requested to drop %P packet from %I:%S/%s to %O:%D/%d"},
    {"500003", "bad-header", kNetwork, kFailure,
     "Bad TCP hdr length (hdrlen=%_, pktlen=%_) from %S/%s to %D/%d"},
    {"500004", "bad-transport", kNetwork, kFailure,
     "Invalid transport field for protocol=%P, from %S/%s to %D/%d"},
    {"502103", "privilege-changed", kConfiguration, kSuccess,
     "User priv level changed: Uname: %U From: %_ To: %R"},
    {"605004", "admin-login", kAuthentication, kFailure,
     "Login denied from %S/%s to %I:%D/%P for user \"%U\""},
    {"605005", "admin-login", kAuthentication, kSuccess,
     "Login permitted from %S/%s to %I:%D/%P for user \"%U\""},
    {"606001", "asdm-session-started", kSession, kSuccess,
     "ASDM session number %C from %S started"},
    {"606002", "asdm-session-ended", kSession, {}, "ASDM session number %C from %S ended"},
    {"611101", "user-login", kAuthentication, kSuccess,
     "User authentication succeeded: IP address: %S, Uname: %U"},
    {"611101", "user-login", kAuthentication, kSuccess, "User authentication succeeded: Uname: %U"},
    {"611102", "user-login", kAuthentication, kFailure,
     "User authentication failed: IP address: %S, Uname: %U"},
    {"611102", "user-login", kAuthentication, kFailure, "User authentication failed: Uname: %U"},
    {"611103", "user-logout", kAuthentication, {}, "User logged out: Uname: %U"},
    {"710001",
     "device-access-requested",
     kNetwork,
     {},
     "%P access requested from %S/%s to %I:%D/%d"},
    {"710002", "device-access-permitted", kNetwork, kSuccess,
     "%P access permitted from %S/%s to %I:%D/%d"},
    {"710003", kDenied, kNetwork, kFailure, "%P access denied by ACL from %S/%s to %I:%D/%d"},
    {"710005", "request-discarded", kNetwork, kFailure,
     "%P request discarded from %S/%s to %I:%D/%d"},
    {"713228", "address-assigned", kSession, kSuccess,
     "Group = %G, Username = %U, IP = %S, Assigned private IP address %N to remote user"},
    {"716001", kLogin, kSession, kSuccess, "Group <%G> User <%U> IP <%S> WebVPN session started."},
    {"716002",
     "vpn-disconnected",
     kSession,
     {},
     "Group <%G> User <%U> IP <%S> WebVPN session terminated: %R."},
    {"716038", kLogin, kAuthentication, kSuccess,
     "Group <%G> User <%U> IP <%S> Authentication: successful"},
    {"716039", kLogin, kAuthentication, kFailure,
     "Group <%G> User <%U> IP <%S> Authentication: rejected"},
    {"716039", kLogin, kAuthentication, kFailure, "Authentication: rejected, group = %G user = %U"},
    {"722022", "vpn-connected", kSession, kSuccess,
     "Group <%G> User <%U> IP <%S> %P SVC connection established"},
    {"722023",
     "vpn-disconnected",
     kSession,
     {},
     "Group <%G> User <%U> IP <%S> %P SVC connection terminated"},
    {"722037",
     "vpn-disconnected",
     kSession,
     {},
     "Group <%G> User <%U> IP <%S> SVC closing connection: %R"},
    {"722051", "address-assigned", kSession, kSuccess,
     "Group <%G> User <%U> IP <%S> IPv4 Address <%N>"},
    {"725001",
     "tls-started",
     kNetwork,
     {},
     "Starting SSL handshake with %R %I:%S/%s to %D/%d for %P session"},
    {"725002", "tls-established", kNetwork, kSuccess,
     "Device completed SSL handshake with %R %I:%S/%s to %D/%d for %P session"},
    {"725007", "tls-ended", kNetwork, {}, "SSL session with %R %I:%S/%s to %D/%d terminated"},
    {"733100", "threat-detected", kIntrusion, {}, "[%_] drop rate-%C exceeded. %R"},
    {"733101", "threat-detected", kIntrusion, {}, "Object %S (%_) is attacking. %R"},
    {"733102", "host-shunned", kIntrusion, kSuccess, "Threat-detection adds host %S to shun list"},
    {"750002",
     "ikev2-session",
     kNetwork,
     {},
     "Local:%D:%d Remote:%S:%s Username:%U IKEv2 Received a IKE_INIT_SA request"},
};

int part_of(char letter) {
    constexpr std::string_view kLetters = "SsINnUDdOMmPACXBRLGTtKW";
    static_assert(kLetters.size() == static_cast<std::size_t>(Part::count_));
    const std::size_t at = kLetters.find(letter);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::span<const Meaning> meanings() { return kMeanings; }

bool read_shape(std::string_view shape, std::string_view text, Parts& out) {
    Parts read{};
    while (!shape.empty()) {
        if (shape[0] != '%') {
            const std::size_t size = std::min(shape.find('%'), shape.size());
            if (!text.starts_with(shape.substr(0, size))) return false;
            text.remove_prefix(size);
            shape.remove_prefix(size);
            continue;
        }
        const int part = part_of(shape[1]);
        shape.remove_prefix(2);
        const std::string_view literal = shape.substr(0, shape.find('%'));
        const std::size_t end = literal.empty() ? text.size() : text.find(literal);
        if (end == std::string_view::npos) return false;
        if (part >= 0) read[static_cast<std::size_t>(part)] = text.substr(0, end);
        text.remove_prefix(end);
    }
    out = read;
    return true;
}

}  // namespace vedette::parse::cisco_asa
