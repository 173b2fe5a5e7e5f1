// SPDX-License-Identifier: Apache-2.0
#include "base/compressed.h"

#include <bzlib.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <rapidcheck.h>
#include <zlib.h>
#include <zstd.h>

#include "base/limits.h"

namespace vedette::base {
namespace {

std::string deflate_with(std::string_view text, int window_bits, int level = 6) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    std::string in(text);
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string gzip(std::string_view text) { return deflate_with(text, 16 + 15); }
std::string zlib(std::string_view text, int level = 6) { return deflate_with(text, 15, level); }

std::string zstd(std::string_view text, int window_log = 0, bool has_checksum = false) {
    ZSTD_CCtx* const stream = ZSTD_createCCtx();
    if (window_log != 0) {
        ZSTD_CCtx_setParameter(stream, ZSTD_c_windowLog, window_log);
        ZSTD_CCtx_setParameter(stream, ZSTD_c_contentSizeFlag, 0);
    }
    ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, has_checksum ? 1 : 0);
    std::string out(ZSTD_compressBound(text.size()), '\0');
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    ZSTD_inBuffer from{text.data(), text.size(), 0};
    // Not in one call, so that the frame declares its window and not its size.
    if (window_log != 0) ZSTD_compressStream2(stream, &to, &from, ZSTD_e_continue);
    EXPECT_EQ(ZSTD_compressStream2(stream, &to, &from, ZSTD_e_end), 0u);
    out.resize(to.pos);
    ZSTD_freeCCtx(stream);
    return out;
}

std::string bzip2(std::string text, int block_100kb = 1) {
    std::string out(text.size() + text.size() / 100 + 600, '\0');
    auto size = static_cast<unsigned>(out.size());
    EXPECT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &size, text.data(),
                                       static_cast<unsigned>(text.size()), block_100kb, 0, 0),
              BZ_OK);
    out.resize(size);
    return out;
}

std::string xz(std::string_view text, std::uint32_t level = 6) {
    std::string out(lzma_stream_buffer_bound(text.size()), '\0');
    std::size_t size = 0;
    EXPECT_EQ(
        lzma_easy_buffer_encode(level, LZMA_CHECK_CRC64, nullptr,
                                reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()),
        LZMA_OK);
    out.resize(size);
    return out;
}

/// `text` of ASCII with its mark.
std::string utf16(std::string_view text, bool is_big_endian) {
    std::string out = is_big_endian ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : text) {
        out.push_back(is_big_endian ? '\0' : c);
        out.push_back(is_big_endian ? c : '\0');
    }
    return out;
}

struct Opened {
    std::string bytes;
    Result<void> result;
    std::optional<Compression> compression;
};

Opened open_in_pieces(std::string_view bytes, std::size_t piece_bytes,
                      DecompressLimits limits = {}) {
    Decompressor opener(limits);
    Opened out;
    const auto sink = [&](std::string_view block) {
        EXPECT_FALSE(block.empty());
        out.bytes.append(block);
        return Result<void>{};
    };
    for (std::size_t at = 0; at < bytes.size() && out.result; at += piece_bytes) {
        out.result = opener.feed(bytes.substr(at, piece_bytes), sink);
    }
    if (out.result) out.result = opener.finish(sink);
    EXPECT_EQ(opener.bytes_out(), out.bytes.size());
    out.compression = opener.compression();
    return out;
}

Opened open_whole(std::string_view bytes, DecompressLimits limits = {}) {
    return open_in_pieces(bytes, bytes.size() + 1, limits);
}

std::string log_lines(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += "line " + std::to_string(i * 7919) + ": Failed password for root\n";
    }
    return out;
}

TEST(Decompressor, opens_what_is_compressed_and_passes_on_what_is_not) {
    const std::string text = log_lines(6'000);
    const std::pair<std::string, Compression> inputs[] = {
        {gzip(text), Compression::gzip},
        {zlib(text), Compression::zlib},
        {zlib(text, 1), Compression::zlib},
        {zlib(text, 5), Compression::zlib},
        {zlib(text, 9), Compression::zlib},
        {zstd(text), Compression::zstd},
        {bzip2(text), Compression::bzip2},
        {bzip2(text, 9), Compression::bzip2},
        {xz(text), Compression::xz},
        {xz(text, 9), Compression::xz},
        {text, Compression::none},
        {utf16(text, false), Compression::utf16le},
        {utf16(text, true), Compression::utf16be},
    };
    for (const auto& [bytes, compression] : inputs) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{4'097}, bytes.size()}) {
            const Opened opened = open_in_pieces(bytes, piece);
            ASSERT_TRUE(opened.result) << name(compression) << opened.result.error().message();
            EXPECT_EQ(opened.compression, compression);
            EXPECT_TRUE(opened.bytes == text) << name(compression) << " in pieces of " << piece;
        }
    }
}

