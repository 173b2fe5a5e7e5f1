// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::base {

/// UTF-16 is opened like a compression: its bytes are not yet the text that everything behind
/// reads.
enum class Compression { none, gzip, zlib, zstd, bzip2, xz, utf16le, utf16be };

/// "none", "gzip", "zlib", "zstd", "bzip2", "xz", "UTF-16LE", "UTF-16BE".
std::string_view name(Compression compression);

/// Takes decompressed bytes, which live only during the call. An error stops the decompressor and
/// comes back from feed() or finish().
using BytesSink = std::function<Result<void>(std::string_view)>;

/// How much one input may become. Zero means no bound: a bomb then costs time, never memory,
/// because everything streams.
struct DecompressLimits {
    std::uint64_t total_bytes_max = 0;  ///< decompressed bytes
    std::uint64_t ratio_max = 0;        ///< decompressed by compressed bytes, after
                                        ///< kDecompressRatioFreeBytes of output
};

/// Opens what is compressed and passes on what is not, told apart by the first bytes: gzip (all
/// members), zlib, zstd (all frames, skippable ones included), bzip2 and xz (all streams), and text
/// in UTF-16 that begins with its mark, which becomes UTF-8; everything else is handed on as it is.
///
/// Zero padding after a member is skipped as gzip does; other bytes after the end are an error.
/// Does not promise: archives (tar, zip), nor one inside the other. Owns: one output
/// block; for zstd also a window of at most 2^kZstdWindowLogMax bytes, for xz at most
/// kXzMemoryBytesMax, for bzip2 4 MB. Threads: one at a time.
/// Source: RFC 1950, 1952, 8878; the .xz file format 1.2; bzip2 1.0
class Decompressor {
  public:
    explicit Decompressor(DecompressLimits limits = {});
    ~Decompressor();
    Decompressor(Decompressor&&) noexcept;
    Decompressor& operator=(Decompressor&&) noexcept;

    /// Takes the next bytes in whatever pieces they come; gives out everything they make readable.
    /// Plain bytes are handed on without a copy.
    /// Errors: corrupt (damaged input), limit (see DecompressLimits), unsupported (window too
    /// large), or the sink's. What was readable before the damage has been given out. After an
    /// error every call gives that error again.
    Result<void> feed(std::string_view bytes, const BytesSink& sink);

    /// The input ends here.
    /// Errors: corrupt and retryable if it ends inside compressed data, which had been given out as
    /// far as it was readable: the file may still be in writing.
    Result<void> finish(const BytesSink& sink);

    /// Nothing until enough bytes were seen to tell.
    std::optional<Compression> compression() const { return compression_; }
    std::uint64_t bytes_in() const { return bytes_in_; }
    std::uint64_t bytes_out() const { return bytes_out_; }

    /// A stream of one compression, positioned inside a member or between two.
    class Stream;

  private:
    Result<void> detect(bool is_end);
    Result<void> pass_on(std::string_view bytes, const BytesSink& sink);
    Result<void> give(std::string_view bytes, const BytesSink& sink);
    Result<void> keep_error(Result<void> result);

    DecompressLimits limits_;
    std::optional<Compression> compression_;
    std::string head_;  // the first bytes, until they tell what they are
    std::unique_ptr<Stream> stream_;
    std::optional<Error> error_;
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
};

/// What the first bytes of an input are, or nothing if more are needed to tell. With `is_end` it
/// always answers.
std::optional<Compression> detect_compression(std::string_view head, bool is_end);

}  // namespace vedette::base
