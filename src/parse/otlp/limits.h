// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event/limits.h"

/// Bounds of what one OTLP record can make us do, besides those of event/limits.h.
namespace vedette::parse::otlp {

/// Messages within each other on the wire: a nested value takes three (value, list, pair), and
/// around values stand five more.
inline constexpr int kMessageDepthMax = 3 * static_cast<int>(event::kDepthMax) + 5;

}  // namespace vedette::parse::otlp
