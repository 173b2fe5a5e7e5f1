// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of a YAML file that somebody wrote: it may take neither our memory nor our time.
namespace vedette::event {

/// One YAML file of rules, mappings or formats. The largest of SigmaHQ's 4,039 has 295 KB.
inline constexpr std::size_t kYamlBytesMax = 1u << 20;
/// Nodes of one YAML document; the largest real file has about 4,700.
inline constexpr std::size_t kYamlNodesMax = 50'000;
/// Depth of YAML nesting; real rules reach 5.
inline constexpr std::size_t kYamlDepthMax = 32;
/// Documents of one file; real ones have up to 10.
inline constexpr std::size_t kYamlDocumentsMax = 1'000;
/// Uses of YAML anchors in one file. Each copies nodes, which count towards kYamlNodesMax.
inline constexpr std::size_t kYamlAliasesMax = 64;
/// Patterns, constants and other texts of a definition of ours.
inline constexpr std::size_t kYamlTextBytesMax = 16'384;
/// Words that are compared for "did you mean"; the work grows with the square.
inline constexpr std::size_t kNearestBytesMax = 64;

}  // namespace vedette::event
