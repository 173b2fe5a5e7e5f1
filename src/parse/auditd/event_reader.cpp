// SPDX-License-Identifier: Apache-2.0
#include "parse/auditd/event_reader.h"

#include <charconv>

#include "event/schema.h"
#include "parse/auditd/limits.h"
#include "parse/text_scan.h"

namespace vedette::parse::auditd {

namespace {

namespace ecs = event::ecs;
using event::Batch;
using event::FieldId;
using event::ValueKind;

bool is_nothing(std::string_view value) {
    return value.empty() || value == "?" || value == "(null)" || value == "(none)";
}

/// The kernel writes -1 as an unsigned number where nobody has logged in.
bool is_unset(std::string_view value) { return value == "4294967295" || value == "unset"; }

/// "a0" of a command's arguments, "a1[2]" of the pieces of a long one; "a1_len" is no argument.
bool is_argument(std::string_view key) {
    return key.size() >= 2 && key[0] == 'a' && is_digit(key[1]) &&
           key.find('_') == std::string_view::npos;
}

bool is_system_call_argument(std::string_view key) {
    return key.size() == 2 && key[0] == 'a' && key[1] >= '0' && key[1] <= '3';
}

}  // namespace

EventReader::EventReader(event::FieldDictionary& fields)
    : fields_(fields),
      arguments_(*fields.intern("process.args")),
      event_type_(*fields.intern("event.type")),
      serial_(*fields.intern("auditd.serial")) {}

void EventReader::begin(std::string_view text) {
    has_execve_ = text.find("type=EXECVE ") != std::string_view::npos;
    type_ = call_ = directory_ = {};
    category_.clear();
    title_.clear();
    argument_count_ = 0;
}

const EventReader::Field& EventReader::field(std::string_view name, RowSink& sink) {
    name_.assign(name);
    if (const auto found = remembered_.find(name_); found != remembered_.end()) {
        return found->second;
    }
    Field made;
    made.key = find_key(name);
    const auto own =
        made.key != nullptr ? fields_.intern(name) : fields_.intern(name, sink.field_budget());
    if (own) made.own = *own;
    if (made.key != nullptr && !made.key->ecs.empty()) made.ecs = *fields_.intern(made.key->ecs);
    // What found no place now may find one when the budget is another source's.
    if (!own || remembered_.size() >= kRememberedFieldsMax) {
        unknown_ = made;
        return unknown_;
    }
    return remembered_.emplace(name_, made).first->second;
}

void EventReader::read_line(const Head& head, RowSink& sink) {
    Batch& batch = sink.batch();
    if (type_.empty()) {
        batch.add(serial_, head.serial);
        if (!head.node.empty()) batch.add(ecs::kHostName, head.node);
    }
    add_own(field("type", sink), "type", head.type, sink);
    const Meaning* const meaning = find_meaning(head.type);
    if (meaning != nullptr && category_.empty()) {
        batch.add(ecs::kEventAction, meaning->action);
        batch.add(ecs::kEventCategory, meaning->category);
        category_ = meaning->category;
    }
    if (type_.empty() || head.type == "SYSCALL") type_ = head.type;
    read_pairs(head.fields, head, sink);
    if (!head.names.empty()) read_pairs(head.names, head, sink);
}

void EventReader::read_pairs(std::string_view text, const Head& head, RowSink& sink) {
    PairReader reader(text);
    while (const auto pair = reader.next()) {
        if (pair->kind == Pair::Kind::message) {
            PairReader inner(pair->value);
            while (const auto each = inner.next()) read_pair(*each, head, sink);
        } else {
            read_pair(*pair, head, sink);
        }
    }
}

void EventReader::read_pair(const Pair& pair, const Head& head, RowSink& sink) {
    if (head.type == "EXECVE" && is_argument(pair.key)) return read_argument(pair);
    // Registers of execve() are no arguments of the command, and rules ask for the latter as a0.
    if (has_execve_ && head.type == "SYSCALL" && is_system_call_argument(pair.key)) return;
    if (is_nothing(pair.value)) return;
    const Field& known = field(pair.key, sink);
    std::string_view value = pair.value;
    if (known.key != nullptr && known.key->is_encoded && pair.kind == Pair::Kind::plain) {
        if (const auto decoded = decode_hex(value, decoded_)) value = *decoded;
    }
    add_own(known, pair.key, value, sink);
    if (pair.key == "syscall") return add_syscall(value, head, sink);
    if (pair.key == "saddr") return add_socket(value, sink.batch());
    if (pair.key == "cwd" && pair.kind == Pair::Kind::quoted) directory_ = pair.value;
    if (pair.key == "proctitle") title_ = value;
    if (known.key != nullptr && known.ecs != event::kNoField) {
        add_ecs(known, value, head, sink.batch());
    }
}

void EventReader::read_argument(const Pair& pair) {
    std::string_view value = pair.value;
    if (pair.kind == Pair::Kind::plain) {
        if (const auto decoded = decode_hex(value, decoded_)) value = *decoded;
    }
    const std::size_t bracket = pair.key.find('[');
    const bool goes_on = bracket != std::string_view::npos && pair.key.substr(bracket) != "[0]";
    if (goes_on && argument_count_ > 0) {
        command_[argument_count_ - 1].append(value);
        return;
    }
    if (argument_count_ == kArgumentsMax) return;
    if (command_.size() == argument_count_) command_.emplace_back();
    command_[argument_count_++].assign(value);
}

void EventReader::add_own(const Field& field, std::string_view name, std::string_view value,
                          RowSink& sink) {
    Batch& batch = sink.batch();
    if (field.own != event::kNoField) {
        batch.add(field.own, value);
    } else {
        batch.add_overflow(name, value, ValueKind::text);
        batch.rows().back().flags |= event::kRowOverflow;
    }
}

void EventReader::add_ecs(const Field& field, std::string_view value, const Head& head,
                          Batch& batch) {
    if (field.ecs == ecs::kFilePath) return add_path(value, head, batch);
    FieldId target = field.ecs;
    // An account is who logs in, and whom an administrator changes.
    const bool is_login = category_ == "authentication" || category_ == "session";
    if (target == ecs::kUserTargetName && is_login) target = ecs::kUserName;
    if (batch.last_row_has(target)) return;
    switch (field.key->use) {
        case Use::none: break;
        case Use::text: batch.add(target, value); break;
        case Use::number:
            if (is_digits(value, 10)) batch.add(target, value, ValueKind::integer);
            break;
        case Use::address:
            if (is_ip_address(value)) batch.add(target, value);
            break;
        case Use::user:
            if (!is_unset(value)) batch.add(target, value);
            break;
        case Use::outcome: {
            const bool is_good = value == "yes" || value == "success" || value == "1";
            const bool is_bad = value == "no" || value == "failed" || value == "0";
            if (is_good || is_bad) batch.add(target, is_good ? "success" : "failure");
            break;
        }
    }
}

/// The folder that a call looked into is no file it touched; a name may be relative to the process.
void EventReader::add_path(std::string_view name, const Head& head, Batch& batch) {
    if (head.fields.find("nametype=PARENT") != std::string_view::npos) return;
    if (name.starts_with('/') || directory_.empty()) {
        batch.add(ecs::kFilePath, name);
        return;
    }
    line_.assign(directory_);
    if (!line_.ends_with('/')) line_ += '/';
    line_ += name.starts_with("./") ? name.substr(2) : name;
    batch.add(ecs::kFilePath, line_);
}

void EventReader::add_socket(std::string_view hex, Batch& batch) {
    const auto address = read_socket_address(hex);
    if (!address) return;
    const bool is_incoming = call_ == "accept" || call_ == "accept4" || call_ == "recvfrom";
    const FieldId ip = is_incoming ? ecs::kSourceIp : ecs::kDestinationIp;
    const FieldId port = is_incoming ? ecs::kSourcePort : ecs::kDestinationPort;
    if (batch.last_row_has(ip)) return;
    char digits[8];
    const auto end = std::to_chars(digits, digits + sizeof digits, address->port).ptr;
    batch.add(ip, address->text);
    batch.add(port, {digits, static_cast<std::size_t>(end - digits)}, ValueKind::integer);
}

/// Rules ask for the number or for the name: the field has both.
void EventReader::add_syscall(std::string_view number, const Head& head, RowSink& sink) {
    PairReader reader(head.fields);
    const auto arch = reader.next();
    if (!arch || arch->key != "arch") return;
    call_ = syscall_name(arch->value, number);
    if (!call_.empty()) add_own(field("syscall", sink), "syscall", call_, sink);
}

void EventReader::add_command(RowSink& sink) {
    Batch& batch = sink.batch();
    line_.clear();
    for (std::size_t i = 0; i < argument_count_; ++i) {
        char name[8] = {'a'};
        const auto end = std::to_chars(name + 1, name + sizeof name, i).ptr;
        const std::string_view key(name, static_cast<std::size_t>(end - name));
        add_own(field(key, sink), key, command_[i], sink);
        batch.add(arguments_, command_[i]);
        if (i > 0) line_ += ' ';
        line_ += command_[i];
    }
    batch.add(ecs::kProcessCommandLine, line_);
}

void EventReader::end(RowSink& sink) {
    Batch& batch = sink.batch();
    if (argument_count_ > 0) {
        add_command(sink);
        batch.add(event_type_, "start");
    } else if (!title_.empty() && !batch.last_row_has(ecs::kProcessCommandLine)) {
        batch.add(ecs::kProcessCommandLine, title_);
    }
    if (!category_.empty()) return;
    if (argument_count_ > 0) {
        batch.add(ecs::kEventAction, "process_started");
        batch.add(ecs::kEventCategory, "process");
    } else if (!call_.empty()) {
        batch.add(ecs::kEventAction, call_);
    } else {
        line_.assign(type_);
        for (char& c : line_) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        batch.add(ecs::kEventAction, line_);
    }
}

}  // namespace vedette::parse::auditd
