// SPDX-License-Identifier: Apache-2.0
// What content/logsources says of each log source: a record as the source writes it is met by a
// rule with Sigma's names, one that only looks alike is not.

#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "parse/parser.h"
#include "rule/sigma/matcher.h"
#include "rule/sigma/rule_files.h"
#include "rule/sigma/rule_set.h"

namespace vedette {
namespace {

struct Case {
    const char* name;
    const char* logsource;
    const char* selection;  ///< a map of the rule
    std::string hit, miss;  ///< records
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

std::vector<Case> cases() {
    const std::string exec =
        "type=SYSCALL msg=audit(1364481400.001:24288): arch=c000003e syscall=59 success=yes exit=0 "
        "a0=55d0 items=2 ppid=3500 pid=3600 auid=1000 uid=0 gid=0 euid=0 comm=\"nc\" "
        "exe=\"/usr/bin/nc\" key=\"exec\"\n"
        "type=EXECVE msg=audit(1364481400.001:24288): argc=4 a0=\"nc\" a1=\"-l\" a2=\"-p\" "
        "a3=\"4444\"";
    return {
        {"windows_security_4688", "{product: windows, category: process_creation}",
         "{Image|endswith: '\\cmd.exe', ParentImage|endswith: '\\winword.exe', User: bob, "
         "CommandLine|contains: whoami}",
         R"({"Channel":"Security","EventID":4688,"NewProcessName":"C:\\Windows\\System32\\cmd.exe","ParentProcessName":"C:\\Office\\WINWORD.EXE","SubjectUserName":"bob","CommandLine":"cmd /c whoami"})",
         R"({"Channel":"Security","EventID":4689,"NewProcessName":"C:\\Windows\\System32\\cmd.exe","ParentProcessName":"C:\\Office\\WINWORD.EXE","SubjectUserName":"bob","CommandLine":"cmd /c whoami"})"},
        {"linux_sysmon", "{product: linux, category: process_creation}",
         "{Image: /usr/bin/nc, CommandLine: nc -l -p 4444, ParentImage: /usr/bin/bash}",
         R"({"Channel":"Linux-Sysmon/Operational","EventID":1,"Image":"/usr/bin/nc","CommandLine":"nc -l -p 4444","ParentImage":"/usr/bin/bash"})",
         R"({"Channel":"Linux-Sysmon/Operational","EventID":5,"Image":"/usr/bin/nc","CommandLine":"nc -l -p 4444","ParentImage":"/usr/bin/bash"})"},
        {"linux_auditd_execve", "{product: linux, category: process_creation}",
         "{Image|endswith: /nc, CommandLine: nc -l -p 4444}", exec,
         exec.substr(0, exec.find('\n'))},
        {"linux_agent", "{product: linux, category: process_creation}",
         "{Image|endswith: /nc, CommandLine|contains: ' -l '}",
         R"({"host.os.type":"linux","event.category":"process","event.type":"start","process.executable":"/usr/bin/nc","process.command_line":"nc -l -p 4444"})",
         R"({"host.os.type":"linux","event.category":"process","event.type":"end","process.executable":"/usr/bin/nc","process.command_line":"nc -l -p 4444"})"},
        {"webserver", "{category: webserver}",
         "{cs-method: GET, cs-uri-stem: /a.zip, cs-uri-query|contains: x=1, sc-status: 200, "
         "sc-bytes|gt: 100, c-ip: 203.0.113.9, cs-user-agent: curl}",
         R"(203.0.113.9 - - [28/Nov/2026:12:00:00 +0000] "GET /a.zip?x=1 HTTP/1.1" 200 512 "-" "curl")",
         R"(203.0.113.9 - - [28/Nov/2026:12:00:00 +0000] "GET /a.zip?x=1 HTTP/1.1" 200 50 "-" "curl")"},
        {"proxy", "{category: proxy}",
         "{c-uri|contains: /a/b.html, cs-method: GET, r-dns: www.example.org, sc-status: 200, "
         "sc-bytes|gte: 1234, dst_ip: 198.51.100.4, cs-username: anna}",
         "1747476303.129    345 192.0.2.7 TCP_MISS/200 1234 GET "
         "http://www.example.org/a/b.html?x=1 "
         "anna HIER_DIRECT/198.51.100.4 text/html",
         "1747476303.129    345 192.0.2.7 TCP_MISS/200 1233 GET "
         "http://www.example.org/a/b.html?x=1 "
         "anna HIER_DIRECT/198.51.100.4 text/html"},
        {"aws", "{product: aws, service: cloudtrail}", "{eventName: CreateUser}",
         R"({"eventVersion":"1.09","eventTime":"2026-11-28T12:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","userIdentity":{"type":"Root"}})",
         R"({"eventName":"CreateUser"})"},
        {"azure_sign_in", "{product: azure, service: signinlogs}", "{ResultType: 50126}",
         R"({"time":"2026-11-28T12:00:00Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"50126"})",
         R"({"time":"2026-11-28T12:00:00Z","category":"AuditLogs","operationName":"Sign-in activity","resultType":"50126"})"},
        {"azure_activity", "{product: azure, service: activitylogs}",
         "{operationName: MICROSOFT.COMPUTE/SNAPSHOTS/WRITE, CategoryValue: Administrative}",
         R"({"time":"2026-11-28T12:00:00Z","resourceId":"/SUBSCRIPTIONS/1","operationName":"MICROSOFT.COMPUTE/SNAPSHOTS/WRITE","category":"Administrative"})",
         R"({"time":"2026-11-28T12:00:00Z","operationName":"MICROSOFT.COMPUTE/SNAPSHOTS/WRITE","category":"Administrative"})"},
        {"azure_audit", "{product: azure, service: auditlogs}",
         "{OperationName: Add member to role, LoggedByService: Core Directory}",
         R"({"category":"AuditLogs","operationName":"Add member to role","properties":{"loggedByService":"Core Directory"}})",
         R"({"category":"SignInLogs","operationName":"Add member to role","properties":{"loggedByService":"Core Directory"}})"},
        {"azure_risk", "{product: azure, service: riskdetection}",
         "{riskEventType: leakedCredentials}",
         R"({"category":"UserRiskEvents","properties":{"riskEventType":"leakedCredentials"}})",
         R"({"category":"RiskyUsers","properties":{"riskEventType":"leakedCredentials"}})"},
        {"google_cloud", "{product: gcp, service: gcp.audit}",
         "{gcp.audit.method_name: v1.compute.firewalls.delete}",
         R"({"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"v1.compute.firewalls.delete"}})",
         R"({"protoPayload":{"@type":"type.googleapis.com/other","methodName":"v1.compute.firewalls.delete"}})"},
        {"google_workspace", "{product: gcp, service: google_workspace.admin}",
         "{eventName: ASSIGN_ROLE}",
         R"({"id":{"applicationName":"admin"},"events":[{"name":"ASSIGN_ROLE"}]})",
         R"({"id":{"applicationName":"drive"},"events":[{"name":"ASSIGN_ROLE"}]})"},
        {"microsoft_365", "{product: m365, service: audit}", "{Operation: New-InboxRule}",
         R"({"Workload":"Exchange","Operation":"New-InboxRule","UserId":"bob"})",
         R"({"Operation":"New-InboxRule","UserId":"bob"})"},
        {"okta", "{product: okta, service: okta}", "{eventType: user.mfa.factor.deactivate}",
         R"({"eventType":"user.mfa.factor.deactivate","actor":{"type":"User"},"outcome":{"result":"SUCCESS"}})",
         R"({"eventType":"user.mfa.factor.deactivate"})"},
        {"github", "{product: github, service: audit}", "{action: repo.destroy}",
         R"({"action":"repo.destroy","actor":"bob","org":"example"})",
         R"({"action":"repo.destroy","actor":"bob"})"},
        {"bitbucket", "{product: bitbucket, service: audit}", "{auditType.action: Project deleted}",
         R"({"auditType":{"action":"Project deleted","category":"Projects"}})",
         R"({"action":"Project deleted"})"},
        {"onelogin", "{product: onelogin, service: onelogin.events}", "{event_type_id: 3}",
         R"({"event_type_id":3,"account_id":7})", R"({"event_type_id":3})"},
        {"kubernetes", "{product: kubernetes, service: audit}",
         "{verb: create, objectRef.resource: pods}",
         R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","verb":"create","objectRef":{"resource":"pods"}})",
         R"({"kind":"Event","apiVersion":"v1","verb":"create","objectRef":{"resource":"pods"}})"},
        {"kubernetes_application", "{category: application, product: kubernetes, service: audit}",
         "{verb: create}", R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","verb":"create"})",
         R"({"kind":"Event","apiVersion":"v1","verb":"create"})"},
    };
}

