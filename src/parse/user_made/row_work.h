// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event/batch.h"
#include "parse/decoder.h"
#include "parse/user_made/convert.h"
#include "parse/user_made/program.h"
#include "parse/user_made/row_text.h"

namespace vedette::parse::user_made {

/// Where the value of a name goes.
struct NameAction {
    ValueIndex value = kNoValue;             ///< the definition mentions it
    event::FieldId field = event::kNoField;  ///< else: kept under its own name
    bool is_dropped = false;                 ///< else: the definition makes a field of this name,
                                             ///< or keeps no rest
    bool is_overflow = false;                ///< else: no room among the names of the source
};

/// The values of the row that is being made, and where stages put them.
/// Threads: one at a time.
class RowWork {
  public:
    RowWork(const Program& program, event::FieldDictionary& fields);

    void begin(RowSink& sink);

    /// A value that the definition names. One that counts as absent is left out; of several the
    /// first is what steps look at, the others follow it.
    void put(ValueIndex index, std::string_view text,
             event::ValueKind kind = event::ValueKind::text) {
        if (index == kNoValue || is_absent(text)) return;
        Value& value = values_[index];
        if (value.is_there) {
            put_more(index, text, kind);
        } else {
            value.set(text, kind);
        }
    }
    /// A value under a name of the record's own.
    void put(const NameAction& action, std::string_view name, std::string_view text,
             event::ValueKind kind);

    NameAction action_of(const StageProgram& stage, std::string_view name);

    Value& value(ValueIndex index) { return values_[index]; }
    std::vector<std::pair<ValueIndex, Value>>& more() { return more_; }
    RowText& room() { return room_; }
    event::Batch& batch() { return *batch_; }

  private:
    bool is_absent(std::string_view text) const {
        for (const std::string& absent : absent_) {
            if (absent == text) return true;
        }
        return false;
    }
    void put_more(ValueIndex index, std::string_view text, event::ValueKind kind);

    const Program& program_;
    const std::vector<std::string>& absent_;
    event::FieldDictionary& fields_;
    RowSink* sink_ = nullptr;
    event::Batch* batch_ = nullptr;
    std::vector<Value> values_;
    std::vector<std::pair<ValueIndex, Value>> more_;  // values behind the first one
    std::size_t rest_count_ = 0;
    RowText room_;
};

/// Remembers the actions of names, most of which come again with the next record.
class NameMemory {
  public:
    const NameAction& find(RowWork& work, const StageProgram& stage, std::string_view name);

  private:
    std::unordered_map<std::string_view, std::pair<std::unique_ptr<std::string>, NameAction>>
        known_;
    NameAction last_;
};

}  // namespace vedette::parse::user_made
