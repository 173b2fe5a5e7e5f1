// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/limits.h"

namespace vedette::event {

/// Names a column. Ids of schema fields (event/schema.h) are the same in every process; the others
/// are given in order of appearance and mean nothing outside this process: never store one.
using FieldId = std::uint32_t;
inline constexpr FieldId kNoField = 0xFFFF'FFFF;

/// How many new names one source may still add to the dictionary; what comes after goes to the
/// row's overflow map. One per source, touched by the thread that decodes it.
struct FieldBudget {
    std::size_t left = kFieldsPerSourceMax;
};

/// Every field name this process has met, append-only: what a rule or a search has bound to an id
/// stays right for ever. Starts with the fields of the schema.
/// Threads: all members from any thread; name() and size() take no lock.
class FieldDictionary {
  public:
    FieldDictionary();
    ~FieldDictionary();
    FieldDictionary(const FieldDictionary&) = delete;
    FieldDictionary& operator=(const FieldDictionary&) = delete;

    /// The id of a name, if it is known. Names are compared with case.
    std::optional<FieldId> find(std::string_view name) const;

    /// The id of a name, made if the budget and kFieldsMax allow it.
    std::optional<FieldId> intern(std::string_view name, FieldBudget& budget);

    /// For rules and settings, which are few and ours. Stops at kFieldsMax as well.
    std::optional<FieldId> intern(std::string_view name);

    /// Lives: as long as the dictionary.
    std::string_view name(FieldId id) const;

    std::size_t size() const { return size_.load(std::memory_order_acquire); }

  private:
    static constexpr std::size_t kPageSize = 1'024;
    using Page = std::array<std::string, kPageSize>;

    mutable std::mutex mutex_;
    std::unordered_map<std::string_view, FieldId> ids_;
    std::array<std::unique_ptr<Page>, kFieldsMax / kPageSize> pages_;
    std::atomic<std::size_t> size_{0};
};

}  // namespace vedette::event
