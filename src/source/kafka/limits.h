// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of the Kafka source.
namespace vedette::source::kafka {

/// Partitions of one source; what is assigned beyond is not read, and said once.
inline constexpr std::size_t kPartitionsMax = 10'000;
/// Records read and not durable yet, of all partitions: beyond this all of them are paused.
inline constexpr std::size_t kHeldBytesMax = 32u << 20;
/// The same of one partition: two chunks, so that one is filled while the other is on its way.
inline constexpr std::size_t kPartitionHeldBytes = 2u << 20;
/// What the client library may fetch ahead, and the largest answer of a broker, which a message
/// has to fit into. Brokers refuse messages over 1 MB unless they are told otherwise.
inline constexpr int kFetchedAheadKib = 16'384;
inline constexpr int kAnswerBytesMax = 64 << 20;
inline constexpr int kFetchBytesMax = 16 << 20;
/// Key, and name and value of a header, as far as rows show them.
inline constexpr std::size_t kKeyBytesMax = 1'024;
inline constexpr std::size_t kHeaderBytesMax = 1'024;
/// Headers of a message; more are left out and counted.
inline constexpr std::size_t kHeadersMax = 16;
/// What is told of the records of one chunk beside their bytes, with a margin below
/// event::kToldBytesMax for the record that crosses it.
inline constexpr std::size_t kToldBytesOfChunk = 1u << 20;
/// Messages taken before fates and offers get their turn.
inline constexpr int kTurnMessagesMax = 2'000;

inline constexpr int kIdleWaitMs = 50;       ///< for a message while nothing is on its way
inline constexpr int kBusyWaitMs = 2;        ///< for a message while the journal works
inline constexpr int kRetryMs = 50;          ///< after the journal had no room
inline constexpr int kCommitMs = 1'000;      ///< how often the broker and the counters are told
inline constexpr int kQuestionMs = 5'000;    ///< for an answer of the broker
inline constexpr int kRevokeWaitMs = 5'000;  ///< for the journal, before a partition is given back

/// How often the broker is asked for new topics that fit a pattern.
inline constexpr int kTopicsLookMs = 60'000;
/// A password's file.
inline constexpr std::uint64_t kPasswordBytesMax = 4'096;

}  // namespace vedette::source::kafka
