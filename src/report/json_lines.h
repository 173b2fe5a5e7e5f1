// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include "cases/finding.h"
#include "cases/incident.h"

namespace vedette::report {

/// Where a report goes, piece by piece; the caller prints, sends or keeps it.
using Sink = std::function<void(std::string_view)>;

/// One JSON object a line, for programs. Nothing is kept, so a million findings cost nothing.
void write_json_line(const cases::Finding& finding, const Sink& sink);
void write_json_line(const cases::Incident& incident, const Sink& sink);

}  // namespace vedette::report
