// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/hash.h"
#include "cases/incident.h"
#include "report/shelf.h"
#include "report/summary.h"

namespace vedette::tests {

/// What a report is made from.
struct ReportSample {
    std::vector<cases::Incident> incidents;
    report::FindingShelf shelf;
    report::Summary summary;

    /// Begins an incident; the findings added next are its.
    void begin(const std::string& title) {
        cases::Incident incident;
        incident.id = base::hash128("incident " + title).hex();
        incident.title = title;
        incident.severity = cases::Severity::informational;
        incidents.push_back(std::move(incident));
        summary.incidents = incidents.size();
    }

    /// A plain stand-in for grouping: the most severe finding leads, bits add up per rule.
    void add(const cases::Finding& finding) {
        shelf.add(finding);
        summary.count(finding.severity);
        cases::Incident& incident = incidents.back();
        if (incident.findings.empty() || finding.severity > incident.severity) {
            incident.lead = finding.id;
            incident.severity = finding.severity;
        }
        if (incident.findings.empty()) incident.first_seen = finding.first_seen;
        incident.last_seen = finding.last_seen;
        incident.findings.push_back(finding.id);
        ++incident.finding_count;
        add_all(incident.entities, finding.entities);
        add_all(incident.attack, finding.attack);
        for (cases::IncidentRule& rule : incident.rule_counts) {
            if (rule.rule_id != finding.rule_id) continue;
            ++rule.finding_count;
            return;
        }
        incident.bits += finding.bits();
        incident.evidence_bits = incident.bits;
        incident.rule_counts.push_back(
            {finding.rule_id, finding.title, finding.severity, finding.first_seen, 1});
    }

  private:
    template <typename Item>
    static void add_all(std::vector<Item>& all, const std::vector<Item>& items) {
        for (const Item& item : items) {
            const auto at = std::lower_bound(all.begin(), all.end(), item);
            if (at == all.end() || *at != item) all.insert(at, item);
        }
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
    sample.begin(
        "Login as root with a password: root on web-1 from 203.0.113.9, after Failed "
        "password for a privileged account");
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
        sample.add(guess);
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
    sample.add(login);

    sample.begin("PowerShell with an encoded command: corp\\ann on desk-17.corp.example");
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
    sample.add(shell);

    sample.begin("First use of sudo by an account: b\xC3\xA9la on db-2");
    auto sudo = sample_finding("sudo", 9'000, Severity::low, "First use of sudo by an account",
                               {{EntityType::host, "db-2"}, {EntityType::user, "b\xC3\xA9la"}});
    sudo.reasons = {{"event.action", "sudo-command", "fewer than once in 30 days", 3.125, "self"}};
    sudo.raw = "Nov 22 18:33:00 db-2 sudo: b\xC3\xA9la : TTY=pts/0 ; USER=root ; COMMAND=/bin/sh";
    sample.add(sudo);
    sample.begin("A crontab was changed on db-2");
    auto quiet = sample_finding("cron", 90'000, Severity::informational, "A crontab was changed",
                                {{EntityType::host, "db-2"}});
    quiet.raw = "Nov 23 17:03:00 db-2 crontab[99]: (root) REPLACE (root)";
    sample.add(quiet);
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
    sample.begin(evil);
    auto finding = sample_finding("evil", 0, cases::Severity::critical, evil,
                                  {{EntityType::host, evil}, {EntityType::user, evil + "2"}});
    finding.rule_id = evil;
    finding.attack = {evil};
    finding.origin = evil;
    finding.reasons = {{evil, evil, evil, 9, "rule"}, {evil, evil, evil, 9, evil}};
    finding.raw = "before " + evil + " after";
    sample.summary.subject = evil;
    sample.add(finding);

    sample.begin(std::string(1 << 20, 't'));
    auto long_one = sample_finding("long", 50'000, cases::Severity::high, std::string(1 << 20, 'w'),
                                   {{EntityType::host, std::string(1 << 20, 'h')}});
    long_one.reasons = {{std::string(1 << 20, 'f'), std::string(1 << 20, 'o'),
                         std::string(1 << 20, 'e'), 1, "rule"}};
    long_one.raw = std::string(1 << 20, 'r');
    sample.add(long_one);

    std::string pile = "a";
    for (int i = 0; i < 1'000; ++i) pile += "\xCC\x81";
    sample.begin(pile);
    auto piled = sample_finding("pile", 90'000, cases::Severity::low, pile,
                                {{EntityType::host, "\xE4\xB8\xBB\xE6\x9C\xBA"}});
    piled.raw = pile;
    sample.add(piled);
    return sample;
}

}  // namespace vedette::tests
