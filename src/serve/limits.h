// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace vedette::serve {

/// Requests of people and scripts on this machine that wait for a worker; more get a 503.
inline constexpr std::size_t kAdminQueueMax = 64;
/// Workers: a long search must not hold up /metrics and the next search.
inline constexpr int kAdminWorkers = 3;
/// Events one search gives at most; exports have commands of their own.
inline constexpr std::size_t kSearchRowsMax = 10'000;
/// A query with its options is small.
inline constexpr std::size_t kAdminBodyBytesMax = 1u << 20;

}  // namespace vedette::serve
