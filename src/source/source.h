// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/counters.h"
#include "base/result.h"
#include "base/time.h"
#include "event/framing.h"
#include "event/record.h"

namespace vedette::source {

/// What became of a chunk.
enum class Acceptance { durable, refused };

/// Where a source puts chunks: the journal, wrapped by engine.
/// Threads: any.
class ChunkSink {
  public:
    virtual ~ChunkSink() = default;

    /// Takes a chunk over. `done` is called exactly once, from another thread, when the chunk is on
    /// the disk (durable) or will never be (refused: the journal failed; the source may offer it
    /// again). A sender is acknowledged in `done`, never before.
    /// Errors: unavailable or limit when there is no room (quota, back-pressure, full disk):
    /// nothing was taken, `done` is not called; try again later, answer 429, stop reading.
    virtual base::Result<void> offer(event::Chunk chunk, std::function<void(Acceptance)> done) = 0;

    /// Claims record keys, all in one step: true where a key was claimed before, by a chunk that is
    /// journalled or on its way; such a record must not be offered again (answer its sender in
    /// when_durable). Every key that came back false must then either be in a chunk that is
    /// offered, or be given to forget(). A chunk that offer() did not take, or that is refused
    /// later, has its keys forgotten by the sink itself.
    virtual std::vector<bool> seen(const std::vector<std::string>& keys) = 0;
    virtual void forget(const std::vector<std::string>& keys) = 0;

    /// Calls back when every chunk offered before this call is durable.
    virtual void when_durable(std::function<void(Acceptance)> done) = 0;
};

/// Everything a source is given.
struct SourceContext {
    std::string name;  ///< configured name; goes into envelopes
    ChunkSink& sink;
    const event::FormatDeclarations& formats;
    const base::Clock& clock;
    base::CounterRegistry& counters;
    /// Positions of this source's origins as last journalled.
    std::map<std::string, std::string> positions;
};

/// Brings bytes. Started and stopped once, by engine.
class Source {
  public:
    virtual ~Source() = default;
    /// Opens what can be opened now; work goes on in threads of its own.
    virtual base::Result<void> start() = 0;
    /// Takes nothing new, hands over what it has, returns when its threads are gone.
    virtual void stop() = 0;
    /// For finite sources (standard input, imports): everything was read and offered.
    virtual bool is_finished() const { return false; }
};

/// A source's part of the configuration: a flat view of its YAML mapping with where it stands.
/// Lists are given as several values of one key.
struct SourceSettings {
    std::string kind;
    std::string where;  ///< "vedette.yml:12"
    std::multimap<std::string, std::string> values;

    std::optional<std::string> get(const std::string& key) const;
    std::vector<std::string> all(const std::string& key) const;
};

}  // namespace vedette::source
