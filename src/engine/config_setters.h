// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::engine {

namespace intel {
struct IntelConfig;
}

/// What the readers of the configuration share: a setting's name leads to a Setter, which takes the
/// value into what it was made with. `at` is the value's place, for messages.
using Setter = std::function<base::Result<void>(const YAML::Node&, const std::string& at)>;
using Setters = std::map<std::string, Setter>;

/// "file:line:column"
std::string place(const std::string& where, const YAML::Node& node);
/// Errors: bad_input for what is no mapping, for a key that is none of these (with the nearest
/// one), and what the setters say.
base::Result<void> read_mapping(const YAML::Node& node, const std::string& where,
                                const Setters& setters);
Setter mapping(Setters setters, const std::string& where);
Setter flag(bool& target);
Setter text(std::string& target);
Setter texts(std::vector<std::string>& target);
/// Seconds of `on`, `off`, or `after 2h` (s, min, h, d), as detect::SilenceSettings has them.
base::Result<std::int64_t> read_silence(const YAML::Node& node, const std::string& at);

template <typename Number>
Setter number(Number& target, double scale, double lowest, double highest) {
    return [&target, scale, lowest, highest](const YAML::Node& node, const std::string& at) {
        double value = 0;
        if (!node.IsScalar() || !YAML::convert<double>::decode(node, value)) {
            return base::Result<void>(
                base::fail(base::ErrorCode::bad_input, "a number belongs here", at));
        }
        if (!(value >= lowest && value <= highest)) {
            return base::Result<void>(
                base::fail(base::ErrorCode::bad_input, "the value is outside its range", at,
                           "use " + std::to_string(static_cast<long long>(lowest)) + " to " +
                               std::to_string(static_cast<long long>(highest))));
        }
        target = static_cast<Number>(value * scale);
        return base::Result<void>();
    };
}

/// Those of `intel:` (config_intel.cpp).
Setters intel_settings(intel::IntelConfig& config, const std::string& where);

}  // namespace vedette::engine
