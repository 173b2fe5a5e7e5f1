// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "parse/program_format.h"

namespace vedette::parse::kernel {

/// Reads what iptables' LOG, nftables' `log` and ufw write:
/// "[UFW BLOCK] IN=eth0 OUT= MAC=... SRC=192.0.2.1 DST=198.51.100.2 LEN=40 ... PROTO=TCP SPT=1
/// DPT=22 SYN". The prefix is the administrator's; the action is told by the words it holds. False
/// if the text has no "IN=" and "OUT=". Source: Linux 6.1, net/netfilter/nf_log_syslog.c
bool read_netfilter(std::string_view text, ProgramValues& out);

}  // namespace vedette::parse::kernel
