// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/doctor_network.h"

#include <charconv>
#include <utility>

#include "apps/vedette/doctor_ports.h"
#include "base/http_server_listen.h"

namespace vedette::apps {

namespace {

/// A number of /metrics; 0 if it is not there.
std::uint64_t number(std::string_view metrics, const std::string& name) {
    const std::string line = "\n" + name + " ";
    const std::size_t at = metrics.find(line);
    std::uint64_t value = 0;
    if (at == std::string_view::npos) return value;
    const char* const begin = metrics.data() + at + line.size();
    std::from_chars(begin, metrics.data() + metrics.size(), value);
    return value;
}

std::string of_source(std::string_view metric, const std::string& source, std::string_view reason) {
    return std::string(metric) + "{source=\"" + source + "\",reason=\"" + std::string(reason) +
           "\"}";
}

}  // namespace

CheckUp check_listen(const std::string& name, const std::string& address, bool is_server_running) {
    const std::size_t scheme = address.find("://");
    const bool is_udp = address.starts_with("udp://");
    const std::string host = scheme == std::string::npos ? address : address.substr(scheme + 3);
    const auto listening = is_udp ? base::open_datagram(host) : base::open_listening(host);
    if (listening) return {name, Health::ok, address + " is free", {}};
    const auto holder = is_udp ? std::nullopt : holder_of_port(host);
    const bool is_stranger = holder && holder->process != 0 && holder->name != "vedette";
    if (is_server_running && !is_stranger)
        return {name, Health::ok, address + " is held by the running server", {}};
    if (holder && holder->process != 0) {
        return {name, Health::fail,
                "cannot listen on " + address + ": it is taken by " + holder->name + " (process " +
                    std::to_string(holder->process) + ")",
                "end that program, or set another `listen:`"};
    }
    if (listening.error().code == base::ErrorCode::denied) {
        return {
            name, Health::fail, "no right to listen on " + address,
            "ports below 1024 need AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit, or root"};
    }
    return {name, Health::fail, "cannot listen on " + address + ": " + listening.error().text,
            std::string("end the program that holds it (ss ") + (is_udp ? "-lunp" : "-ltnp") +
                "), or set another `listen:`"};
}

std::vector<CheckUp> check_losses(const engine::Config& config, std::string_view metrics) {
    constexpr std::string_view kDropped = "vedette_source_dropped_total";
    constexpr std::string_view kRefused = "vedette_source_connections_refused_total";
    std::vector<CheckUp> out;
    for (const engine::SourceConfig& source : config.sources) {
        const std::string name = "losses " + source.name;
        const auto full = number(metrics, of_source(kDropped, source.name, "buffer_full"));
        if (full > 0) {
            const auto taken =
                number(metrics, "vedette_source_datagrams_total{source=\"" + source.name + "\"}");
            out.push_back(
                {name, Health::warn,
                 std::to_string(full) + " of " + std::to_string(taken + full) +
                     " datagrams were lost because they came faster than the journal took "
                     "them",
                 "let senders use TCP or RELP, or raise receive_buffer_mb"});
        }
        const auto foreign = number(metrics, of_source(kDropped, source.name, "not_allowed")) +
                             number(metrics, of_source(kRefused, source.name, "not_allowed"));
        if (foreign > 0) {
            out.push_back(
                {name, Health::warn,
                 std::to_string(foreign) +
                     " datagrams and connections came from addresses that `allow` does not "
                     "name",
                 "add the sender's network to `allow`, or find out who sends there"});
        }
        const auto many = number(metrics, of_source(kRefused, source.name, "too_many"));
        if (many > 0) {
            out.push_back({name, Health::warn,
                           std::to_string(many) + " connections were turned away as too many",
                           "raise connections_max (one address may hold half of them)"});
        }
    }
    return out;
}

}  // namespace vedette::apps
