// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vedette::parse::hec {

/// The format that a sourcetype asks for: of Splunk's own and its add-ons' names those whose lines
/// we read inside an envelope; any other name as it is, in lower case, because it may be the name
/// of a format or program ("sshd", "squid").
/// Source: Splunk, "List of pretrained source types"; the add-ons for Unix, Apache, NGINX, Cisco
/// ASA
std::string_view format_of_sourcetype(std::string_view sourcetype, std::string& scratch);

}  // namespace vedette::parse::hec
