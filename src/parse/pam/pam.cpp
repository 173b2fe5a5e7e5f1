// SPDX-License-Identifier: Apache-2.0
#include "parse/pam.h"

#include "parse/pam/fields.h"
#include "parse/program_format.h"

namespace vedette::parse {

namespace {

using namespace pam;

/// Old modules were named in the program's tag, "login(pam_unix)", and not in the message.
std::optional<PamMessage> read_any(std::string_view text) {
    if (auto message = read_pam_message(text)) return message;
    PamMessage message;
    read_pam_text(text, message);
    if (message.kind == PamMessage::Kind::other) return std::nullopt;
    return message;
}

void read_meaning(const PamMessage& message, ProgramValues& out) {
    using Kind = PamMessage::Kind;
    switch (message.kind) {
        case Kind::session_opened:
            out[kAction] = "pam_session_opened";
            out[kCategory] = "session";
            out[kOutcome] = "success";
            break;
        case Kind::session_closed:
            out[kAction] = "pam_session_closed";
            out[kCategory] = "session";
            break;
        case Kind::authentication_failure:
        case Kind::user_unknown:
            out[kAction] = "pam_authentication_failure";
            out[kCategory] = "authentication";
            out[kOutcome] = "failure";
            break;
        case Kind::other: break;
    }
}

bool read(std::string_view text, ProgramValues& out) {
    const auto message = read_any(text);
    if (!message) return false;
    read_meaning(*message, out);
    out[kModule] = message->module;
    out[kService] = message->service;
    out[kType] = message->type;
    out[kUser] = message->user;
    out[kUserId] = message->user_id;
    out[kCaller] = message->caller;
    out[kCallerId] = message->caller_id;
    out[kRemoteUser] = message->remote_user;
    out[kRemoteHost] = message->remote_host;
    out[kTty] = message->tty;
    return true;
}

constexpr std::string_view kStarts[] = {
    "pam_", "session opened for user ", "session closed for user ",
    "authentication failure; logname=", "check pass; user unknown"};

}  // namespace

void register_pam(Registry& registry) {
    ProgramFormat format;
    format.name = "pam";
    format.dataset = "linux.pam";
    format.summary = "PAM's modules in any program: sessions, wrong passwords";
    format.fields = kFields;
    format.read = read;
    format.starts = kStarts;
    add_program(registry, format);
}

}  // namespace vedette::parse
