// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "source/source.h"

namespace vedette::source::kafka {

/// What the configuration says of a Kafka source.
struct KafkaSettings {
    std::vector<std::string> topics;  ///< names; patterns begin with ^
    std::string format = {};          ///< empty: recognised, topic by topic
    bool by_lines = false;            ///< each line of a message is a record
    bool from_end = false;            ///< where the group has no place yet: only what comes
    /// Properties of the client library, by its names.
    std::vector<std::pair<std::string, std::string>> properties = {};
};

/// The settings that read_settings understands.
std::vector<std::string> setting_names();

/// Errors: bad_input with a hint; not_found and io for a password's file.
base::Result<KafkaSettings> read_settings(const SourceSettings& settings,
                                          const SourceContext& context);

}  // namespace vedette::source::kafka
