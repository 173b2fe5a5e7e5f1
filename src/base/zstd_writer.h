// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/compressed.h"

namespace vedette::base {

/// Packs bytes into one zstd frame with a checksum, piece by piece; Decompressor and `zstd -d` read
/// it. Owns: its window and one output block.   Threads: one at a time.   Source: RFC 8878
class ZstdWriter {
  public:
    explicit ZstdWriter(int level);
    ~ZstdWriter();
    ZstdWriter(const ZstdWriter&) = delete;
    ZstdWriter& operator=(const ZstdWriter&) = delete;

    /// Errors: the sink's.
    Result<void> add(std::string_view bytes, const BytesSink& sink);
    /// Ends the frame. Nothing may be added behind it.
    Result<void> finish(const BytesSink& sink);

  private:
    struct Context;
    Result<void> pack(std::string_view bytes, bool is_end, const BytesSink& sink);

    std::unique_ptr<Context> context_;
    std::string block_;
};

}  // namespace vedette::base
