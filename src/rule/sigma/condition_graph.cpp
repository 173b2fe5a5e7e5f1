// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/condition_graph.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"

namespace vedette::rule::sigma {

using Ref = ConditionGraph::Ref;

ConditionGraph::Ref ConditionGraph::node(Kind kind, std::vector<Ref> parts) {
    // Predicates stand before nodes and are the cheaper question.
    std::sort(parts.begin(), parts.end());
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    if (parts.size() == 1 && kind != Kind::negation) return parts.front();
    std::string key(1, static_cast<char>(kind));
    for (const Ref part : parts) base::put(key, part.bits);
    const auto begin = static_cast<std::uint32_t>(parts_.size());
    const std::size_t nodes_before = nodes_.size();
    const Ref ref =
        add(kind, std::move(key), begin, begin + static_cast<std::uint32_t>(parts.size()));
    if (nodes_.size() > nodes_before) parts_.insert(parts_.end(), parts.begin(), parts.end());
    return ref;
}

ConditionGraph::Ref ConditionGraph::question(const FieldQuestion& question) {
    std::string key(1, static_cast<char>(Kind::question));
    for (const std::uint32_t part :
         {static_cast<std::uint32_t>(question.kind), question.slot, question.other,
          static_cast<std::uint32_t>(question.position), question.is_cased ? 1U : 0U}) {
        base::put(key, part);
    }
    const auto number = static_cast<std::uint32_t>(questions_.size());
    const std::size_t nodes_before = nodes_.size();
    const Ref ref = add(Kind::question, std::move(key), number, number);
    if (nodes_.size() > nodes_before) questions_.push_back(question);
    return ref;
}

ConditionGraph::Ref ConditionGraph::add(Kind kind, std::string key, std::uint32_t begin,
                                        std::uint32_t end) {
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    const auto [known, is_new] = known_.emplace(std::move(key), number);
    if (is_new) nodes_.push_back({kind, begin, end});
    return {known->second | 0x8000'0000};
}

std::vector<ConditionGraph::Ref> ConditionGraph::parts(Ref ref) const {
    const Node& node = nodes_[ref.index()];
    if (node.kind == Kind::question) return {};
    return {parts_.begin() + node.begin, parts_.begin() + node.end};
}

void ConditionGraph::settle() {
    known_ = {};
    nodes_.shrink_to_fit();
    parts_.shrink_to_fit();
    questions_.shrink_to_fit();
}

bool ConditionGraph::meets(Ref ref, Marks& marks, EventAnswers& answers) const {
    if (!ref.is_node()) return marks.has(ref.index());
    std::uint32_t& mark = marks.nodes_[ref.index()];
    if (mark >> 1 == marks.round_) return (mark & 1) != 0;
    const bool is_met = judge(nodes_[ref.index()], marks, answers);
    mark = marks.round_ << 1 | (is_met ? 1 : 0);
    return is_met;
}

bool ConditionGraph::judge(const Node& node, Marks& marks, EventAnswers& answers) const {
    if (node.kind == Kind::question) return answers.answer(questions_[node.begin]);
    const Ref* const begin = parts_.data() + node.begin;
    const Ref* const end = parts_.data() + node.end;
    const auto is_met = [&](Ref part) { return meets(part, marks, answers); };
    switch (node.kind) {
        case Kind::all: return std::all_of(begin, end, is_met);
        case Kind::any: return std::any_of(begin, end, is_met);
        case Kind::negation: return !is_met(*begin);
        case Kind::question: break;
    }
    VD_CHECK(false && "a node of no kind");
    return false;
}

std::size_t ConditionGraph::memory_bytes() const {
    return nodes_.capacity() * sizeof(Node) + parts_.capacity() * sizeof(Ref) +
           questions_.capacity() * sizeof(FieldQuestion);
}

Triggers::Found Triggers::find(Ref ref) {
    if (!ref.is_node()) return {{{ref.index()}}, weights_[ref.index()]};
    auto& known = known_[ref.index()];
    if (known) return *known;
    Found found;
    using Kind = ConditionGraph::Kind;
    const Kind kind = graph_.kind(ref);
    if (kind == Kind::all) {
        for (const Ref part : graph_.parts(ref)) {
            Found one = find(part);
            if (!one.any_of || (found.any_of && found.weight <= one.weight)) continue;
            found = std::move(one);
        }
    } else if (kind == Kind::any) {
        found.any_of.emplace();
        for (const Ref part : graph_.parts(ref)) {
            const Found one = find(part);
            if (!one.any_of) {
                found.any_of.reset();
                break;
            }
            found.any_of->insert(found.any_of->end(), one.any_of->begin(), one.any_of->end());
            found.weight += one.weight;
        }
    }
    known_[ref.index()] = found;
    return found;
}

}  // namespace vedette::rule::sigma
