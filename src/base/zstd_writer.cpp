// SPDX-License-Identifier: Apache-2.0
#include "base/zstd_writer.h"

#include <zstd.h>

#include "base/check.h"

namespace vedette::base {

struct ZstdWriter::Context {
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> zstd{ZSTD_createCCtx()};
};

ZstdWriter::ZstdWriter(int level)
    : context_(std::make_unique<Context>()), block_(ZSTD_CStreamOutSize(), '\0') {
    ZSTD_CCtx* const zstd = context_->zstd.get();
    VD_CHECK(zstd != nullptr);
    VD_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, level)) == 0);
    VD_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1)) == 0);
}

ZstdWriter::~ZstdWriter() = default;

Result<void> ZstdWriter::pack(std::string_view bytes, bool is_end, const BytesSink& sink) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
        ZSTD_outBuffer out{block_.data(), block_.size(), 0};
        const std::size_t left = ZSTD_compressStream2(context_->zstd.get(), &out, &in,
                                                      is_end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left) != 0) {
            return fail(ErrorCode::limit, std::string("zstd: ") + ZSTD_getErrorName(left));
        }
        if (out.pos > 0) VD_TRY_DO(sink(std::string_view(block_).substr(0, out.pos)));
        if (is_end ? left == 0 : in.pos == in.size) return {};
    }
}

Result<void> ZstdWriter::add(std::string_view bytes, const BytesSink& sink) {
    return pack(bytes, false, sink);
}

Result<void> ZstdWriter::finish(const BytesSink& sink) { return pack({}, true, sink); }

}  // namespace vedette::base
