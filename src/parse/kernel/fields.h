// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/program_format.h"

/// What lines of the kernel fill.
namespace vedette::parse::kernel {

enum Field : std::size_t {
    kAction,
    kCategory,
    kOutcome,
    kRule,
    kIn,
    kOut,
    kSourceIp,
    kSourcePort,
    kSourceMac,
    kDestinationIp,
    kDestinationPort,
    kDestinationMac,
    kTransport,
    kLength,
    kTtl,
    kPacketId,
    kTcpFlags,
    kIcmpType,
    kIcmpCode,
    kUserId,
    kGroupId,
    kMark,
    kUptime,
    kVictim,
    kVictimPid,
    kDevice,
    kVendor,
    kProduct,
    kProductName,
    kSerial,
    kModule,
    kAddress,
    kObject,
};

/// In the order of Field.
inline constexpr ProgramField kFields[] = {
    {"event.action"},
    {"event.category"},
    {"event.outcome"},
    {"rule.name"},
    {"observer.ingress.interface.name"},
    {"observer.egress.interface.name"},
    {"source.ip", ValueForm::address, "source.domain"},
    {"source.port", ValueForm::number},
    {"source.mac"},
    {"destination.ip", ValueForm::address, "destination.domain"},
    {"destination.port", ValueForm::number},
    {"destination.mac"},
    {"network.transport", ValueForm::lower},
    {"netfilter.length", ValueForm::number},
    {"netfilter.ttl", ValueForm::number},
    {"netfilter.packet_id", ValueForm::number},
    {"netfilter.tcp_flags", ValueForm::words},
    {"netfilter.icmp_type", ValueForm::number},
    {"netfilter.icmp_code", ValueForm::number},
    {"user.id"},
    {"group.id"},
    {"netfilter.mark"},
    {"kernel.uptime_s"},
    {"kernel.process.name"},
    {"kernel.process.pid", ValueForm::number},
    {"kernel.device"},
    {"kernel.usb.vendor_id"},
    {"kernel.usb.product_id"},
    {"kernel.usb.product"},
    {"kernel.usb.serial"},
    {"kernel.module"},
    {"kernel.fault.address"},
    {"kernel.fault.object"},
};

}  // namespace vedette::parse::kernel
