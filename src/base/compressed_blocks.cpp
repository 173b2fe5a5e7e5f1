// SPDX-License-Identifier: Apache-2.0
// bzip2 and xz, which logrotate may be told to use.
#include <bzlib.h>
#include <lzma.h>

#include "base/compressed_streams.h"
#include "base/limits.h"
#include "base/member_stream.h"

namespace vedette::base {

namespace {

constexpr std::size_t kInputPieceBytes = 1u << 30;  // libbz2 counts in 32 bits

tl::unexpected<Error> no_memory() { return fail(ErrorCode::limit, "no memory to decompress"); }

class Bzip2Stream final : public MemberStream {
  public:
    Bzip2Stream() : MemberStream(Compression::bzip2, "B") {}
    ~Bzip2Stream() override { close(); }

    Result<void> begin_member() override {
        close();
        stream_ = {};
        if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) return no_memory();
        is_open_ = true;
        return {};
    }

  private:
    Result<Step> step(std::string_view bytes, char* out, std::size_t out_size) override {
        const std::string_view piece = bytes.substr(0, kInputPieceBytes);
        // libbz2's interface predates const; it does not write through next_in.
        stream_.next_in = const_cast<char*>(piece.data());  // NOLINT
        stream_.avail_in = static_cast<unsigned>(piece.size());
        stream_.next_out = out;
        stream_.avail_out = static_cast<unsigned>(out_size);
        const int answer = BZ2_bzDecompress(&stream_);
        if (answer == BZ_MEM_ERROR) return no_memory();
        if (answer != BZ_OK && answer != BZ_STREAM_END) {
            return damaged(answer == BZ_DATA_ERROR_MAGIC ? "a stream does not begin as one"
                                                         : "a checksum or a code is wrong");
        }
        return Step{piece.size() - stream_.avail_in, out_size - stream_.avail_out,
                    answer == BZ_STREAM_END};
    }

    void close() {
        if (is_open_) BZ2_bzDecompressEnd(&stream_);
        is_open_ = false;
    }

    bz_stream stream_{};
    bool is_open_ = false;
};

class XzStream final : public MemberStream {
  public:
    XzStream() : MemberStream(Compression::xz, "\xFD") {}
    ~XzStream() override { lzma_end(&stream_); }

    Result<void> begin_member() override {
        if (lzma_stream_decoder(&stream_, kXzMemoryBytesMax, 0) != LZMA_OK) return no_memory();
        return {};
    }

  private:
    Result<Step> step(std::string_view bytes, char* out, std::size_t out_size) override {
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
        stream_.avail_in = bytes.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out);
        stream_.avail_out = out_size;
        const lzma_ret answer = lzma_code(&stream_, LZMA_RUN);
        if (answer == LZMA_MEM_ERROR) return no_memory();
        if (answer == LZMA_MEMLIMIT_ERROR) {
            return fail(ErrorCode::unsupported, "the xz dictionary is too large", {},
                        "compress again with at most -9");
        }
        if (answer == LZMA_OPTIONS_ERROR) {
            return fail(ErrorCode::unsupported, "the xz data use options that are not known");
        }
        // LZMA_BUF_ERROR is no error: it has nothing to do.
        if (answer != LZMA_OK && answer != LZMA_STREAM_END && answer != LZMA_BUF_ERROR) {
            return damaged("a checksum or a code is wrong");
        }
        return Step{bytes.size() - stream_.avail_in, out_size - stream_.avail_out,
                    answer == LZMA_STREAM_END};
    }

    lzma_stream stream_ = LZMA_STREAM_INIT;
};

template <class Kind>
Result<std::unique_ptr<Decompressor::Stream>> opened() {
    auto stream = std::make_unique<Kind>();
    VD_TRY_DO(stream->begin_member());
    return stream;
}

}  // namespace

Result<std::unique_ptr<Decompressor::Stream>> make_bzip2_stream() { return opened<Bzip2Stream>(); }

Result<std::unique_ptr<Decompressor::Stream>> make_xz_stream() { return opened<XzStream>(); }

}  // namespace vedette::base