TEST(Decompressor, goes_on_with_concatenated_members_and_frames) {
    EXPECT_EQ(open_whole(gzip("one ") + gzip("") + gzip("two")).bytes, "one two");
    EXPECT_EQ(open_whole(zstd("one ") + zstd("") + zstd("two")).bytes, "one two");
    EXPECT_EQ(open_whole(bzip2("one ") + bzip2("") + bzip2("two")).bytes, "one two");
    EXPECT_EQ(open_whole(xz("one ") + xz("") + std::string(8, '\0') + xz("two")).bytes, "one two");
    const std::string skippable(
        "\x50\x2A\x4D\x18\x03\x00\x00\x00"
        "abc",
        11);
    EXPECT_EQ(open_whole(skippable + zstd("one") + skippable + zstd("two")).bytes, "onetwo");
    EXPECT_EQ(open_in_pieces(gzip("a") + gzip("b") + std::string(3'000, '\0'), 1).bytes, "ab");
    EXPECT_TRUE(open_in_pieces(gzip("a") + std::string(3'000, '\0'), 7).result)
        << "padding is no damage";
}

TEST(Decompressor, gives_nothing_for_nothing) {
    EXPECT_TRUE(open_whole("").result);
    EXPECT_EQ(open_whole("").compression, Compression::none);
    for (const std::string& bytes : {gzip(""), zlib(""), zstd(""), bzip2(""), xz("")}) {
        const Opened opened = open_whole(bytes);
        EXPECT_TRUE(opened.result);
        EXPECT_EQ(opened.bytes, "");
    }
}

TEST(Decompressor, takes_text_that_begins_like_a_compressed_file_as_text) {
    for (const std::string text :
         {"x", "x^",
          "x^2 + y^2 = z^2 is not a compressed line and never was, whatever its first bytes",
          "\x1F", "\x1F\x8B", "\x28\xB5\x2F", "P*M is text", "BZ", "BZh9", "BZh, he said",
          "BZh91AY&SX", "\xFD\x37zXZ", "x\xDA\x80 short", "\xFF", "\xFE", "\xFFtext", "\x78\x9C"}) {
        for (const std::size_t piece : {1u, 100u}) {
            const Opened opened = open_in_pieces(text, piece);
            if (text == "\x78\x9C") {  // the two bytes of zlib and then nothing: a truncated file
                EXPECT_EQ(opened.compression, Compression::zlib);
                continue;
            }
            EXPECT_EQ(opened.compression, Compression::none) << text;
            EXPECT_EQ(opened.bytes, text);
            EXPECT_TRUE(opened.result);
        }
    }
}

TEST(Decompressor, gives_out_what_is_readable_of_a_truncated_file_and_then_says_so) {
    const std::string text = log_lines(5'000);
    for (const std::string& bytes : {gzip(text), zlib(text), zstd(text), bzip2(text), xz(text)}) {
        const std::size_t step = bytes.size() / 97 + 1;
        for (std::size_t size = 64; size < bytes.size(); size += step) {
            const Opened opened = open_whole(std::string_view(bytes).substr(0, size));
            ASSERT_FALSE(opened.result);
            EXPECT_EQ(opened.result.error().code, ErrorCode::corrupt);
            EXPECT_TRUE(opened.result.error().is_retryable);
            EXPECT_EQ(opened.bytes, text.substr(0, opened.bytes.size()));
        }
        const Opened opened = open_whole(std::string_view(bytes).substr(0, bytes.size() - 1));
        EXPECT_FALSE(opened.result);
        EXPECT_GT(opened.bytes.size(), text.size() / 3) << "most was readable";
    }
}

TEST(Decompressor, never_hides_damage_that_a_checksum_shows) {
    const std::string text = log_lines(3'000);
    for (const std::string& bytes :
         {gzip(text), zlib(text), zstd(text, 0, true), bzip2(text), xz(text)}) {
        // Damage in zlib's first bytes, its only mark, makes it plain bytes: so behind them.
        for (std::size_t at = kZlibProbeBytes; at < bytes.size(); at += bytes.size() / 61 + 1) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
            const Opened opened = open_whole(damaged);
            EXPECT_TRUE(!opened.result || opened.bytes == text)
                << at << ' ' << name(*opened.compression) << ' ' << opened.bytes.size();
        }
    }
}

TEST(Decompressor, says_what_stands_behind_the_end_and_keeps_saying_it) {
    for (const std::string& bytes :
         {gzip("one") + "rubbish", zlib("one") + "rubbish",
          gzip("one") + std::string(1, '\0') + gzip("two"), zstd("one") + "rubbish",
          bzip2("one") + "rubbish", xz("one") + "rubbish"}) {
        const Opened opened = open_in_pieces(bytes, 3);
        ASSERT_FALSE(opened.result);
        EXPECT_EQ(opened.result.error().code, ErrorCode::corrupt);
        EXPECT_FALSE(opened.result.error().is_retryable);
        EXPECT_EQ(opened.bytes, "one");
    }
    Decompressor opener;
    const auto sink = [](std::string_view) { return Result<void>{}; };
    EXPECT_FALSE(opener.feed(gzip("one") + "rubbish", sink));
    EXPECT_FALSE(opener.feed(gzip("two"), sink)) << "an error stays";
    EXPECT_FALSE(opener.finish(sink));
}

TEST(Decompressor, stops_a_bomb_at_its_limits) {
    const std::string bomb = gzip(std::string(64u << 20, '\0'));
    const Opened total = open_whole(bomb, {.total_bytes_max = 1'000'000});
    EXPECT_EQ(total.bytes.size(), 1'000'000u);
    ASSERT_FALSE(total.result);
    EXPECT_EQ(total.result.error().code, ErrorCode::limit);
    const Opened ratio = open_whole(bomb, {.ratio_max = 100});
    ASSERT_FALSE(ratio.result);
    EXPECT_EQ(ratio.result.error().code, ErrorCode::limit);
    EXPECT_LE(ratio.bytes.size(), kDecompressRatioFreeBytes + 2 * kDecompressBlockBytes);
    EXPECT_TRUE(open_whole(gzip("small"), {.total_bytes_max = 5}).result) << "exactly the bound";
}

TEST(Decompressor, takes_a_large_zstd_window_and_refuses_a_larger_one) {
    EXPECT_EQ(open_whole(zstd("long", 27)).bytes, "long");
    const Opened refused = open_whole(zstd("too long", 28));
    ASSERT_FALSE(refused.result);
    EXPECT_EQ(refused.result.error().code, ErrorCode::unsupported);
}

TEST(Decompressor, hands_back_the_error_of_its_sink) {
    Decompressor opener;
    const auto sink = [](std::string_view) -> Result<void> {
        return fail(ErrorCode::cancelled, "enough");
    };
    const auto result = opener.feed(gzip(log_lines(100)), sink);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::cancelled);
}

TEST(Decompressor, turns_pairs_and_half_pairs_of_utf16_wherever_they_are_cut) {
    using namespace std::string_view_literals;
    const auto bytes = "\xFF\xFE\xAC\x20\x3D\xD8\x00\xDE\x3D\xD8\x61\x00\x00\xDE\x0A\x00"sv;
    const std::string expected = "\u20AC\U0001F600\uFFFDa\uFFFD\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        EXPECT_EQ(open_in_pieces(bytes, piece).bytes, expected) << "in pieces of " << piece;
    }
    EXPECT_FALSE(open_whole(bytes.substr(0, 7)).result) << "half a character is the end of nothing";
    EXPECT_FALSE(open_whole(bytes.substr(0, 6)).result);
    EXPECT_EQ(open_whole("\xFF\xFE").bytes, "");
    const auto utf32 = "\xFF\xFE\0\0a\0\0\0"sv;
    EXPECT_EQ(open_in_pieces(utf32, 1).compression, Compression::none);
}

TEST(Decompressor, opens_the_same_however_the_bytes_are_cut) {
    EXPECT_TRUE(rc::check([] {
        const auto text = *rc::gen::arbitrary<std::string>();
        const auto kind = *rc::gen::inRange(0, 6);
        std::string bytes = kind == 0   ? text
                            : kind == 1 ? gzip(text) + gzip(text)
                            : kind == 2 ? zlib(text)
                            : kind == 3 ? bzip2(text) + bzip2(text)
                            : kind == 4 ? xz(text) + xz(text)
                                        : zstd(text) + zstd(text);
        bytes.resize(bytes.size() - *rc::gen::inRange<std::size_t>(0, bytes.size() / 4 + 1));
        const Opened expected = open_whole(bytes);
        const Opened cut = open_in_pieces(bytes, *rc::gen::inRange<std::size_t>(1, 50));
        RC_ASSERT(cut.bytes == expected.bytes);
        RC_ASSERT(cut.result.has_value() == expected.result.has_value());
    }));
}

}  // namespace
}  // namespace vedette::base
