// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/program_format.h"

/// What lines of the MQTT broker mosquitto fill.
namespace vedette::parse::mosquitto {

enum Field : std::size_t {
    kAction,
    kCategory,
    kOutcome,
    kProtocol,
    kSourceIp,
    kSourcePort,
    kServerPort,
    kClient,
    kUser,
    kTopic,
    kPacket,
    kQos,
    kRetained,
    kPayloadBytes,
    kReasonCode,
    kReason,
};

/// In the order of Field.
inline constexpr ProgramField kFields[] = {
    {"event.action"},
    {"event.category"},
    {"event.outcome"},
    {"network.protocol"},
    {"source.ip", ValueForm::address, "source.domain"},
    {"source.port", ValueForm::number},
    {"destination.port", ValueForm::number},
    {"mqtt.client.id"},
    {"user.name"},
    {"mqtt.topic"},
    {"mqtt.packet", ValueForm::lower},
    {"mqtt.qos", ValueForm::number},
    {"mqtt.retained", ValueForm::flag},
    {"mqtt.payload.bytes", ValueForm::number},
    {"mqtt.reason_code", ValueForm::number},
    {"mqtt.reason"},
};

}  // namespace vedette::parse::mosquitto