class LogSources : public testing::TestWithParam<Case> {
  protected:
    std::size_t hits(const std::string& record) {
        parse::Registry formats;
        parse::register_all(formats);
        const auto files =
            rule::sigma::load_rule_paths({std::string(VEDETTE_SOURCE_DIR) + "/content/logsources"});
        EXPECT_TRUE(files);
        rule::sigma::LogSourceMap sources;
        for (const auto& [path, text] : *files) EXPECT_TRUE(sources.add(path, text));
        const Case& one = GetParam();
        auto loaded = rule::sigma::load_rule_set(
            {{"r.yml", std::string("title: T\nid: t\nlogsource: ") + one.logsource +
                           "\ndetection:\n  s: " + one.selection + "\n  condition: s\n"}});
        for (const auto& refusal : loaded.refusals) ADD_FAILURE() << refusal.error.message();
        event::FieldDictionary fields;
        rule::sigma::Matcher matcher(std::move(loaded.rules), sources, fields);
        EXPECT_TRUE(matcher.unplaced().empty());
        auto chunk = std::make_shared<event::Chunk>();
        chunk->add_record(record);
        const std::vector<std::string_view> records = {record};
        const event::FormatDeclarations declared = formats.declarations();
        const event::FormatDeclaration& format = event::recognise(declared, records);
        chunk->envelope.format = format.name;
        chunk->envelope.format_version = format.version;
        chunk->envelope.source = "test";
        std::size_t found = 0;
        const auto observe = [&](event::Batch& batch) {
            std::vector<rule::sigma::Matcher::Hit> some;
            matcher.match(batch, some);
            found += some.size();
        };
        parse::Parser parser(formats, fields);
        event::Batch batch(fields);
        parser.parse(chunk, 1, batch, 100, observe);
        parser.finish(batch);
        observe(batch);
        return found;
    }
};

TEST_P(LogSources, are_told_by_what_their_records_say) {
    EXPECT_EQ(hits(GetParam().hit), 1u);
    EXPECT_EQ(hits(GetParam().miss), 0u);
}

INSTANTIATE_TEST_SUITE_P(Content, LogSources, testing::ValuesIn(cases()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace vedette
