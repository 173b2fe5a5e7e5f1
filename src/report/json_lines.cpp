// SPDX-License-Identifier: Apache-2.0
#include "report/json_lines.h"

namespace vedette::report {

void write_json_line(const cases::Finding& finding, const Sink& sink) {
    sink(cases::to_json(finding) + "\n");
}

void write_json_line(const cases::Incident& incident, const Sink& sink) {
    sink(cases::to_json(incident) + "\n");
}

}  // namespace vedette::report
