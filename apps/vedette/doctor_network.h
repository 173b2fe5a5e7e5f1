// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/vedette/doctor_checks.h"

namespace vedette::apps {

/// Whether "host:port", or "udp://", "tcp://" or "tls://" before it, can be listened on.
CheckUp check_listen(const std::string& name, const std::string& address, bool is_server_running);

/// What the running server lost or turned away at its sources that listen for syslog and RELP: one
/// line for each source with something to tell. `metrics` is the text of /metrics.
std::vector<CheckUp> check_losses(const engine::Config& config, std::string_view metrics);

}  // namespace vedette::apps
