// SPDX-License-Identifier: Apache-2.0
#include "learn/graph/entity_graph.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.h"
#include "learn/fixed_math.h"
#include "learn/random.h"

namespace vedette::learn {

namespace {

constexpr double kCountMax = 1e15;
constexpr float kBitsMax = 4'096;

std::uint64_t edge_key(std::uint64_t from, std::uint64_t to) { return pair_key(from, to); }

std::size_t set_of(std::uint64_t key, std::size_t cells, std::size_t ways) {
    return static_cast<std::size_t>(mix_bits(key)) & (cells - 1) & ~(ways - 1);
}

}  // namespace

EntityGraph::EntityGraph(GraphSettings settings)
    : settings_(settings), edges_(settings.edges), nodes_(settings.nodes) {
    VD_CHECK(settings.edges >= kWays && std::has_single_bit(settings.edges) &&
             settings.nodes >= kWays && std::has_single_bit(settings.nodes) &&
             settings.half_life >= 0 && settings.path_span >= 0 &&
             settings.unseen_probability > 0 && settings.unseen_probability < 1);
}

double EntityGraph::decay(std::int64_t last, std::int64_t time) const {
    if (settings_.half_life == 0 || time <= last) return 1;
    return decay_of((static_cast<double>(time) - static_cast<double>(last)) / settings_.half_life);
}

const EntityGraph::EdgeCell* EntityGraph::find_edge(std::uint64_t key) const {
    const EdgeCell* const set = &edges_[set_of(key, edges_.size(), kWays)];
    for (std::size_t i = 0; i < kWays; ++i) {
        if (set[i].key == key && set[i].count > 0) return &set[i];
    }
    return nullptr;
}

const EntityGraph::NodeCell* EntityGraph::find_node(std::uint64_t key) const {
    const NodeCell* const set = &nodes_[set_of(key, nodes_.size(), kWays)];
    for (std::size_t i = 0; i < kWays; ++i) {
        if (set[i].key == key && set[i].weight() > 0) return &set[i];
    }
    return nullptr;
}

EntityGraph::EdgeCell& EntityGraph::take_edge(std::uint64_t key, std::int64_t time) {
    EdgeCell* const set = &edges_[set_of(key, edges_.size(), kWays)];
    EdgeCell* smallest = set;
    for (std::size_t i = 0; i < kWays; ++i) {
        EdgeCell& cell = set[i];
        if (cell.key == key && cell.count > 0) {
            cell.count *= decay(cell.last, time);
            cell.last = std::max(cell.last, time);
            return cell;
        }
        if (cell.count * decay(cell.last, time) < smallest->count * decay(smallest->last, time)) {
            smallest = &cell;
        }
    }
    forgotten_count_ += smallest->count > 0 ? 1 : 0;
    *smallest = {key, time, 0};
    return *smallest;
}

EntityGraph::NodeCell& EntityGraph::take_node(std::uint64_t key, std::int64_t time) {
    NodeCell* const set = &nodes_[set_of(key, nodes_.size(), kWays)];
    NodeCell* smallest = set;
    for (std::size_t i = 0; i < kWays; ++i) {
        NodeCell& cell = set[i];
        if (cell.key == key && cell.weight() > 0) {
            const double left = decay(cell.last, time);
            for (float* const count : {&cell.out, &cell.targets, &cell.in, &cell.sources}) {
                *count = static_cast<float>(*count * left);
            }
            cell.last = std::max(cell.last, time);
            return cell;
        }
        if (cell.weight() * decay(cell.last, time) <
            smallest->weight() * decay(smallest->last, time)) {
            smallest = &cell;
        }
    }
    forgotten_count_ += smallest->weight() > 0 ? 1 : 0;
    *smallest = {};
    smallest->key = key;
    smallest->last = time;
    return *smallest;
}

EntityGraph::Edge EntityGraph::look(std::uint64_t from, std::uint64_t to, std::int64_t time) const {
    Edge edge;
    const EdgeCell* const known = find_edge(edge_key(from, to));
    const NodeCell* const source = find_node(from);
    const NodeCell* const target = find_node(to);
    edge.is_new = known == nullptr;
    if (known != nullptr) edge.seen = known->count * decay(known->last, time);
    if (source != nullptr) {
        const double left = decay(source->last, time);
        edge.source_seen = source->out * left;
        edge.source_targets = source->targets * left;
    }
    if (target != nullptr) {
        const double left = decay(target->last, time);
        edge.target_seen = target->in * left;
        edge.target_sources = target->sources * left;
    }
    const double all = std::max(all_ * decay(all_last_, time), edge.target_seen);
    const double share = (edge.target_seen + settings_.unseen_probability) / (all + 1);
    const double seen = std::min(edge.seen, edge.source_seen);
    const double weight = edge.source_targets > 0 ? edge.source_targets : 1;
    const double probability = (seen + weight * share) / (edge.source_seen + weight);
    edge.bits = std::clamp<double>(-fixed_log2(probability), 0, kBitsMax);
    edge.path_bits = edge.bits;
    if (source == nullptr) return edge;
    for (const Arrival& arrival : source->arrivals) {
        // Unsigned, so that no difference of times overflows.
        const std::uint64_t since =
            static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(arrival.time);
        const bool goes_on = arrival.bits >= 0 && time >= arrival.time && arrival.from != to &&
                             since <= static_cast<std::uint64_t>(settings_.path_span);
        if (!goes_on || (edge.has_path && edge.bits + arrival.bits <= edge.path_bits)) continue;
        edge.has_path = true;
        edge.path_from = arrival.from;
        edge.path_bits = edge.bits + arrival.bits;
    }
    return edge;
}

/// In place of the same source's last arrival, else of the oldest.
void EntityGraph::note_arrival(NodeCell& node, std::uint64_t from, std::int64_t time,
                               double bits) const {
    Arrival* place = &node.arrivals[0];
    for (Arrival& arrival : node.arrivals) {
        if (arrival.bits >= 0 && arrival.from == from) {
            place = &arrival;
            break;
        }
        if (place->bits >= 0 && (arrival.bits < 0 || arrival.time < place->time)) place = &arrival;
    }
    *place = {from, time, static_cast<float>(bits)};
}

EntityGraph::Edge EntityGraph::observe(std::uint64_t from, std::uint64_t to, std::int64_t time) {
    const Edge edge = look(from, to, time);
    EdgeCell& known = take_edge(edge_key(from, to), time);
    const bool is_new = !(known.count > 0);
    known.count = std::min(known.count + 1, kCountMax);
    {
        NodeCell& source = take_node(from, time);
        source.out += 1;
        source.targets += is_new ? 1 : 0;
    }
    NodeCell& target = take_node(to, time);
    target.in += 1;
    target.sources += is_new ? 1 : 0;
    note_arrival(target, from, time, edge.bits);
    all_ = std::min(all_ * decay(all_last_, time) + 1, kCountMax);
    all_last_ = std::max(all_last_, time);
    return edge;
}

void EntityGraph::save(StateWriter& out) const {
    out.varint(settings_.edges);
    out.varint(settings_.nodes);
    out.real(settings_.half_life);
    out.integer(settings_.path_span);
    out.real(settings_.unseen_probability);
    out.real(all_);
    out.integer(all_last_);
    out.varint(forgotten_count_);
    for (const EdgeCell& cell : edges_) {
        out.integer(static_cast<std::uint8_t>(cell.count > 0 ? 1 : 0));
        if (!(cell.count > 0)) continue;
        out.integer(cell.key);
        out.integer(cell.last);
        out.real(cell.count);
    }
    for (const NodeCell& cell : nodes_) {
        out.integer(static_cast<std::uint8_t>(cell.weight() > 0 ? 1 : 0));
        if (!(cell.weight() > 0)) continue;
        out.integer(cell.key);
        out.integer(cell.last);
        for (const float count : {cell.out, cell.targets, cell.in, cell.sources}) out.real(count);
        for (const Arrival& arrival : cell.arrivals) {
            out.integer(arrival.from);
            out.integer(arrival.time);
            out.real(arrival.bits);
        }
    }
}

base::Result<void> EntityGraph::restore(StateReader& in) {
    *this = EntityGraph(settings_);
    const bool is_same = in.varint() == settings_.edges && in.varint() == settings_.nodes &&
                         in.real64() == settings_.half_life &&
                         in.integer<std::int64_t>() == settings_.path_span &&
                         in.real64() == settings_.unseen_probability;
    if (!is_same) return not_ours(kKind, "its settings are others");
    all_ = in.real64();
    all_last_ = in.integer<std::int64_t>();
    forgotten_count_ = in.varint();
    bool is_right = true;
    for (EdgeCell& cell : edges_) {
        const auto used = in.integer<std::uint8_t>();
        if (used == 0) continue;
        cell.key = in.integer<std::uint64_t>();
        cell.last = in.integer<std::int64_t>();
        cell.count = in.real64();
        is_right = is_right && used == 1 && cell.count > 0;
    }
    for (NodeCell& cell : nodes_) {
        const auto used = in.integer<std::uint8_t>();
        if (used == 0) continue;
        cell.key = in.integer<std::uint64_t>();
        cell.last = in.integer<std::int64_t>();
        for (float* const count : {&cell.out, &cell.targets, &cell.in, &cell.sources}) {
            *count = in.real32();
        }
        for (Arrival& arrival : cell.arrivals) {
            arrival.from = in.integer<std::uint64_t>();
            arrival.time = in.integer<std::int64_t>();
            arrival.bits = in.real32();
        }
        is_right = is_right && used == 1 && cell.weight() > 0;
    }
    auto sound = check_invariants();
    if (is_right && in.is_good() && sound) return {};
    *this = EntityGraph(settings_);
    return sound ? not_ours(kKind, "its cells are not whole") : sound;
}

base::Result<void> EntityGraph::check_invariants() const {
    if (!(all_ >= 0) || all_ > kCountMax) return not_ours(kKind, "a count that cannot be");
    for (std::size_t i = 0; i < edges_.size(); ++i) {
        const EdgeCell& cell = edges_[i];
        if (!(cell.count >= 0) || cell.count > kCountMax) {
            return not_ours(kKind, "an edge's count that cannot be");
        }
        if (!(cell.count > 0)) continue;
        const std::size_t set = set_of(cell.key, edges_.size(), kWays);
        if (set != (i & ~(kWays - 1))) return not_ours(kKind, "an edge out of place");
        for (std::size_t j = set; j < i; ++j) {
            if (edges_[j].count > 0 && edges_[j].key == cell.key) {
                return not_ours(kKind, "an edge twice");
            }
        }
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const NodeCell& cell = nodes_[i];
        for (const float count : {cell.out, cell.targets, cell.in, cell.sources}) {
            if (!(count >= 0) || count > kCountMax) {
                return not_ours(kKind, "a node's count that cannot be");
            }
        }
        for (const Arrival& arrival : cell.arrivals) {
            if (!(arrival.bits >= -1) || arrival.bits > kBitsMax) {
                return not_ours(kKind, "an arrival that cannot be");
            }
        }
        if (!(cell.weight() > 0)) continue;
        const std::size_t set = set_of(cell.key, nodes_.size(), kWays);
        if (set != (i & ~(kWays - 1))) return not_ours(kKind, "a node out of place");
        for (std::size_t j = set; j < i; ++j) {
            if (nodes_[j].weight() > 0 && nodes_[j].key == cell.key) {
                return not_ours(kKind, "a node twice");
            }
        }
    }
    return {};
}

}  // namespace vedette::learn
