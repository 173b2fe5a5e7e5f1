// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "parse/table_map.h"

namespace vedette::parse::otlp {

/// OpenTelemetry's semantic conventions in ECS: the attributes whose ECS name is another one. Most
/// others have the same name in both.
/// Source: OpenTelemetry semantic conventions 1.34 and those before 1.21; ECS 8.17
std::span<const FieldRule> attribute_rules();

}  // namespace vedette::parse::otlp
