// SPDX-License-Identifier: Apache-2.0
#include "source/request_body.h"

#include "base/compressed.h"
#include "source/limits.h"

namespace vedette::source {

using base::ErrorCode;
using base::Result;

Result<std::string> opened_body(base::HttpRequest& request) {
    const std::string_view encoding = request.header("content-encoding");
    if (encoding.empty() || encoding == "identity") return std::move(request.body);
    const bool is_gzip = encoding == "gzip" || encoding == "x-gzip";
    if (!is_gzip && encoding != "zstd" && encoding != "deflate") {
        return base::fail(ErrorCode::unsupported, "only gzip, zstd and deflate can be opened",
                          "Content-Encoding");
    }
    std::string out;
    base::Decompressor opener({.total_bytes_max = kOpenedBytesMax});
    const auto keep = [&](std::string_view bytes) -> Result<void> {
        out.append(bytes);
        return {};
    };
    VD_TRY_DO(opener.feed(request.body, keep));
    VD_TRY_DO(opener.finish(keep));
    const auto wanted = is_gzip              ? base::Compression::gzip
                        : encoding == "zstd" ? base::Compression::zstd
                                             : base::Compression::zlib;
    if (opener.compression() != wanted) {
        return base::fail(ErrorCode::bad_input, "the body is not " + std::string(encoding),
                          "Content-Encoding");
    }
    std::string().swap(request.body);
    return out;
}

}  // namespace vedette::source
