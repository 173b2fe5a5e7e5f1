// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "parse/decoder.h"

namespace vedette::parse {

/// Offers a line of text that came inside an envelope of its own (Splunk's, OpenTelemetry's) to the
/// format that knows it: first to `hint` if there is one, then by what it begins with (JSON, CEF,
/// XML of Windows, auditd, Cisco), then to syslog and to access logs if it has their shape. False
/// if nobody took it; the row is then unchanged.
///
/// Only formats whose lines are told from all others by few bytes are tried: any text may come this
/// way, and a guess that is wrong costs a row its meaning.   Cost: some comparisons where nothing
/// fits.
bool hand_on_text(std::string_view hint, std::string_view text, RowSink& sink);

}  // namespace vedette::parse
