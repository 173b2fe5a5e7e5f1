// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "event/entity.h"

namespace vedette::detect {

/// What a person says about groups. A word of a person is journalled, so that a rebuild obeys it at
/// the same place.
struct PeersOrder {
    enum class Kind : std::uint8_t {
        set,      ///< the entity belongs to the group, whatever it does
        release,  ///< it belongs to where its behaviour puts it
        name,     ///< the group is called so
    };
    Kind kind = Kind::set;
    event::EntityType type = event::EntityType::user;
    std::uint64_t key = 0;    ///< of set and release; PeerKeeper::key_of(): a journal holds no name
    std::uint32_t group = 0;  ///< of set and name
    std::string name;         ///< of `name`: that of the group; empty: none
    bool operator==(const PeersOrder&) const = default;
};

/// Bytes of a group's name.
inline constexpr std::size_t kPeerNameBytesMax = 64;

struct PeerMember {
    event::Entity entity;
    std::uint32_t group = 0;  ///< 0: none
    base::Timestamp since;
    bool is_set = false;  ///< by a person
};

/// A group as people see it.
struct PeerGroupView {
    event::EntityType type = event::EntityType::user;
    std::uint32_t id = 0;
    std::string name;  ///< that a person gave it; may be empty
    base::Timestamp since;
    std::vector<std::string> traits;  ///< what it does unlike others, in words
    std::vector<PeerMember> members;  ///< by name
};

/// What a detector that learns groups can do beside. Threads: those of its detector.
class PeerKeeper {
  public:
    virtual ~PeerKeeper() = default;
    virtual std::vector<PeerGroupView> peer_groups() const = 0;
    /// A hash of its type and name.
    virtual std::uint64_t key_of(const event::Entity& entity) const = 0;
    /// Nothing where it is not known.
    virtual std::optional<PeerMember> peer_member(const event::Entity& entity) const = 0;
    /// Whether it could be obeyed.   Errors: not_found for entity or group; bad_input for the name.
    virtual base::Result<void> check(const PeersOrder& order) const = 0;
    /// Nothing is done where check() fails.
    virtual void obey(const PeersOrder& order) = 0;
};

}  // namespace vedette::detect
