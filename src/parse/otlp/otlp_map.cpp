// SPDX-License-Identifier: Apache-2.0
#include "parse/otlp/otlp_map.h"

#include <array>

namespace vedette::parse::otlp {

namespace {

/// The better name first where several say the same.
constexpr std::array kRules{
    FieldRule{"deployment.environment.name", "service.environment"},
    FieldRule{"deployment.environment", "service.environment"},
    FieldRule{"service.instance.id", "service.node.name"},
    FieldRule{"host.arch", "host.architecture"},
    FieldRule{"os.description", "host.os.full"},
    FieldRule{"os.type", "host.os.type"},
    FieldRule{"process.executable.path", "process.executable"},
    FieldRule{"process.executable.name", "process.name"},
    FieldRule{"process.parent_pid", "process.parent.pid"},
    FieldRule{"process.owner", "user.name"},
    FieldRule{"enduser.id", "user.name"},
    FieldRule{"http.method", "http.request.method"},
    FieldRule{"http.status_code", "http.response.status_code"},
    FieldRule{"url.full", "url.original"},
    FieldRule{"http.url", "url.original"},
    FieldRule{"http.target", "url.original"},
    FieldRule{"http.user_agent", "user_agent.original"},
    FieldRule{"client.port", "source.port"},
    FieldRule{"server.port", "destination.port"},
    FieldRule{"network.protocol.name", "network.protocol"},
    FieldRule{"exception.type", "error.type"},
    FieldRule{"exception.message", "error.message"},
    FieldRule{"exception.stacktrace", "error.stack_trace"},
    FieldRule{"event.name", "event.action"},
    FieldRule{"code.function.name", "log.origin.function"},
    FieldRule{"code.function", "log.origin.function"},
    FieldRule{"code.file.path", "log.origin.file.name"},
    FieldRule{"code.filepath", "log.origin.file.name"},
    FieldRule{"code.line.number", "log.origin.file.line"},
    FieldRule{"code.lineno", "log.origin.file.line"},
    FieldRule{"thread.id", "process.thread.id"},
    FieldRule{"thread.name", "process.thread.name"},
    FieldRule{"k8s.pod.name", "kubernetes.pod.name"},
    FieldRule{"k8s.namespace.name", "kubernetes.namespace"},
    FieldRule{"k8s.node.name", "kubernetes.node.name"},
    FieldRule{"k8s.cluster.name", "orchestrator.cluster.name"},
};

}  // namespace

std::span<const FieldRule> attribute_rules() { return kRules; }

}  // namespace vedette::parse::otlp
