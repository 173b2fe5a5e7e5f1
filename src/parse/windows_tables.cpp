// SPDX-License-Identifier: Apache-2.0
#include "parse/windows_tables.h"

#include <algorithm>
#include <utility>

namespace vedette::parse::windows {

namespace {

constexpr FieldRule kEveryEvent[] = {
    {"EventID", "event.code"},        {"Provider_Name", "event.provider"},
    {"SourceName", "event.provider"},                             // nxlog
    {"Computer", "host.name"},        {"Hostname", "host.name"},  // nxlog
    {"Message", "message"},
};

constexpr FieldRule kSysmon[] = {
    {"Image", "process.executable", Take::path, "process.name"},
    {"ProcessId", "process.pid"},
    {"ProcessGuid", "process.entity_id"},
    {"CommandLine", "process.command_line"},
    {"CurrentDirectory", "process.working_directory"},
    {"ParentImage", "process.parent.executable", Take::path, "process.parent.name"},
    {"ParentProcessId", "process.parent.pid"},
    {"ParentCommandLine", "process.parent.command_line"},
    {"User", "user.name", Take::account, "user.domain"},
    {"SourceImage", "process.executable", Take::path, "process.name"},  // ids 8 and 10
    {"SourceProcessId", "process.pid"},
    {"SourceProcessGUID", "process.entity_id"},  // id 10
    {"SourceProcessGuid", "process.entity_id"},  // id 8
    {"SourceUser", "user.name", Take::account, "user.domain"},
    {"TargetFilename", "file.path", Take::path, "file.name"},
    {"ImageLoaded", "file.path", Take::path, "file.name"},
    {"PipeName", "file.name"},
    {"TargetObject", "registry.path"},
    {"Hashes", "hash.md5", Take::hashes, "hash.sha256"},
    {"Hash", "hash.md5", Take::hashes, "hash.sha256"},  // id 15
    {"SourceIp", "source.ip", Take::ip},
    {"SourcePort", "source.port", Take::nonzero},
    {"SourceHostname", "source.domain"},
    {"DestinationIp", "destination.ip", Take::ip},
    {"DestinationPort", "destination.port", Take::nonzero},
    {"DestinationHostname", "destination.domain"},
    {"Protocol", "network.transport", Take::protocol},
    {"QueryName", "dns.question.name"},
};

constexpr FieldRule kPowershell[] = {
    {"Path", "file.path", Take::path, "file.name"},  // 4104: the script's file
    {"Security_UserID", "user.id"},
    {"UserID", "user.id"},  // nxlog
};

constexpr FieldRule kSystem[] = {
    {"ServiceName", "service.name"},                             // 7045
    {"ImagePath", "process.command_line"},                       // 7045: with its arguments
    {"AccountName", "user.name", Take::account, "user.domain"},  // 7045: runs as
    {"SubjectUserName", "user.name"},                            // 104
    {"SubjectDomainName", "user.domain"},
    {"Security_UserID", "user.id"},
};

constexpr FieldRule kOther[] = {
    {"User", "user.name", Take::account, "user.domain"},         // TerminalServices, OpenSSH
    {"UserContext", "user.name", Take::account, "user.domain"},  // TaskScheduler
    {"Address", "source.ip", Take::ip},                          // TerminalServices 21, 24, 25
    {"SubjectUserName", "user.name"},
    {"SubjectDomainName", "user.domain"},
    {"Security_UserID", "user.id"},
};

constexpr FieldRule kGeneral[] = {
    {"SubjectUserName", "user.name", Take::account, "user.domain"},
    {"SubjectDomainName", "user.domain"},
    {"SubjectUserSid", "user.id"},
    {"TargetUserName", "user.target.name"},
    {"TargetDomainName", "user.target.domain"},
    {"ProcessName", "process.executable", Take::path, "process.name"},
    {"ProcessId", "process.pid", Take::number},
    {"CommandLine", "process.command_line"},
    {"IpAddress", "source.ip", Take::ip},
    {"IpPort", "source.port", Take::nonzero},
    {"ServiceName", "service.name"},  // 4697
    {"Status", "error.code", Take::nonzero},
};

constexpr FieldRule kLogon[] = {
    {"TargetUserName", "user.name", Take::account, "user.domain"},
    {"TargetDomainName", "user.domain"},
    {"TargetUserSid", "user.id"},
    {"TargetSid", "user.id"},
    {"AccountName", "user.name", Take::account, "user.domain"},  // 4778, 4779
    {"AccountDomain", "user.domain"},
    {"ProcessName", "process.executable", Take::path, "process.name"},
    {"ProcessId", "process.pid", Take::number},
    {"IpAddress", "source.ip", Take::ip},
    {"ClientAddress", "source.ip", Take::ip},  // 4778, 4779
    {"IpPort", "source.port", Take::nonzero},
    {"WorkstationName", "source.domain"},
    {"Workstation", "source.domain"},  // 4776
    {"ClientName", "source.domain"},   // 4778, 4779
    {"ServiceName", "service.name"},   // 4768, 4769
    {"Status", "error.code", Take::nonzero},
};

constexpr FieldRule kAccount[] = {
    {"SubjectUserName", "user.name", Take::account, "user.domain"},
    {"SubjectDomainName", "user.domain"},
    {"SubjectUserSid", "user.id"},
    {"TargetUserName", "user.target.name"},
    {"NewTargetUserName", "user.target.name"},  // 4781
    {"TargetDomainName", "user.target.domain"},
    {"TargetSid", "user.target.id"},
};

constexpr FieldRule kGroup[] = {
    {"SubjectUserName", "user.name", Take::account, "user.domain"},
    {"SubjectDomainName", "user.domain"},
    {"SubjectUserSid", "user.id"},
    {"TargetUserName", "group.name"},
    {"TargetDomainName", "group.domain"},
    {"TargetSid", "group.id"},
    {"MemberSid", "user.target.id"},
    {"CallerProcessName", "process.executable", Take::path, "process.name"},  // 4799
    {"CallerProcessId", "process.pid", Take::number},
};

constexpr FieldRule kCreation[] = {
    {"NewProcessName", "process.executable", Take::path, "process.name"},
    {"NewProcessId", "process.pid", Take::number},
    {"CommandLine", "process.command_line"},
    {"ParentProcessName", "process.parent.executable", Take::path, "process.parent.name"},
    {"ProcessId", "process.parent.pid", Take::number},  // the creator's
    {"SubjectUserName", "user.name", Take::account, "user.domain"},
    {"SubjectDomainName", "user.domain"},
    {"SubjectUserSid", "user.id"},
    {"TargetUserName", "user.target.name"},
    {"TargetDomainName", "user.target.domain"},
};

constexpr FieldRule kNetwork[] = {
    {"Application", "process.executable", Take::path, "process.name"},
    {"ProcessID", "process.pid", Take::number},
    {"ProcessId", "process.pid", Take::number},
    {"SourceAddress", "source.ip", Take::ip},
    {"SourcePort", "source.port", Take::nonzero},
    {"DestAddress", "destination.ip", Take::ip},
    {"DestPort", "destination.port", Take::nonzero},
    {"Protocol", "network.transport", Take::protocol},
};

constexpr FieldRule kObject[] = {
    {"SubjectUserName", "user.name", Take::account, "user.domain"},
    {"SubjectDomainName", "user.domain"},
    {"SubjectUserSid", "user.id"},
    {"ProcessName", "process.executable", Take::path, "process.name"},
    {"ProcessId", "process.pid", Take::number},
    {"IpAddress", "source.ip", Take::ip},  // 5140, 5145
    {"IpPort", "source.port", Take::nonzero},
    {"ObjectName", "file.path", Take::object, "registry.path"},
    {"RelativeTargetName", "file.path", Take::path, "file.name"},  // 5145: within the share
};

constexpr KnownEvent kSysmonEvents[] = {
    {1, "process-created"},
    {2, "file-time-changed"},
    {3, "network-connection"},
    {4, "sysmon-state-changed"},
    {5, "process-exited"},
    {6, "driver-loaded"},
    {7, "image-loaded"},
    {8, "remote-thread-created"},
    {9, "raw-disk-read"},
    {10, "process-accessed"},
    {11, "file-created"},
    {12, "registry-object-created-or-deleted"},
    {13, "registry-value-set"},
    {14, "registry-object-renamed"},
    {15, "file-stream-created"},
    {16, "sysmon-configuration-changed"},
    {17, "pipe-created"},
    {18, "pipe-connected"},
    {19, "wmi-filter-registered"},
    {20, "wmi-consumer-registered"},
    {21, "wmi-consumer-bound"},
    {22, "dns-query"},
    {23, "file-deleted"},
    {24, "clipboard-changed"},
    {25, "process-tampered"},
    {26, "file-deletion-detected"},
    {27, "executable-file-blocked"},
    {28, "file-shredding-blocked"},
    {29, "executable-file-detected"},
    {255, "sysmon-error"},
};

constexpr KnownEvent kSecurityEvents[] = {
    {1100, "event-log-service-stopped"},
    {1102, "audit-log-cleared", Shape::general, Outcome::success},
    {1104, "audit-log-full"},
    {4616, "system-time-changed"},
    {4624, "logged-in", Shape::logon, Outcome::success},
    {4625, "logon-failed", Shape::logon, Outcome::failure},
    {4627, "group-membership-listed", Shape::logon},
    {4634, "logged-out", Shape::logon, Outcome::success},
    {4647, "logged-out", Shape::logon, Outcome::success},
    {4648, "logged-in-explicitly"},
    {4656, "object-handle-requested", Shape::object},
    {4657, "registry-value-modified", Shape::object},
    {4658, "object-handle-closed", Shape::object},
    {4660, "object-deleted", Shape::object},
    {4661, "object-handle-requested", Shape::object},
    {4662, "directory-object-operation", Shape::object},
    {4663, "object-accessed", Shape::object},
    {4670, "object-permissions-changed", Shape::object},
    {4672, "special-privileges-assigned"},
    {4673, "privileged-service-called"},
    {4674, "privileged-object-operation"},
    {4688, "process-created", Shape::creation, Outcome::success},
    {4689, "process-exited", Shape::general, Outcome::success},
    {4690, "object-handle-duplicated", Shape::object},
    {4696, "primary-token-assigned"},
    {4697, "service-installed"},
    {4698, "scheduled-task-created"},
    {4699, "scheduled-task-deleted"},
    {4700, "scheduled-task-enabled"},
    {4701, "scheduled-task-disabled"},
    {4702, "scheduled-task-updated"},
    {4703, "token-rights-adjusted"},
    {4704, "user-right-assigned"},
    {4705, "user-right-removed"},
    {4713, "kerberos-policy-changed"},
    {4719, "audit-policy-changed"},
    {4720, "user-account-created", Shape::account},
    {4722, "user-account-enabled", Shape::account},
    {4723, "password-change-attempted", Shape::account},
    {4724, "password-reset-attempted", Shape::account},
    {4725, "user-account-disabled", Shape::account},
    {4726, "user-account-deleted", Shape::account},
    {4727, "group-created", Shape::group},
    {4728, "member-added-to-group", Shape::group},
    {4729, "member-removed-from-group", Shape::group},
    {4730, "group-deleted", Shape::group},
    {4731, "group-created", Shape::group},
    {4732, "member-added-to-group", Shape::group},
    {4733, "member-removed-from-group", Shape::group},
    {4734, "group-deleted", Shape::group},
    {4735, "group-changed", Shape::group},
    {4737, "group-changed", Shape::group},
    {4738, "user-account-changed", Shape::account},
    {4739, "domain-policy-changed"},
    {4740, "user-account-locked-out", Shape::account},
    {4741, "computer-account-created", Shape::account},
    {4742, "computer-account-changed", Shape::account},
    {4743, "computer-account-deleted", Shape::account},
    {4754, "group-created", Shape::group},
    {4755, "group-changed", Shape::group},
    {4756, "member-added-to-group", Shape::group},
    {4757, "member-removed-from-group", Shape::group},
    {4758, "group-deleted", Shape::group},
    {4764, "group-type-changed", Shape::group},
    {4765, "sid-history-added", Shape::account},
    {4766, "sid-history-addition-failed", Shape::account, Outcome::failure},
    {4767, "user-account-unlocked", Shape::account},
    {4768, "kerberos-ticket-requested", Shape::logon, Outcome::by_status},
    {4769, "kerberos-service-ticket-requested", Shape::logon, Outcome::by_status},
    {4770, "kerberos-service-ticket-renewed", Shape::logon, Outcome::success},
    {4771, "kerberos-preauthentication-failed", Shape::logon, Outcome::failure},
    {4776, "credentials-validated", Shape::logon, Outcome::by_status},
    {4778, "session-reconnected", Shape::logon},
    {4779, "session-disconnected", Shape::logon},
    {4781, "account-renamed", Shape::account},
    {4794, "restore-mode-password-set"},
    {4798, "user-groups-enumerated", Shape::account},
    {4799, "group-members-enumerated", Shape::group},
    {4800, "workstation-locked", Shape::logon},
    {4801, "workstation-unlocked", Shape::logon},
    {4964, "special-group-logon", Shape::logon},
    {5136, "directory-object-modified", Shape::object},
    {5137, "directory-object-created", Shape::object},
    {5140, "share-accessed", Shape::object},
    {5141, "directory-object-deleted", Shape::object},
    {5142, "share-added", Shape::object},
    {5143, "share-modified", Shape::object},
    {5144, "share-deleted", Shape::object},
    {5145, "share-object-checked", Shape::object},
    {5152, "packet-blocked", Shape::network, Outcome::failure},
    {5154, "listening-allowed", Shape::network, Outcome::success},
    {5155, "listening-blocked", Shape::network, Outcome::failure},
    {5156, "connection-allowed", Shape::network, Outcome::success},
    {5157, "connection-blocked", Shape::network, Outcome::failure},
    {5158, "bind-allowed", Shape::network, Outcome::success},
    {5159, "bind-blocked", Shape::network, Outcome::failure},
    {5379, "credentials-read"},
    {5447, "filtering-platform-filter-changed"},
};

constexpr KnownEvent kPowershellEvents[] = {
    {400, "engine-started"},        {403, "engine-stopped"},        {600, "provider-started"},
    {800, "pipeline-executed"},     {4103, "pipeline-executed"},    {4104, "script-block-logged"},
    {4105, "script-block-started"}, {4106, "script-block-stopped"},
};

constexpr KnownEvent kSystemEvents[] = {
    {104, "event-log-cleared"},          {6005, "event-log-service-started"},
    {6006, "event-log-service-stopped"}, {7000, "service-start-failed"},
    {7009, "service-start-timed-out"},   {7034, "service-crashed"},
    {7036, "service-state-changed"},     {7040, "service-start-type-changed"},
    {7045, "service-installed"},
};

constexpr bool is_sorted_by_id(std::span<const KnownEvent> events) {
    for (std::size_t i = 1; i < events.size(); ++i) {
        if (events[i - 1].id >= events[i].id) return false;
    }
    return true;
}
static_assert(is_sorted_by_id(kSysmonEvents) && is_sorted_by_id(kSecurityEvents) &&
              is_sorted_by_id(kPowershellEvents) && is_sorted_by_id(kSystemEvents));

constexpr std::pair<std::string_view, Log> kChannels[] = {
    {"microsoft-windows-sysmon/operational", Log::sysmon},
    {"security", Log::security},
    {"microsoft-windows-powershell/operational", Log::powershell},
    {"windows powershell", Log::powershell},
    {"powershellcore/operational", Log::powershell},
    {"system", Log::system},
    {"linux-sysmon/operational", Log::linux_sysmon},
};

// For records that came without their channel.
constexpr std::pair<std::string_view, Log> kProviders[] = {
    {"microsoft-windows-sysmon", Log::sysmon},
    {"linux-sysmon", Log::linux_sysmon},
    {"microsoft-windows-security-auditing", Log::security},
    {"microsoft-windows-powershell", Log::powershell},
    {"powershell", Log::powershell},
    {"service control manager", Log::system},
};

bool equals_without_case(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() &&
           std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
           });
}

