// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rule/sigma/event_view.h"
#include "rule/sigma/field_tests.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// What is asked of an event's fields and not of one value's text; asked only when a condition
/// comes to it.
struct FieldQuestion {
    enum class Kind : std::uint8_t { has_value, is_null, is_there, reference };
    Kind kind = Kind::has_value;
    Slot slot = kNoSlot;
    Slot other = kNoSlot;  ///< of a reference
    ReferenceTest::Position position = ReferenceTest::Position::whole;
    bool is_cased = false;
    auto operator<=>(const FieldQuestion&) const = default;
};

/// Answers of one event to a graph. Threads: one.
class EventAnswers {
  public:
    virtual ~EventAnswers() = default;
    virtual bool answer(const FieldQuestion& question) = 0;
};

/// The conditions of all rules as one graph over predicates: what two rules have in common is there
/// once and is judged once for an event.
class ConditionGraph {
  public:
    /// A predicate, or a node.
    struct Ref {
        std::uint32_t bits = 0;
        bool is_node() const { return (bits >> 31) != 0; }
        std::uint32_t index() const { return bits & 0x7FFF'FFFF; }
        auto operator<=>(const Ref&) const = default;
    };
    enum class Kind : std::uint8_t { all, any, negation, question };

    // Building. The same parts give the same node; an `all` of nothing is true, an `any` false.
    static Ref predicate(PredicateId id) { return {id}; }
    Ref all(std::vector<Ref> parts) { return node(Kind::all, std::move(parts)); }
    Ref any(std::vector<Ref> parts) { return node(Kind::any, std::move(parts)); }
    Ref negation(Ref part) { return node(Kind::negation, {part}); }
    Ref question(const FieldQuestion& question);

    // Reading.
    Kind kind(Ref ref) const { return nodes_[ref.index()].kind; }
    std::vector<Ref> parts(Ref ref) const;
    const FieldQuestion& question_of(Ref ref) const {
        return questions_[nodes_[ref.index()].begin];
    }
    std::size_t node_count() const { return nodes_.size(); }
    std::size_t memory_bytes() const;
    /// Forgets what only building needs.
    void settle();

    /// Marks of one event at a time.
    class Marks {
      public:
        void fit(std::size_t predicates, std::size_t nodes) {
            predicates_.assign(predicates, 0);
            nodes_.assign(nodes, 0);
            round_ = 1;
        }
        /// Forgets the event before.
        void next() {
            if (++round_ == 0x7FFF'FFFF) fit(predicates_.size(), nodes_.size());
        }
        void set(PredicateId predicate) { predicates_[predicate] = round_; }
        bool has(PredicateId predicate) const { return predicates_[predicate] == round_; }
        std::size_t memory_bytes() const {
            return 4 * (predicates_.capacity() + nodes_.capacity());
        }

      private:
        friend class ConditionGraph;
        std::vector<std::uint32_t> predicates_;
        std::vector<std::uint32_t> nodes_;  // round * 2 + value
        std::uint32_t round_ = 1;
    };

    /// Whether an event with these true predicates meets it.
    bool meets(Ref ref, Marks& marks, EventAnswers& answers) const;

  private:
    struct Node {
        Kind kind;
        std::uint32_t begin, end;  // of parts_; of a question its number
    };

    Ref node(Kind kind, std::vector<Ref> parts);
    Ref add(Kind kind, std::string key, std::uint32_t begin, std::uint32_t end);
    bool judge(const Node& node, Marks& marks, EventAnswers& answers) const;

    std::vector<Node> nodes_;
    std::vector<Ref> parts_;
    std::vector<FieldQuestion> questions_;
    std::unordered_map<std::string, std::uint32_t> known_;
};

/// Predicates of which one must be true for a part of the graph to be true; nothing where it can be
/// true without any. Of the parts of an `all` the one with the smallest sum of weights is taken:
/// the one that is true most rarely.
class Triggers {
  public:
    Triggers(const ConditionGraph& graph, const std::vector<double>& weights)
        : graph_(graph), weights_(weights), known_(graph.node_count()) {}
    std::optional<std::vector<PredicateId>> of(ConditionGraph::Ref ref) { return find(ref).any_of; }

  private:
    struct Found {
        std::optional<std::vector<PredicateId>> any_of;
        double weight = 0;
    };
    Found find(ConditionGraph::Ref ref);

    const ConditionGraph& graph_;
    const std::vector<double>& weights_;
    std::vector<std::optional<Found>> known_;  // by node
};

}  // namespace vedette::rule::sigma
