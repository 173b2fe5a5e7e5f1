// SPDX-License-Identifier: Apache-2.0
#include "parse/postfix/fields.h"
#include "parse/postfix/message.h"
#include "parse/program_format.h"

namespace vedette::parse {

namespace {

constexpr std::string_view kHints[] = {"postfix/anvil",
                                       "postfix/bounce",
                                       "postfix/cleanup",
                                       "postfix/discard",
                                       "postfix/dnsblog",
                                       "postfix/error",
                                       "postfix/lmtp",
                                       "postfix/local",
                                       "postfix/master",
                                       "postfix/pickup",
                                       "postfix/pipe",
                                       "postfix/postfix-script",
                                       "postfix/postqueue",
                                       "postfix/postscreen",
                                       "postfix/postsuper",
                                       "postfix/proxymap",
                                       "postfix/qmgr",
                                       "postfix/relay/smtp",
                                       "postfix/scache",
                                       "postfix/sendmail",
                                       "postfix/smtp",
                                       "postfix/smtpd",
                                       "postfix/smtps/smtpd",
                                       "postfix/submission/smtpd",
                                       "postfix/submissions/smtpd",
                                       "postfix/tlsmgr",
                                       "postfix/tlsproxy",
                                       "postfix/trivial-rewrite",
                                       "postfix/verify",
                                       "postfix/virtual"};

}  // namespace

void register_postfix(Registry& registry) {
    ProgramFormat format;
    format.name = "postfix";
    format.dataset = "mail.postfix";
    format.summary = "Postfix: mails received, delivered, refused; clients and their logins";
    format.fields = postfix::kFields;
    format.read = postfix::read_message;
    format.hints = kHints;
    add_program(registry, format);
}

}  // namespace vedette::parse
