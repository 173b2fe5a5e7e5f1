// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/http_server.h"
#include "base/result.h"

namespace vedette::source {

/// Takes a request's body out of it, opened by what its Content-Encoding says: gzip, zstd or
/// deflate.
/// Errors: unsupported for other encodings; bad_input if the body is not what it says or is cut
/// off; limit beyond kOpenedBytesMax.   Cost: none without an encoding.
base::Result<std::string> opened_body(base::HttpRequest& request);

}  // namespace vedette::source
