// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "correlate/limits.h"
#include "correlate/open_incident.h"
#include "correlate/title.h"

namespace vedette::correlate {

namespace {

/// Accounts that every machine of a kind has. Two machines where `root` did something have nothing
/// in common; the host in the same finding links as it should.
/// Source: the accounts Debian, Windows and the cloud images make by themselves, and the names that
/// password guessers try first.
constexpr std::array<std::string_view, 32> kNamesOfEveryMachine = {
    "admin",   "administrator", "azureuser", "backup", "bin",      "centos",  "daemon",
    "debian",  "ec2-user",      "ftp",       "git",    "guest",    "jenkins", "mail",
    "mysql",   "nobody",        "oracle",    "pi",     "postgres", "redis",   "root",
    "sshd",    "sync",          "sys",       "test",   "tomcat",   "ubuntu",  "user",
    "vagrant", "www",           "www-data",  "web"};

/// Windows' own authorities: every machine has their accounts.
constexpr std::array<std::string_view, 5> kAuthoritiesOfEveryMachine = {
    "nt authority\\", "nt service\\", "window manager\\", "font driver host\\", "builtin\\"};

bool is_of_every_machine(std::string_view user) {
    if (std::find(kNamesOfEveryMachine.begin(), kNamesOfEveryMachine.end(), user) !=
        kNamesOfEveryMachine.end()) {
        return true;
    }
    return std::any_of(kAuthoritiesOfEveryMachine.begin(), kAuthoritiesOfEveryMachine.end(),
                       [&](std::string_view authority) { return user.starts_with(authority); });
}

bool is_linking(const event::Entity& entity) {
    switch (entity.type) {
        case event::EntityType::user: return !is_of_every_machine(entity.id);
        case event::EntityType::host:
        case event::EntityType::ip:
        case event::EntityType::account: return true;
        default: return false;
    }
}

}  // namespace

std::vector<std::string> link_keys(const cases::Finding& finding) {
    std::vector<std::string> out;
    for (const event::Entity& entity : finding.entities) {
        if (out.size() == kLinksPerFindingMax) break;
        if (!is_linking(entity)) continue;
        std::string key = std::string(name(entity.type)) + ":";
        key += cut_text(entity.id, kEntityNameBytesMax);
        if (std::find(out.begin(), out.end(), key) == out.end()) out.push_back(std::move(key));
    }
    if (out.empty()) {
        out.push_back("rule:" + finding.rule_id + "\n" +
                      cut_text(finding.origin, kEntityNameBytesMax));
    }
    return out;
}

}  // namespace vedette::correlate
