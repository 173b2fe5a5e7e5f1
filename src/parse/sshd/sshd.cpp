// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/registry.h"
#include "parse/sshd/message.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::FieldId;
using event::ValueKind;

constexpr std::string_view kName = "sshd";
constexpr std::string_view kDataset = "linux.sshd";

/// Fields that ECS has no name for.
struct SshdFields {
    explicit SshdFields(event::FieldDictionary& fields)
        : method(*fields.intern("sshd.method")),
          reason(*fields.intern("sshd.reason")),
          invalid_user(*fields.intern("sshd.invalid_user")),
          preauth(*fields.intern("sshd.preauth")),
          key_type(*fields.intern("sshd.key.type")),
          key_fingerprint(*fields.intern("sshd.key.fingerprint")),
          key_detail(*fields.intern("sshd.key.detail")),
          banner(*fields.intern("sshd.banner")),
          session(*fields.intern("sshd.session")),
          tty(*fields.intern("sshd.tty")),
          remote_user(*fields.intern("sshd.remote_user")),
          pam_module(*fields.intern("sshd.pam.module")),
          pam_type(*fields.intern("sshd.pam.type")) {}

    FieldId method, reason, invalid_user, preauth, key_type, key_fingerprint, key_detail, banner,
        session, tty, remote_user, pam_module, pam_type;
};

/// Lines of OpenSSH's server, mostly inside syslog; alone they come from `sshd -E file`.
class SshdDecoder final : public Decoder {
  public:
    explicit SshdDecoder(event::FieldDictionary& fields) : fields_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        sink.batch().add(ecs::kMessage, clean.text);
        decode_inner(clean.text, envelope, sink);
    }

    /// The program's name says that the line is sshd's, so it is taken even if its form is unknown:
    /// it then has `message` and the data set, and no event.action.
    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        const sshd::Message message = sshd::read_message(bytes);
        event::Batch& batch = sink.batch();
        batch.rows().back().dataset = batch.dataset_index(kDataset);
        add_meaning(message, batch);
        add_peer(message, batch);
        add_detail(message, batch);
        return true;
    }

  private:
    static void add(event::Batch& batch, FieldId field, std::string_view value,
                    ValueKind kind = ValueKind::text) {
        if (!value.empty()) batch.add(field, value, kind);
    }

    void add_meaning(const sshd::Message& message, event::Batch& batch) {
        add(batch, ecs::kEventAction, message.action);
        add(batch, ecs::kEventCategory, message.category);
        add(batch, ecs::kEventOutcome, message.outcome);
        add(batch, ecs::kUserName, message.user);
        add(batch, ecs::kUserId, message.user_id);
        if (!message.action.empty()) batch.add(ecs::kNetworkProtocol, "ssh");
        if (!message.level.empty() && !batch.last_row_has(ecs::kLogLevel)) {
            batch.add(ecs::kLogLevel, message.level);
        }
    }

    void add_peer(const sshd::Message& message, event::Batch& batch) {
        if (is_ip_address(message.address)) {
            batch.add(ecs::kSourceIp, message.address);
        } else if (message.address != "UNKNOWN") {
            add(batch, ecs::kSourceDomain, message.address);
        }
        add(batch, ecs::kSourcePort, message.port, ValueKind::integer);
        if (is_ip_address(message.local_address)) {
            batch.add(ecs::kDestinationIp, message.local_address);
        }
        add(batch, ecs::kDestinationPort, message.local_port, ValueKind::integer);
    }

    void add_detail(const sshd::Message& message, event::Batch& batch) {
        add(batch, fields_.method, message.method);
        add(batch, fields_.reason, message.reason);
        if (message.is_invalid_user) batch.add(fields_.invalid_user, "true", ValueKind::boolean);
        if (message.is_preauth) batch.add(fields_.preauth, "true", ValueKind::boolean);
        add(batch, fields_.key_type, message.key_type);
        add(batch, fields_.key_fingerprint, message.key_fingerprint);
        add(batch, fields_.key_detail, message.key_detail);
        add(batch, fields_.banner, message.banner);
        add(batch, fields_.session, message.session);
        add(batch, fields_.tty, message.tty);
        add(batch, fields_.remote_user, message.remote_user);
        add(batch, fields_.pam_module, message.pam_module);
        add(batch, fields_.pam_type, message.pam_type);
    }

    SshdFields fields_;
    std::string scratch_;  // a cache of memory, not of meaning
};

/// 70 times the share of lines that are known; below syslog's score where both could read a line.
int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        if (!sshd::read_message(record).action.empty()) ++known;
    }
    return count == 0 ? 0 : 70 * known / count;
}

}  // namespace

void register_sshd(Registry& registry) {
    Format format;
    format.declaration.name = kName;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<SshdDecoder>(fields);
    };
    format.inner_hints = {"sshd-session", "sshd-auth"};
    format.summary = "OpenSSH's server: logins, failures, disconnects, sessions";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
