// SPDX-License-Identifier: Apache-2.0
#include "base/compressed_streams.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/limits.h"

namespace vedette::base {

namespace {

// zlib's interface predates const; it does not write through next_in.
Bytef* bytes_of(std::string_view text) {
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));  // NOLINT
}

constexpr int kGzipWindowBits = 16 + MAX_WBITS;  // 16: gzip wrapper. Source: zlib.h, inflateInit2
constexpr std::size_t kInputPieceBytes = 1u << 30;  // zlib counts input in 32 bits

class InflateStream final : public Decompressor::Stream {
  public:
    explicit InflateStream(Compression kind) : kind_(kind) {}
    ~InflateStream() override {
        if (is_open_) inflateEnd(&stream_);
    }
    InflateStream(const InflateStream&) = delete;
    InflateStream& operator=(const InflateStream&) = delete;

    Result<void> open() {
        const int bits = kind_ == Compression::gzip ? kGzipWindowBits : MAX_WBITS;
        if (inflateInit2(&stream_, bits) != Z_OK) {
            return fail(ErrorCode::limit, "no memory to decompress");
        }
        is_open_ = true;
        block_.resize(kDecompressBlockBytes);
        return {};
    }

    Result<void> feed(std::string_view bytes, const BytesSink& sink) override {
        while (!bytes.empty()) {
            const std::string_view piece = bytes.substr(0, kInputPieceBytes);
            bytes.remove_prefix(piece.size());
            VD_TRY_DO(feed_piece(piece, sink));
        }
        return {};
    }

    bool is_between() const override { return state_ != State::inside; }

  private:
    enum class State { inside, between, padding };

    Result<void> feed_piece(std::string_view bytes, const BytesSink& sink) {
        while (!bytes.empty()) {
            if (state_ != State::inside) {
                VD_TRY(const bool goes_on, begin_next(bytes));
                if (!goes_on) return {};
            }
            VD_TRY(const std::size_t used, inflate_some(bytes, sink));
            bytes.remove_prefix(used);
        }
        return {};
    }

    // Behind a member: padding, the next member, or nothing that we know. Whether to go on.
    Result<bool> begin_next(std::string_view& bytes) {
        const std::size_t other = bytes.find_first_not_of('\0');
        if (other != 0) state_ = State::padding;
        if (other == std::string_view::npos) return false;
        bytes.remove_prefix(other);
        if (kind_ != Compression::gzip || state_ == State::padding || bytes[0] != '\x1F') {
            return fail(ErrorCode::corrupt, "there are bytes behind the end of the " +
                                                std::string(name(kind_)) + " data");
        }
        VD_CHECK(inflateReset(&stream_) == Z_OK);
        state_ = State::inside;
        return true;
    }

    // One call of the library after the other until the bytes are used or the member ends.
    Result<std::size_t> inflate_some(std::string_view bytes, const BytesSink& sink) {
        stream_.next_in = bytes_of(bytes);
        stream_.avail_in = static_cast<uInt>(bytes.size());
        for (;;) {
            stream_.next_out = reinterpret_cast<Bytef*>(block_.data());
            stream_.avail_out = static_cast<uInt>(block_.size());
            const int answer = inflate(&stream_, Z_NO_FLUSH);
            const std::size_t made = block_.size() - stream_.avail_out;
            if (made != 0) VD_TRY_DO(sink(std::string_view(block_.data(), made)));
            if (answer == Z_STREAM_END) {
                state_ = State::between;
                break;
            }
            // A full block and no more input may leave output inside: then the next call makes
            // some, or says Z_BUF_ERROR, which is no error: it has nothing to do.
            if (answer == Z_BUF_ERROR ||
                (answer == Z_OK && stream_.avail_in == 0 && stream_.avail_out != 0)) {
                break;
            }
            if (answer != Z_OK) return damage(answer);
        }
        return bytes.size() - stream_.avail_in;
    }

    tl::unexpected<Error> damage(int answer) const {
        if (answer == Z_MEM_ERROR) return fail(ErrorCode::limit, "no memory to decompress");
        const std::string why = answer == Z_NEED_DICT    ? "it needs a dictionary that nobody has"
                                : stream_.msg != nullptr ? stream_.msg
                                                         : "unknown damage";
        return fail(ErrorCode::corrupt,
                    "the " + std::string(name(kind_)) + " data are damaged: " + why);
    }

    Compression kind_;
    z_stream stream_{};
    bool is_open_ = false;
    State state_ = State::inside;
    std::string block_;
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
