// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of what one sender of journals can make us hold.
namespace vedette::source::journal_upload {

/// A line of a request's head, or one that tells a chunk's size.
inline constexpr std::size_t kLineBytesMax = 8u << 10;
/// The head of a request, and what may stand behind its body. libcurl sends some 200 bytes.
inline constexpr std::size_t kHeadBytesMax = 16u << 10;
/// One HTTP chunk; libcurl's are its buffers of 16 KiB. It is not held, so this only tells numbers
/// that can be meant from those that cannot.
inline constexpr std::uint64_t kHttpChunkBytesMax = 1ull << 40;

}  // namespace vedette::source::journal_upload
