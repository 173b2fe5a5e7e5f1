// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/registry.h"
#include "parse/sudo/message.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::FieldId;
using event::ValueKind;

constexpr std::string_view kName = "sudo";
constexpr std::string_view kDataset = "linux.sudo";

/// Fields outside the table of ECS columns.
struct SudoFields {
    explicit SudoFields(event::FieldDictionary& fields)
        : tty(*fields.intern("sudo.tty")),
          reason(*fields.intern("sudo.reason")),
          attempts(*fields.intern("sudo.incorrect_attempts")),
          chroot(*fields.intern("sudo.chroot")),
          environment(*fields.intern("sudo.environment")),
          log_id(*fields.intern("sudo.log_id")),
          host(*fields.intern("sudo.host")),
          pam_module(*fields.intern("sudo.pam.module")),
          pam_type(*fields.intern("sudo.pam.type")),
          target_id(*fields.intern("user.target.id")),
          target_group(*fields.intern("user.target.group.name")) {}

    FieldId tty, reason, attempts, chroot, environment, log_id, host, pam_module, pam_type,
        target_id, target_group;
};

/// Lines of sudo, mostly inside syslog; alone they come from a `logfile` of sudoers.
class SudoDecoder final : public Decoder {
  public:
    explicit SudoDecoder(event::FieldDictionary& fields) : fields_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        sink.batch().add(ecs::kMessage, clean.text);
        decode_inner(clean.text, envelope, sink);
    }

    /// Taken by the program's name; a line of unknown form has `message` and the data set only.
    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        const sudo::Message message = sudo::read_message(bytes);
        event::Batch& batch = sink.batch();
        batch.rows().back().dataset = batch.dataset_index(kDataset);
        add(batch, ecs::kEventAction, message.action);
        add(batch, ecs::kEventCategory, message.category);
        add(batch, ecs::kEventOutcome, message.outcome);
        add_users(message, batch);
        add(batch, ecs::kProcessCommandLine, message.command_line);
        add(batch, ecs::kProcessExecutable, message.executable);
        add(batch, ecs::kProcessWorkingDirectory, message.directory);
        add_detail(message, batch);
        return true;
    }

  private:
    static void add(event::Batch& batch, FieldId field, std::string_view value,
                    ValueKind kind = ValueKind::text) {
        if (!value.empty()) batch.add(field, value, kind);
    }

    void add_users(const sudo::Message& message, event::Batch& batch) {
        add(batch, ecs::kUserName, message.user);
        add(batch, ecs::kUserId, message.user_id);
        add(batch, ecs::kUserTargetName, message.target);
        add(batch, fields_.target_id, message.target_id);
        add(batch, fields_.target_group, message.target_group);
    }

    void add_detail(const sudo::Message& message, event::Batch& batch) {
        add(batch, fields_.tty, message.tty);
        add(batch, fields_.reason, message.reason);
        if (is_digits(message.attempts, 9)) {
            batch.add(fields_.attempts, message.attempts, ValueKind::integer);
        }
        add(batch, fields_.chroot, message.chroot);
        add(batch, fields_.environment, message.environment);
        add(batch, fields_.log_id, message.log_id);
        add(batch, fields_.host, message.host);
        add(batch, fields_.pam_module, message.pam_module);
        add(batch, fields_.pam_type, message.pam_type);
    }

    SudoFields fields_;
    std::string scratch_;  // a cache of memory, not of meaning
};

/// 70 times the share of lines that are known; below syslog's score where both could read a line.
int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        if (!sudo::read_message(record).action.empty()) ++known;
    }
    return count == 0 ? 0 : 70 * known / count;
}

}  // namespace

void register_sudo(Registry& registry) {
    Format format;
    format.declaration.name = kName;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<SudoDecoder>(fields);
    };
    format.summary = "sudo: commands, refusals, wrong passwords, sessions";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
