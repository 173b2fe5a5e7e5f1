// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "cases/finding.h"
#include "cases/incident.h"

/// Findings and incidents as bytes that are kept: in the state, in snapshots of the grouper.
///
/// A record of our own and not the JSON text, because JSON cannot carry what a hostile log may hold
/// (bytes that are not UTF-8) and because the bits must come back to the last digit.
/// Format: a version byte, then the members in order; texts with a varint length, times and counts
/// little-endian, bits as the eight bytes of an IEEE 754 double.
namespace vedette::cases {

std::string encode(const Finding& finding);
std::string encode(const Incident& incident);

/// Errors: corrupt if the bytes are not exactly one record; unsupported if a newer version wrote
/// it. Limits: allocates no more than a small multiple of the bytes given, whatever they claim.
base::Result<Finding> decode_finding(std::string_view bytes);
base::Result<Incident> decode_incident(std::string_view bytes);

/// An entity within a larger record of ours; the reader turns bad on an unknown type.
void put_entity(std::string& out, const event::Entity& entity);
event::Entity get_entity(base::ByteReader& reader);

}  // namespace vedette::cases
