// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "event/field.h"

namespace vedette::parse::json {

/// One place in the documents of all senders: the path of an object's member, as written.
/// The first 64 bytes are what reading a known key touches.
struct PathNode {
    static constexpr std::size_t kShortKeyBytes = 32;

    char key[kShortKeyBytes];  ///< the key's bytes between its quotes, zeros behind
    std::uint32_t key_size = 0;
    event::FieldId field = event::kNoField;
    PathNode* next[2] = {};  ///< which keys followed last in the same object
    std::uint64_t seen = 0;  ///< number of the object that had the key last

    PathNode* first[2] = {};  ///< which keys an object here began with last
    PathNode* parent = nullptr;
    PathNode* same = nullptr;   ///< the same key written without escapes; itself, mostly
    std::string long_key;       ///< the key if it is longer than kShortKeyBytes
    std::string path;           ///< dotted, at most kFieldNameBytesMax
    bool is_cut = false;        ///< the path was longer
    bool is_unescaped = false;  ///< stands for unescaped text that has a backslash in it
    std::uint32_t hash = 0;
};

/// The paths met so far, as a tree that is found by (parent, key). It only remembers what can be
/// computed, so it may be forgotten at any time between records.
/// Threads: one at a time.   Limits: kPathsMax, kPathKeyBytesMax, and those of the record in hand
class PathTree {
  public:
    PathTree();

    /// Stands for the document itself; its path is empty and has no dot after it.
    PathNode& root() { return nodes_.front(); }
    /// "message": where values stand that have no name.
    PathNode& message() { return *message_; }

    /// The node of a member, made if it is new. `key` is as written, between the quotes.
    /// nullptr if the key has an escape that is none of RFC 8259.
    PathNode* child(PathNode& parent, std::string_view key) {
        return find_or_make(parent, key, false);
    }

    /// Forgets all paths if there are too many. Pointers to nodes are then void.
    void tidy();
    std::size_t size() const { return nodes_.size(); }

  private:
    PathNode* find_or_make(PathNode& parent, std::string_view key, bool is_unescaped);
    void grow_table();
    void clear();

    std::deque<PathNode> nodes_;
    std::vector<PathNode*> table_;  // open addressing, a power of two
    PathNode* message_ = nullptr;
    std::size_t key_bytes_ = 0;
};

/// Appends the text that a valid JSON string stands for, `written` without its quotes.
/// False if an escape is none of RFC 8259.
bool append_unescaped(std::string& out, std::string_view written);

}  // namespace vedette::parse::json
