// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "store/host/engine.h"

namespace vedette::store::host {

/// Whether a request's body is a form, by its Content-Type.
bool is_form(std::string_view content_type);

/// Names and values of a form: how a client sends values that are too large for the target. Files
/// in forms (external tables) are not known here.
/// Errors: bad_input if it is not whole; limit past kParametersMax.
/// Source: RFC 7578; ClickHouse documentation, "HTTP Interface"
base::Result<NamedValues> parse_form(std::string_view content_type, std::string_view body);

}  // namespace vedette::store::host
