// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "base/compressed.h"

namespace vedette::base {

/// One library's streaming decompression behind one shape. For compressed.cpp alone.
class Decompressor::Stream {
  public:
    virtual ~Stream() = default;
    /// Errors: as Decompressor::feed.
    virtual Result<void> feed(std::string_view bytes, const BytesSink& sink) = 0;
    /// Whether the input may end here: no member or frame is open.
    virtual bool is_between() const = 0;
};

/// Errors: limit, when the library finds no memory.
Result<std::unique_ptr<Decompressor::Stream>> make_stream(Compression compression);

/// For make_stream. Errors: limit, when the library finds no memory.
Result<std::unique_ptr<Decompressor::Stream>> make_bzip2_stream();
Result<std::unique_ptr<Decompressor::Stream>> make_xz_stream();

/// For make_stream: text that begins with the mark U+FEFF.
std::unique_ptr<Decompressor::Stream> make_utf16_stream(bool is_big_endian);

/// Whether inflating `head` meets no damage.
bool begins_like_zlib(std::string_view head);

}  // namespace vedette::base
