// SPDX-License-Identifier: Apache-2.0
#include "base/compressed_streams.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/limits.h"
#include "base/member_stream.h"

namespace vedette::base {

namespace {

// zlib's interface predates const; it does not write through next_in.
Bytef* bytes_of(std::string_view text) {
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));  // NOLINT
}

constexpr int kGzipWindowBits = 16 + MAX_WBITS;  // 16: gzip wrapper. Source: zlib.h, inflateInit2
constexpr std::size_t kStreamPieceBytes = 1u << 30;  // zlib counts in 32 bits

class InflateStream final : public MemberStream {
  public:
    explicit InflateStream(Compression kind)
        : MemberStream(kind, kind == Compression::gzip ? "\x1F" : "") {}
    ~InflateStream() override {
        if (is_open_) inflateEnd(&stream_);
    }

    Result<void> open() {
        const int bits = kind() == Compression::gzip ? kGzipWindowBits : MAX_WBITS;
        if (inflateInit2(&stream_, bits) != Z_OK) {
            return fail(ErrorCode::limit, "no memory to decompress");
        }
        is_open_ = true;
        return {};
    }

  private:
    Result<void> begin_member() override {
        VD_CHECK(inflateReset(&stream_) == Z_OK);
        return {};
    }

    Result<Step> step(std::string_view bytes, char* out, std::size_t out_size) override {
        const std::string_view piece = bytes.substr(0, kStreamPieceBytes);
        stream_.next_in = bytes_of(piece);
        stream_.avail_in = static_cast<uInt>(piece.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out);
        stream_.avail_out = static_cast<uInt>(out_size);
        const int answer = inflate(&stream_, Z_NO_FLUSH);
        // Z_BUF_ERROR is no error: it has nothing to do.
        if (answer != Z_OK && answer != Z_STREAM_END && answer != Z_BUF_ERROR) {
            if (answer == Z_MEM_ERROR) return fail(ErrorCode::limit, "no memory to decompress");
            return damaged(answer == Z_NEED_DICT    ? "it needs a dictionary that nobody has"
                           : stream_.msg != nullptr ? stream_.msg
                                                    : "unknown damage");
        }
        return Step{piece.size() - stream_.avail_in, out_size - stream_.avail_out,
                    answer == Z_STREAM_END};
    }

    z_stream stream_{};
    bool is_open_ = false;
};

class ZstdStream final : public Decompressor::Stream {
  public:
    Result<void> open() {
        if (stream_ == nullptr) return fail(ErrorCode::limit, "no memory to decompress");
        VD_CHECK(!ZSTD_isError(
            ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax)));
        block_.resize(std::max(kDecompressBlockBytes, ZSTD_DStreamOutSize()));
        return {};
    }

    Result<void> feed(std::string_view bytes, const BytesSink& sink) override {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        bool may_hold_output = false;
        while (in.pos < in.size || may_hold_output) {
            ZSTD_outBuffer out{block_.data(), block_.size(), 0};
            const std::size_t before = in.pos;
            const std::size_t answer = ZSTD_decompressStream(stream_.get(), &out, &in);
            if (out.pos != 0) VD_TRY_DO(sink(std::string_view(block_.data(), out.pos)));
            if (ZSTD_isError(answer)) return damage(answer);
            // With nothing read and nothing made there is only more input to wait for.
            if (in.pos == before && out.pos == 0) break;
            is_between_ = answer == 0;
            may_hold_output = out.pos == out.size && answer != 0;
        }
        return {};
    }

    bool is_between() const override { return is_between_; }

  private:
    static tl::unexpected<Error> damage(std::size_t answer) {
        if (ZSTD_getErrorCode(answer) == ZSTD_error_frameParameter_windowTooLarge) {
            return fail(ErrorCode::unsupported, "the zstd window is larger than 128 MiB", {},
                        "compress again without --ultra --long above 27");
        }
        if (ZSTD_getErrorCode(answer) == ZSTD_error_memory_allocation) {
            return fail(ErrorCode::limit, "no memory to decompress");
        }
        return fail(ErrorCode::corrupt,
                    std::string("the zstd data are damaged: ") + ZSTD_getErrorName(answer));
    }

    struct Free {
        void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
    };
    std::unique_ptr<ZSTD_DCtx, Free> stream_{ZSTD_createDCtx()};
    bool is_between_ = false;
    std::string block_;
};

}  // namespace

Result<std::unique_ptr<Decompressor::Stream>> make_stream(Compression compression) {
    VD_CHECK(compression != Compression::none);
    if (compression == Compression::zstd) {
        auto stream = std::make_unique<ZstdStream>();
        VD_TRY_DO(stream->open());
        return stream;
    }
    if (compression == Compression::bzip2) return make_bzip2_stream();
    if (compression == Compression::xz) return make_xz_stream();
    if (compression == Compression::utf16le) return make_utf16_stream(false);
    if (compression == Compression::utf16be) return make_utf16_stream(true);
    auto stream = std::make_unique<InflateStream>(compression);
    VD_TRY_DO(stream->open());
    return stream;
}

bool begins_like_zlib(std::string_view head) {
    InflateStream stream(Compression::zlib);
    const auto ignore = [](std::string_view) { return Result<void>{}; };
    // What stands behind a complete stream is another question.
    return stream.open() && (stream.feed(head, ignore) || stream.is_between());
}

}  // namespace vedette::base
