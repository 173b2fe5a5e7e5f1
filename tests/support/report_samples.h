// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "correlate/grouper.h"
#include "report/shelf.h"
#include "report/summary.h"

namespace vedette::tests {

/// What a report is made from.
struct ReportSample {
    std::vector<cases::Incident> incidents;
    report::FindingShelf shelf;
    report::Summary summary;

    void add(correlate::Grouper& grouper, const cases::Finding& finding) {
        grouper.observe(finding);
        shelf.add(finding);
        summary.count(finding.severity);
    }
    void finish(correlate::Grouper& grouper) {
        incidents = grouper.take_changes().changed;
        summary.incidents = incidents.size();
    }
};

inline cases::Finding sample_finding(const std::string& id, std::int64_t at_s,
                                     cases::Severity severity, const std::string& title,
                                     std::vector<event::Entity> entities) {
    cases::Finding finding;
    finding.id = base::hash128(id).hex();
    finding.detector = "sigma";
    finding.rule_id = base::hash128(title).hex();
    finding.title = title;
    finding.severity = severity;
    finding.entities = std::move(entities);
    finding.first_seen =
        finding.last_seen = {1'763'827'380'000'000'000 + at_s * base::kNsPerSecond};
    finding.events = {{1, 0}};
    finding.source = "files";
    finding.origin = "/var/log/auth.log";
    return finding;
}

/// A guessed password that led to a login and a root shell, an encoded PowerShell command, and two
/// quiet ones.
inline ReportSample report_sample() {
    using cases::Severity;
    using event::EntityType;
    ReportSample sample;
    sample.summary.subject = "/var/log";
    sample.summary.files = 3;
    sample.summary.events = 12'345;
    sample.summary.bytes = 3'412'000;
    sample.summary.seconds = 0.82;
    sample.summary.rules = 20;
    correlate::Grouper grouper;
    const std::vector<event::Entity> ssh = {
        {EntityType::host, "web-1"}, {EntityType::user, "root"}, {EntityType::ip, "203.0.113.9"}};
    for (int i = 0; i < 41; ++i) {
        auto guess = sample_finding("guess" + std::to_string(i), i * 3, Severity::medium,
                                    "Failed password for a privileged account", ssh);
        guess.attack = {"T1110.001"};
        guess.record = 17 + static_cast<std::uint64_t>(i);
        guess.reasons = {{"event.outcome", "failure", "is \"failure\"", 2.5, "rule"},
                         {"user.name", "root", "is \"root\"", 2.5, "rule"}};
        guess.raw =
            "Nov 22 16:03:00 web-1 sshd[4711]: Failed password for root from 203.0.113.9 "
            "port 51812 ssh2";
        sample.add(grouper, guess);
    }
    auto login = sample_finding("login", 130, Severity::high, "Login as root with a password", ssh);
    login.attack = {"T1078.003"};
    login.record = 91;
    login.reasons = {
        {"event.outcome", "success", "is \"success\"", 4, "rule"},
        {"event.action", "ssh-password-login", "is \"ssh-password-login\"", 4.25, "rule"},
        {"user.name", "root", "is \"root\"", 0, "rule"}};
    login.raw =
        "Nov 22 16:05:10 web-1 sshd[4790]: Accepted password for root from 203.0.113.9 port "
        "51990 ssh2";
    sample.add(grouper, login);

    auto shell = sample_finding(
        "ps", 5'000, Severity::high, "PowerShell with an encoded command",
        {{EntityType::host, "desk-17.corp.example"}, {EntityType::user, "corp\\ann"}});
    shell.attack = {"T1059.001", "T1027"};
    shell.origin = "C:\\logs\\sysmon.json";
    shell.record = 1'204;
    const std::string command =
        "powershell.exe -NoProfile -WindowStyle Hidden -EncodedCommand "
        "SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA";
    shell.reasons = {
        {"process.command_line", command, "contains \"-EncodedCommand\"", 6.5, "rule"},
        {"process.executable", "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
         "ends with \"\\powershell.exe\"", 2, "rule"}};
    shell.raw = R"({"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":)"
                R"("desk-17.corp.example","UtcTime":"2025-11-22 17:26:20.120","Image":)"
                R"("C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",)"
                R"("CommandLine":")" +
                command +
                R"(","ParentImage":"C:\\Program Files\\Microsoft Office\\root\\Office16\\)"
                R"(WINWORD.EXE","User":"CORP\\ann"})";
    sample.add(grouper, shell);

    auto sudo = sample_finding("sudo", 9'000, Severity::low, "First use of sudo by an account",
                               {{EntityType::host, "db-2"}, {EntityType::user, "b\xC3\xA9la"}});
    sudo.reasons = {{"event.action", "sudo-command", "fewer than once in 30 days", 3.125, "self"}};
    sudo.raw = "Nov 22 18:33:00 db-2 sudo: b\xC3\xA9la : TTY=pts/0 ; USER=root ; COMMAND=/bin/sh";
    sample.add(grouper, sudo);
    auto quiet = sample_finding("cron", 90'000, Severity::informational, "A crontab was changed",
                                {{EntityType::host, "db-2"}});
    quiet.raw = "Nov 23 17:03:00 db-2 crontab[99]: (root) REPLACE (root)";
    sample.add(grouper, quiet);
    sample.finish(grouper);
    return sample;
}

/// Everything an attacker may write into a log to drive a terminal, a browser or an eye.
inline ReportSample hostile_sample() {
    using event::EntityType;
    ReportSample sample;
    const std::string evil = std::string("\x1B]0;owned\x07\x1B[2J\x1B[31m\0", 18) +
                             "<script>alert(1)</script>\"'&" + "\xE2\x80\xAE" + "gpj.exe" +
                             "\xE2\x81\xA6\xE2\x80\x8B\xEF\xBB\xBF" + "\xC2\x9B" + "5m" +
                             "\xFF\xC3(\xED\xA0\x80" + "\r\n\ttail";
    correlate::Grouper grouper;
    auto finding = sample_finding("evil", 0, cases::Severity::critical, evil,
                                  {{EntityType::host, evil}, {EntityType::user, evil + "2"}});
    finding.rule_id = evil;
    finding.attack = {evil};
    finding.origin = evil;
    finding.reasons = {{evil, evil, evil, 9, "rule"}, {evil, evil, evil, 9, evil}};
    finding.raw = "before " + evil + " after";
    sample.summary.subject = evil;
    sample.add(grouper, finding);

    auto long_one = sample_finding("long", 50'000, cases::Severity::high, std::string(1 << 20, 'w'),
                                   {{EntityType::host, std::string(1 << 20, 'h')}});
    long_one.reasons = {{std::string(1 << 20, 'f'), std::string(1 << 20, 'o'),
                         std::string(1 << 20, 'e'), 1, "rule"}};
    long_one.raw = std::string(1 << 20, 'r');
    sample.add(grouper, long_one);

    std::string pile = "a";
    for (int i = 0; i < 1'000; ++i) pile += "\xCC\x81";
    auto piled = sample_finding("pile", 90'000, cases::Severity::low, pile,
                                {{EntityType::host, "\xE4\xB8\xBB\xE6\x9C\xBA"}});
    piled.raw = pile;
    sample.add(grouper, piled);
    sample.finish(grouper);
    // The grouper cuts titles; a report must not rely on it.
    sample.incidents[1].title = std::string(1 << 20, 't');
    return sample;
}

}  // namespace vedette::tests