std::span<const KnownEvent> events_of(Log log) {
    switch (log) {
        case Log::sysmon:
        case Log::linux_sysmon: return kSysmonEvents;
        case Log::security: return kSecurityEvents;
        case Log::powershell: return kPowershellEvents;
        case Log::system: return kSystemEvents;
        case Log::other: break;
    }
    return {};
}

}  // namespace

std::span<const FieldRule> rules_of_every_event() { return kEveryEvent; }

std::span<const FieldRule> rules_of(Log log) {
    switch (log) {
        case Log::sysmon:
        case Log::linux_sysmon: return kSysmon;
        case Log::powershell: return kPowershell;
        case Log::system: return kSystem;
        case Log::security:  // by shape
        case Log::other: break;
    }
    return kOther;
}

std::span<const FieldRule> rules_of(Shape shape) {
    switch (shape) {
        case Shape::general: break;
        case Shape::logon: return kLogon;
        case Shape::account: return kAccount;
        case Shape::group: return kGroup;
        case Shape::creation: return kCreation;
        case Shape::network: return kNetwork;
        case Shape::object: return kObject;
    }
    return kGeneral;
}

const KnownEvent* known_event(Log log, std::uint32_t id) {
    const auto events = events_of(log);
    const auto found = std::lower_bound(
        events.begin(), events.end(), id,
        [](const KnownEvent& event, std::uint32_t wanted) { return event.id < wanted; });
    return found != events.end() && found->id == id ? &*found : nullptr;
}

Log log_of_channel(std::string_view channel, std::string_view provider) {
    for (const auto& [name, log] : kChannels) {
        if (equals_without_case(channel, name)) return log;
    }
    if (!channel.empty()) return Log::other;
    for (const auto& [name, log] : kProviders) {
        if (equals_without_case(provider, name)) return log;
    }
    return Log::other;
}

std::string_view dataset(Log log) {
    switch (log) {
        case Log::sysmon: return "windows.sysmon";
        case Log::linux_sysmon: return "linux.sysmon";
        case Log::security: return "windows.security";
        case Log::powershell: return "windows.powershell";
        case Log::system: return "windows.system";
        case Log::other: break;
    }
    return "windows.other";
}

}  // namespace vedette::parse::windows
