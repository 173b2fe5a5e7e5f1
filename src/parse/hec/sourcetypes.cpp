// SPDX-License-Identifier: Apache-2.0
#include "parse/hec/sourcetypes.h"

#include <algorithm>
#include <array>

#include "parse/hec/limits.h"

namespace vedette::parse::hec {

namespace {

struct Known {
    std::string_view sourcetype, format;
};
constexpr std::array kKnown{
    Known{"_json", "json"},
    Known{"access_combined", "access_log"},
    Known{"access_combined_wcookie", "access_log"},
    Known{"access_common", "access_log"},
    Known{"apache:access", "access_log"},
    Known{"apache:access:combined", "access_log"},
    Known{"aws:cloudtrail", "json"},
    Known{"cisco:asa", "cisco_asa"},
    Known{"cisco:ftd", "cisco_asa"},
    Known{"linux:audit", "auditd"},
    Known{"linux_audit", "auditd"},
    Known{"linux_messages_syslog", "syslog"},
    Known{"linux_secure", "syslog"},
    Known{"nginx:access", "access_log"},
    Known{"nginx:plus:access", "access_log"},
    Known{"snort", "snort_fast"},
    Known{"squid:access", "squid"},
    Known{"suricata", "json"},
    Known{"xmlwineventlog", "event_xml"},
};

}  // namespace

std::string_view format_of_sourcetype(std::string_view sourcetype, std::string& scratch) {
    if (sourcetype.size() > kSourcetypeBytesMax) return {};
    scratch.assign(sourcetype);
    for (char& c : scratch) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    const auto known = std::find_if(kKnown.begin(), kKnown.end(),
                                    [&](const Known& each) { return each.sourcetype == scratch; });
    return known != kKnown.end() ? known->format : std::string_view(scratch);
}

}  // namespace vedette::parse::hec
