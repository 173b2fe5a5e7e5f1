// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "learn/primitive.h"

namespace vedette::learn {

struct GraphSettings {
    std::size_t edges = 1 << 16;     ///< a power of two from 4; 24 bytes each
    std::size_t nodes = 1 << 14;     ///< a power of two from 4; 136 bytes each
    double half_life = 0;            ///< of counts, in the caller's unit of time; 0: for ever
    std::int64_t path_span = 3'600;  ///< how long after an edge the next may go on from its end
    double unseen_probability = 0x1p-16;  ///< of a target that nobody ever went to
};

/// Who goes to whom, and how surprising an edge and the way it continues are: logins from host to
/// host, users to resources, processes to addresses.
///
/// How: an edge's probability is the share it has of its source's edges, backed by how much all the
/// others go to that target: p = (n + T q) / (N + T), with n times before, N edges of T kinds from
/// the source, q the target's share of all edges. A path of two is a->b->c where b->c comes at most
/// path_span after a->b; its bits are those of both edges when they came, and the most surprising
/// of b's last arrivals is told. So a usual admin's hop over an unusual host stands out, though the
/// second hop alone is usual.
///
/// Papers: path surprise after G. Ho et al., "Hopper: Modeling and detecting lateral movement",
/// USENIX Security 2021; back-off as in T. Bell, I. Witten, IEEE Trans. Inf. Theory 37(4), 1991.
/// Cost: not measured yet, four lines of cache; fixed memory.
/// Error: a full set of four forgets its smallest decayed count, so where tables are too small old
/// edges are new again; a path is told over one of the last four different arrivals only.
/// Not for: whole paths of any length; undirected closeness.
class EntityGraph {
  public:
    static constexpr std::string_view kKind = "entity_graph";
    static constexpr std::uint8_t kVersion = 1;

    struct Edge {
        double bits = 0;
        bool is_new = false;        ///< not known before
        double seen = 0;            ///< times before, decayed
        double source_seen = 0;     ///< edges of the source, decayed
        double source_targets = 0;  ///< different ones
        double target_seen = 0;     ///< edges to the target, of anybody
        double target_sources = 0;  ///< different ones
        bool has_path = false;
        std::uint64_t path_from = 0;  ///< the node before the source
        double path_bits = 0;         ///< of both edges; `bits` without a path
    };

    explicit EntityGraph(GraphSettings settings = {});

    /// Judges an edge without learning it.
    Edge look(std::uint64_t from, std::uint64_t to, std::int64_t time) const;
    /// Judges and learns. Late times count as the newest that its cells know.
    Edge observe(std::uint64_t from, std::uint64_t to, std::int64_t time);

    std::uint64_t forgotten_count() const { return forgotten_count_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const {
        return sizeof(*this) + edges_.size() * sizeof(EdgeCell) + nodes_.size() * sizeof(NodeCell);
    }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::size_t kWays = 4;
    static constexpr std::size_t kArrivals = 4;

    struct EdgeCell {
        std::uint64_t key = 0;
        std::int64_t last = 0;
        double count = 0;  // 0: empty
    };
    struct Arrival {
        std::uint64_t from = 0;
        std::int64_t time = 0;
        float bits = -1;  // below 0: none
    };
    struct NodeCell {
        std::uint64_t key = 0;
        std::int64_t last = 0;
        float out = 0, targets = 0, in = 0, sources = 0;
        Arrival arrivals[kArrivals];  // the oldest is replaced

        double weight() const { return static_cast<double>(out) + static_cast<double>(in); }
    };

    double decay(std::int64_t last, std::int64_t time) const;
    const EdgeCell* find_edge(std::uint64_t key) const;
    const NodeCell* find_node(std::uint64_t key) const;
    EdgeCell& take_edge(std::uint64_t key, std::int64_t time);
    NodeCell& take_node(std::uint64_t key, std::int64_t time);
    void note_arrival(NodeCell& node, std::uint64_t from, std::int64_t time, double bits) const;

    GraphSettings settings_;
    std::vector<EdgeCell> edges_;
    std::vector<NodeCell> nodes_;
    double all_ = 0;  // edges, decayed
    std::int64_t all_last_ = 0;
    std::uint64_t forgotten_count_ = 0;
};

}  // namespace vedette::learn
