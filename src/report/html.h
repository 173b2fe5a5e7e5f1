// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cases/incident.h"
#include "report/json_lines.h"
#include "report/shelf.h"
#include "report/summary.h"
#include "report/words.h"

namespace vedette::report {

struct HtmlOptions {
    std::string title = "Vedette report";
    Zone zone = Zone::utc;
};

/// One page that stands alone: incidents with their reasons, findings and raw events, the heaviest
/// first, light or dark as the reader's system is, without a script and without anything loaded
/// from anywhere. Its Content-Security-Policy allows nothing but its own style sheet (by hash), so
/// that even a mistake in our escaping could load and run nothing. Limits: kHtmlIncidentsMax and
/// the others of limits.h; the page says what it leaves out.
void write_html(const std::vector<cases::Incident>& incidents, const FindingLookup& findings,
                const Summary& summary, const HtmlOptions& options, const Sink& sink);

/// The style sheet, and the hash by which the policy names it (a test holds them together).
extern const std::string_view kHtmlStyle;
extern const std::string_view kHtmlStyleHash;

}  // namespace vedette::report
