// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of the EVTX reader: what 64 KB of hostile bytes can make it do.
namespace vedette::parse::evtx {

/// A chunk as Windows writes it. Source: libevtx, "Windows XML Event Log (EVTX) format"
inline constexpr std::size_t kChunkBytes = 65'536;
inline constexpr std::size_t kFileHeaderBytes = 4'096;
inline constexpr std::size_t kChunkHeaderBytes = 512;
inline constexpr std::size_t kRecordHeaderBytes = 24;
/// Header, one byte of content, copy of the size.
inline constexpr std::size_t kRecordBytesMin = kRecordHeaderBytes + 1 + 4;

/// Elements within elements; Windows' own manifests stay below 10.
inline constexpr std::size_t kElementDepthMax = 64;
/// Event within a value within an event: EventData is one level, nobody needs more than three.
inline constexpr int kFragmentDepthMax = 8;
/// XML of one record. A record has at most 64 KB, which become 200 KB as text; only values that a
/// template repeats make more.
inline constexpr std::size_t kXmlBytesPerRecordMax = 1u << 20;
/// XML of one chunk: twenty times what busy real chunks give, so that a bomb stays a small one.
inline constexpr std::size_t kXmlBytesPerChunkMax = 8u << 20;
/// Bytes of templates that one chunk may have us read. A sound chunk has them once each, within
/// its 64 KB, and some under two parents.
inline constexpr std::size_t kTemplateBytesPerChunkMax = 4 * kChunkBytes;
/// A name of an element or attribute, in UTF-16 units; those of Windows stay below 64. Names lie
/// anywhere in the chunk, and a hundred thousand elements may point at one.
inline constexpr std::size_t kNameUnitsMax = 256;
/// Constant text of all templates of a chunk: what is remembered of them.
inline constexpr std::size_t kTemplateTextBytesPerChunkMax = 2u << 20;
/// Steps of writing that one chunk may cost: some 15,000 in a busy real one.
inline constexpr std::size_t kStepsPerChunkMax = 1u << 20;

}  // namespace vedette::parse::evtx
