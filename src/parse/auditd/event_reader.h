// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parse/auditd/fields.h"
#include "parse/auditd/record.h"
#include "parse/decoder.h"

namespace vedette::parse::auditd {

/// Puts the lines of one audit event into the current row: every key under its own name, decoded,
/// what has an ECS field also there, and the arguments of a command as one line.
/// Threads: one at a time.
class EventReader {
  public:
    explicit EventReader(event::FieldDictionary& fields);

    /// Begins an event; `text` is all of it, to tell a system call's a0 from a command's.
    void begin(std::string_view text);
    void read_line(const Head& head, RowSink& sink);
    /// Adds what only the whole event tells.
    void end(RowSink& sink);

  private:
    struct Field {
        event::FieldId own = event::kNoField;  ///< none: the budget is spent
        event::FieldId ecs = event::kNoField;
        const Key* key = nullptr;
    };

    const Field& field(std::string_view name, RowSink& sink);
    void read_pairs(std::string_view text, const Head& head, RowSink& sink);
    void read_pair(const Pair& pair, const Head& head, RowSink& sink);
    void read_argument(const Pair& pair);
    void add_own(const Field& field, std::string_view name, std::string_view value, RowSink& sink);
    void add_ecs(const Field& field, std::string_view value, const Head& head, event::Batch& batch);
    void add_path(std::string_view name, const Head& head, event::Batch& batch);
    void add_socket(std::string_view hex, event::Batch& batch);
    void add_syscall(std::string_view number, const Head& head, RowSink& sink);
    void add_command(RowSink& sink);

    event::FieldDictionary& fields_;
    std::unordered_map<std::string, Field> remembered_;
    Field unknown_;
    std::string name_;  // scratch of look-ups
    event::FieldId arguments_, event_type_, serial_;
    bool has_execve_ = false;
    std::string_view type_, call_, directory_;
    std::string category_;
    std::string decoded_, line_, title_;
    std::vector<std::string> command_;
    std::size_t argument_count_ = 0;
};

}  // namespace vedette::parse::auditd
