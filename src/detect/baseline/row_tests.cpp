// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/row_tests.h"

#include <algorithm>

namespace vedette::detect::baseline {

namespace search = rule::search;
using search::Node;

namespace {

/// The field in whose cells, or in the overflow map, a row must have something for `node` to hold;
/// nothing where no single one is known.
std::optional<search::FieldPlace> field_of(const Node& node) {
    if (node.kind == Node::Kind::any_of) {
        const auto field = field_of(node.children.front());
        const auto is_same = [&](const Node& child) {
            const auto other = field_of(child);
            return field && other && other->name == field->name;
        };
        const bool are_same = std::all_of(node.children.begin(), node.children.end(), is_same);
        return are_same ? field : std::nullopt;
    }
    if (node.kind != Node::Kind::test) return std::nullopt;
    const search::FieldPlace place = search::place_of(node.test.field);
    switch (place.kind) {
        case search::FieldKind::text:
        case search::FieldKind::keyword:
        case search::FieldKind::number:
        case search::FieldKind::ip: return place;
        default: return std::nullopt;
    }
}

}  // namespace

base::Result<std::vector<RowTests::Id>> RowTests::add(std::string_view query) {
    std::vector<Id> out;
    if (query.empty()) return out;
    const auto node = search::parse_query(query);
    if (!node) return tl::unexpected(search::to_error(query, node.error()));
    const bool has_parts = node->kind == Node::Kind::all_of;
    for (const Node& part : has_parts ? node->children : std::vector<Node>{*node}) {
        VD_TRY(const Id id, add(part, query));
        out.push_back(id);
    }
    return out;
}

base::Result<RowTests::Id> RowTests::add(const Node& node, std::string_view query) {
    const std::string text = search::print(node);
    if (const auto known = by_text_.find(text); known != by_text_.end()) return known->second;
    const auto plan = search::plan_query(node, base::Timestamp());
    if (!plan) return tl::unexpected(search::to_error(query, plan.error()));
    const auto id = static_cast<Id>(tests_.size());
    tests_.push_back({search::Matcher(*plan), field_of(node)});
    by_text_.emplace(text, id);
    return id;
}

void RowTests::bind(const event::Batch& batch) {
    batch_ = &batch;
    row_count_ = batch.row_count();
    known_.assign(tests_.size() * row_count_, kUnknown);
}

RowTests::Reach RowTests::reach(Id id) const {
    const std::optional<search::FieldPlace>& field = tests_[id].field;
    if (!field || !batch_->overflow_names().cells.empty()) return {};
    const auto known = field->id != event::kNoField ? std::optional(field->id)
                                                    : batch_->fields().find(field->name);
    return {false, known ? batch_->column(*known) : nullptr};
}

}  // namespace vedette::detect::baseline
