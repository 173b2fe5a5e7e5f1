// SPDX-License-Identifier: Apache-2.0
#include "parse/cloud_audit/services.h"

namespace vedette::parse {

namespace {

using Names = std::span<const std::string_view>;

constexpr FixedValue kConfiguration[] = {{"event.kind", "event"},
                                         {"event.category", "configuration"}};
constexpr FixedValue kAuthentication[] = {{"event.kind", "event"},
                                          {"event.category", "authentication"}};
constexpr FixedValue kIam[] = {{"event.kind", "event"}, {"event.category", "iam"}};
constexpr FixedValue kPlain[] = {{"event.kind", "event"}};

// Kubernetes documentation, "Auditing": audit.k8s.io/v1 Event.
constexpr std::string_view kKubernetesMark[] = {"auditID", "verb", "requestURI", "stage"};
constexpr Names kKubernetesMarks[] = {kKubernetesMark};
constexpr FieldRule kKubernetes[] = {
    {"verb", "event.action"},
    {"impersonatedUser.username", "user.effective.name"},
    {"user.username", "user.name"},
    {"userAgent", "user_agent.original"},
    {"requestURI", "url.original"},
    {"responseStatus.code", "http.response.status_code"},
    {"objectRef.namespace", "orchestrator.namespace"},
    {"objectRef.resource", "orchestrator.resource.type"},
    {"objectRef.name", "orchestrator.resource.name"},
};
constexpr std::string_view kKubernetesAddresses[] = {"sourceIPs"};
constexpr std::string_view kBelow400[] = {"1", "2", "3"};
constexpr KindTable kKubernetesKinds[] = {{"", "kubernetes.audit", {}, kConfiguration}};

// Okta "System Log" API, LogEvent.
constexpr std::string_view kOktaMark[] = {"eventType", "actor.alternateId", "outcome.result"};
constexpr Names kOktaMarks[] = {kOktaMark};
constexpr FieldRule kOkta[] = {
    {"eventType", "event.action"},
    {"actor.alternateId", "user.name"},
    {"actor.id", "user.id"},
    {"target.alternateId", "user.target.name"},
    {"client.userAgent.rawUserAgent", "user_agent.original"},
    {"displayMessage", "message"},
    {"outcome.reason", "event.reason"},
};
constexpr std::string_view kOktaAddresses[] = {"client.ipAddress"};
constexpr std::string_view kOktaSuccess[] = {"SUCCESS", "ALLOW"};
constexpr KindTable kOktaKinds[] = {{"", "okta.system", {}, kIam}};

// GitHub documentation, "Audit log events for your organization".
constexpr std::string_view kGithubMark[] = {"action", "actor", "org", "created_at"};
constexpr std::string_view kGithubStampMark[] = {"action", "actor", "org", "@timestamp"};
constexpr Names kGithubMarks[] = {kGithubMark, kGithubStampMark};
constexpr FieldRule kGithub[] = {
    {"action", "event.action"},   {"actor", "user.name"},
    {"user", "user.target.name"}, {"user_agent", "user_agent.original"},
    {"org", "organization.name"},
};
constexpr std::string_view kGithubAddresses[] = {"actor_ip"};
constexpr KindTable kGithubKinds[] = {{"", "github.audit", {}, kConfiguration}};

// Google Cloud Audit Logs, AuditLog within a LogEntry.
constexpr std::string_view kGoogleMark[] = {"protoPayload.methodName", "protoPayload.serviceName",
                                            "logName"};
constexpr Names kGoogleMarks[] = {kGoogleMark};
constexpr FieldRule kGoogle[] = {
    {"protoPayload.methodName", "event.action"},
    {"protoPayload.serviceName", "event.provider"},
    {"protoPayload.authenticationInfo.principalEmail", "user.name"},
    {"protoPayload.requestMetadata.callerSuppliedUserAgent", "user_agent.original"},
    {"protoPayload.status.message", "event.reason"},
    {"resource.labels.project_id", "cloud.account.id"},
    {"resource.labels.location", "cloud.region"},
};
constexpr std::string_view kGoogleAddresses[] = {"protoPayload.requestMetadata.callerIp"};
constexpr std::string_view kZero[] = {"0"};
constexpr KindTable kGoogleKinds[] = {{"", "gcp.audit", {}, kConfiguration}};

// Office 365 Management Activity API, "Common schema".
constexpr std::string_view kOfficeMark[] = {"Workload", "Operation", "UserId", "CreationTime"};
constexpr Names kOfficeMarks[] = {kOfficeMark};
constexpr FieldRule kOffice[] = {
    {"Operation", "event.action"},
    {"Workload", "event.provider"},
    {"UserId", "user.name"},
    {"UserAgent", "user_agent.original"},
    {"OrganizationId", "cloud.account.id"},
};
constexpr std::string_view kOfficeAddresses[] = {"ActorIpAddress", "ClientIPAddress", "ClientIP"};
constexpr std::string_view kOfficeSuccess[] = {"True", "Succe"};
constexpr KindTable kOfficeKinds[] = {{"", "o365.audit", {}, kConfiguration}};

// Azure Monitor, "Azure resource log common schema"; Entra's logs as diagnostic settings write
// them.
constexpr std::string_view kAzureMark[] = {"category", "operationName", "resourceId"};
constexpr Names kAzureMarks[] = {kAzureMark};
constexpr FieldRule kAzure[] = {
    {"operationName", "event.action"},
    {"properties.userPrincipalName", "user.name"},
    {"properties.initiatedBy.user.userPrincipalName", "user.name"},
    {"properties.initiatedBy.app.displayName", "user.name"},
    {"identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "user.name"},
    {"properties.servicePrincipalName", "user.name"},
    {"properties.targetResources.userPrincipalName", "user.target.name"},
    {"properties.userAgent", "user_agent.original"},
    {"resultDescription", "event.reason"},
    {"tenantId", "cloud.account.id"},
    {"resourceId", "azure.resource.id"},
};
constexpr std::string_view kAzureAddresses[] = {"callerIpAddress", "properties.ipAddress",
                                                "properties.initiatedBy.user.ipAddress"};
constexpr std::string_view kAzureSuccess[] = {"0", "Succe", "succe"};
constexpr KindTable kAzureKinds[] = {
    {"SignInLogs", "azure.signinlogs", {}, kAuthentication},
    {"NonInteractiveUserSignInLogs", "azure.signinlogs", {}, kAuthentication},
    {"ServicePrincipalSignInLogs", "azure.signinlogs", {}, kAuthentication},
    {"ManagedIdentitySignInLogs", "azure.signinlogs", {}, kAuthentication},
    {"AuditLogs", "azure.auditlogs", {}, kIam},
    {"Administrative", "azure.activitylogs", {}, kConfiguration},
    {"Policy", "azure.activitylogs", {}, kConfiguration},
    {"Security", "azure.activitylogs", {}, kConfiguration},
    {"Action", "azure.activitylogs", {}, kConfiguration},
    {"Write", "azure.activitylogs", {}, kConfiguration},
    {"Delete", "azure.activitylogs", {}, kConfiguration},
    {"UserRiskEvents", "azure.identity_protection", {}, kAuthentication},
    {"ServicePrincipalRiskEvents", "azure.identity_protection", {}, kAuthentication},
    {"", "azure.platformlogs", {}, kPlain},
};

constexpr CloudService kServices[] = {
    {"azure", kAzureMarks, "category", kAzureKinds, kAzure, kAzureAddresses, "resultType",
     kAzureSuccess, "time", "properties.createdDateTime"},
    {"github",
     kGithubMarks,
     "",
     kGithubKinds,
     kGithub,
     kGithubAddresses,
     "",
     {},
     "@timestamp",
     "created_at"},
    {"google_cloud", kGoogleMarks, "", kGoogleKinds, kGoogle, kGoogleAddresses,
     "protoPayload.status.code", kZero, "timestamp", "receiveTimestamp"},
    {"kubernetes", kKubernetesMarks, "", kKubernetesKinds, kKubernetes, kKubernetesAddresses,
     "responseStatus.code", kBelow400, "requestReceivedTimestamp", "stageTimestamp"},
    {"office365", kOfficeMarks, "", kOfficeKinds, kOffice, kOfficeAddresses, "ResultStatus",
     kOfficeSuccess, "CreationTime", "CreationTime"},
    {"okta", kOktaMarks, "", kOktaKinds, kOkta, kOktaAddresses, "outcome.result", kOktaSuccess,
     "published", "published"},
};

}  // namespace

std::span<const CloudService> cloud_services() { return kServices; }

}  // namespace vedette::parse
