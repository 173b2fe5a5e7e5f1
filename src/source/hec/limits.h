// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of what one sender can make the HEC source hold, besides those of source/limits.h.
namespace vedette::source::hec {

/// Events of one request. Splunk's own clients send 1 to 10,000.
inline constexpr std::size_t kEventsMax = 100'000;
/// One event with its envelope. Beyond event::kRecordBytesMax it is kept in parts, all in one
/// chunk.
inline constexpr std::size_t kEventBytesMax = 16u << 20;
/// host, source, sourcetype and index as given in a request's query: they go into every chunk.
inline constexpr std::size_t kMetadataBytesMax = 1'024;
/// A channel's name. Splunk wants a GUID, which has 36.
inline constexpr std::size_t kChannelBytesMax = 64;
/// Channels whose acknowledgements are remembered; a client uses one, or one a connection.
inline constexpr std::size_t kAckChannelsMax = 10'000;
/// Requests whose acknowledgement is remembered, of all channels together: about 200 bytes each. A
/// client that asks every ten seconds has at most a few thousand open.
inline constexpr std::size_t kAcksMax = 200'000;
/// A channel that nobody sends or asks by is forgotten; Splunk's own default.
/// Source: Splunk, inputs.conf, maxIdleTime
inline constexpr std::int64_t kAckIdleSeconds = 600;
/// Ids in one question about acknowledgements.
inline constexpr std::size_t kAcksAskedMax = 100'000;
/// After a refusal for want of room, health says "queues are full" for this long.
inline constexpr std::int64_t kBusySeconds = 5;

}  // namespace vedette::source::hec
