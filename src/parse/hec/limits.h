// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one HEC event can make us do, besides those of event/limits.h.
namespace vedette::parse::hec {

/// A sourcetype is looked up and handed on as the name of a format; Splunk's longest are below 64.
inline constexpr std::size_t kSourcetypeBytesMax = 128;

}  // namespace vedette::parse::hec
