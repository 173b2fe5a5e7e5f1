// SPDX-License-Identifier: Apache-2.0
#include "parse/json/path_tree.h"

#include <cstring>

#include "base/hash.h"
#include "parse/json/limits.h"
#include "parse/json_string.h"

namespace vedette::parse::json {

namespace {

constexpr std::size_t kTableSizeMin = 1'024;

std::uint32_t hash_of(const PathNode& parent, std::string_view key, bool is_unescaped) {
    const std::uint64_t mixed =
        base::hash64(key) ^ (parent.hash * 0x9E37'79B9'7F4A'7C15u) ^ (is_unescaped ? 1u : 0u);
    return static_cast<std::uint32_t>(mixed ^ mixed >> 32);
}

std::string_view key_of(const PathNode& node) {
    if (node.key_size > PathNode::kShortKeyBytes) return node.long_key;
    return {node.key, node.key_size};
}

/// The parent's path and the key, cut at the longest allowed name on a whole character.
void set_path(PathNode& node, const PathNode& parent, bool is_top, std::string_view key) {
    node.path = parent.path;
    node.is_cut = parent.is_cut;
    if (node.is_cut) return;
    if (!is_top) node.path += '.';
    node.path += key;
    if (node.path.size() <= event::kFieldNameBytesMax) return;
    std::size_t end = event::kFieldNameBytesMax;
    while ((static_cast<unsigned char>(node.path[end]) & 0xC0) == 0x80) --end;
    node.path.resize(end);
    node.is_cut = true;
}

}  // namespace

bool append_unescaped(std::string& out, std::string_view written) {
    // In whole blocks on both sides, so both get room behind them.
    std::string from(written);
    from.append(kCopySlackBytes, '\0');
    std::string to(written.size() + kCopySlackBytes, '\0');
    const std::size_t size = copy_string(to.data(), from.data(), written.size());
    if (size == kBadString) return false;
    out.append(to, 0, size);
    return true;
}

PathTree::PathTree() { clear(); }

void PathTree::clear() {
    nodes_.clear();
    key_bytes_ = 0;
    table_.assign(kTableSizeMin, nullptr);
    PathNode& root = nodes_.emplace_back();
    root.same = &root;
    root.hash = 0x5EED;
    message_ = child(root, "message");
}

void PathTree::tidy() {
    if (nodes_.size() > kPathsMax || key_bytes_ > kPathKeyBytesMax) clear();
}

PathNode* PathTree::find_or_make(PathNode& parent, std::string_view key, bool is_unescaped) {
    const std::uint32_t hash = hash_of(parent, key, is_unescaped);
    std::size_t at = hash & (table_.size() - 1);
    for (; table_[at] != nullptr; at = (at + 1) & (table_.size() - 1)) {
        PathNode& node = *table_[at];
        if (node.hash == hash && node.parent == &parent && node.is_unescaped == is_unescaped &&
            key_of(node) == key) {
            return &node;
        }
    }
    const bool is_plain = is_unescaped || key.find('\\') == std::string_view::npos;
    std::string text;
    if (!is_plain && !append_unescaped(text, key)) return nullptr;
    PathNode& node = nodes_.emplace_back();
    table_[at] = &node;
    std::memset(node.key, 0, sizeof node.key);
    if (key.size() <= PathNode::kShortKeyBytes) {
        std::memcpy(node.key, key.data(), key.size());
    } else {
        node.long_key = key;
    }
    node.key_size = static_cast<std::uint32_t>(key.size());
    key_bytes_ += key.size();
    node.parent = &parent;
    node.hash = hash;
    node.is_unescaped = is_unescaped;
    node.same = &node;
    const bool is_top = &parent == &root();
    if (nodes_.size() * 2 > table_.size()) grow_table();
    if (is_plain) {
        set_path(node, parent, is_top, key);
        return &node;
    }
    node.same = find_or_make(parent, text, text.find('\\') != std::string::npos);
    set_path(node, parent, is_top, text);
    return &node;
}

void PathTree::grow_table() {
    std::vector<PathNode*> larger(table_.size() * 4, nullptr);
    for (PathNode* const node : table_) {
        if (node == nullptr) continue;
        std::size_t at = node->hash & (larger.size() - 1);
        while (larger[at] != nullptr) at = (at + 1) & (larger.size() - 1);
        larger[at] = node;
    }
    table_ = std::move(larger);
}

}  // namespace vedette::parse::json
