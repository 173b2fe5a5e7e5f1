// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "store/host/engine.h"

namespace vedette::store::host {

/// Names and values of the query string in a request target, decoded; a broken escape stays as it
/// is. At most kParametersMax of them.   Source: RFC 3986 section 3.4, WHATWG URL section 5.1
NamedValues parse_url_query(std::string_view target);

}  // namespace vedette::store::host
