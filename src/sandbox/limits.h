// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vedette::sandbox {

/// Address space of a worker. A 7z or xz dictionary may take 64 MB, our own output buffers a few;
/// what wants more is a bomb.
inline constexpr std::uint64_t kMemoryBytesMax = 512u << 20;
/// How long a worker may say nothing while a job runs. Jobs write as they go; the slowest honest
/// one (an xz block of 64 MB) took 4 s on a busy core.
inline constexpr int kSilenceMsMax = 30'000;
/// All output of one job, as a last resort: who reads an archive has a sharper bound.
inline constexpr std::uint64_t kOutputBytesMax = 2ull << 40;
/// Output of a job that is gathered in our memory.
inline constexpr std::uint64_t kGatheredBytesMax = 256u << 20;
/// One frame. A writer with more to say sends several.
inline constexpr std::uint32_t kFrameBytesMax = 1u << 20;
/// Input that is sent as bytes; what is larger is handed over as a file.
inline constexpr std::uint64_t kInputBytesMax = 64u << 20;
/// How long a worker may take to say that it is ready.
inline constexpr int kStartMsMax = 10'000;
/// A worker is replaced after so many jobs, so that what one job left in its memory is not there
/// for ever. Starting one takes about 10 ms.
inline constexpr std::uint64_t kJobsPerWorkerMax = 100'000;

}  // namespace vedette::sandbox
