// SPDX-License-Identifier: Apache-2.0
#include "source/format_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "source/framed_input.h"
#include "source/limits.h"

namespace vedette::source {
namespace {

/// A format of records that begin with a mark: it wants inputs where most do.
event::FormatDeclaration marked(const std::string& name, char mark) {
    return {name, 1, {}, [mark](const auto& records) {
                const auto count = std::count_if(
                    records.begin(), records.end(),
                    [mark](std::string_view record) { return record.starts_with(mark); });
                return 2 * count > std::ssize(records) ? 90 : 0;
            }};
}

event::FormatDeclarations watched_formats() {
    event::FormatDeclaration text{"text", 1, {}, [](const auto&) { return 1; }};
    event::FormatDeclaration joined = marked("joined", '#');
    joined.framing.continues = [](std::string_view, std::string_view line) {
        return line.starts_with(' ');
    };
    return {text, marked("braces", '{'), marked("angles", '<'), joined};
}

std::string lines(const std::string& begin, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += begin + " record " + std::to_string(i) + "\n";
    return out;
}

/// Formats and how many records came with each, in order.
std::vector<std::pair<std::string, std::size_t>> read(FramedInput& input, const std::string& bytes,
                                                      std::size_t piece_bytes) {
    std::vector<std::pair<std::string, std::size_t>> out;
    const auto take = [&] {
        while (auto ready = input.take(true)) {
            const std::string& format = ready->chunk.envelope.format;
            if (out.empty() || out.back().first != format) out.emplace_back(format, 0);
            out.back().second += ready->chunk.record_count();
        }
    };
    for (std::size_t at = 0; at < bytes.size();) {
        const auto taken = input.feed(std::string_view(bytes).substr(at, piece_bytes));
        EXPECT_TRUE(taken);
        at += *taken;
        EXPECT_TRUE(input.settle());
        take();
    }
    while (!*input.finish()) take();
    take();
    return out;
}

class FormatWatchTest : public ::testing::Test {
  protected:
    std::vector<std::pair<std::string, std::size_t>> formats_of(const std::string& bytes,
                                                                std::size_t piece_bytes = 100,
                                                                std::string forced = {}) {
        FramedInput input(formats_, {.format = std::move(forced)});
        return read(input, bytes, piece_bytes);
    }
    static std::size_t total(const std::vector<std::pair<std::string, std::size_t>>& seen) {
        std::size_t sum = 0;
        for (const auto& [format, count] : seen) sum += count;
        return sum;
    }
    event::FormatDeclarations formats_ = watched_formats();
};

TEST_F(FormatWatchTest, changes_the_format_when_records_stop_fitting) {
    for (const std::size_t piece : {7u, 100u, 5'000u}) {
        const auto seen = formats_of(lines("{", 300) + lines("<", 300), piece);
        ASSERT_EQ(seen.size(), 2u) << piece;
        EXPECT_EQ(seen[0].first, "braces");
        EXPECT_EQ(seen[1].first, "angles");
        EXPECT_EQ(total(seen), 600u);
        EXPECT_GE(seen[1].second, 80u) << "with pieces of " << piece;
    }
}

TEST_F(FormatWatchTest, finds_what_follows_a_banner) {
    const auto seen = formats_of(lines("Welcome", 5) + lines("{", 300));
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0].first, "text");
    EXPECT_EQ(seen[1].first, "braces");
}

TEST_F(FormatWatchTest, keeps_the_format_for_what_nobody_wants_and_where_it_was_told) {
    EXPECT_EQ(formats_of(lines("{", 100) + lines("?", 300)).size(), 1u);
    EXPECT_EQ(formats_of(lines("{", 100) + lines("<", 300), 100, "braces").size(), 1u);
    EXPECT_EQ(formats_of(lines("#", 100) + lines("<", 300)).size(), 1u) << "its lines are joined";
}

TEST_F(FormatWatchTest, does_not_change_for_a_few_odd_lines) {
    std::string bytes;
    for (int i = 0; i < 50; ++i) bytes += lines("{", 18) + lines("<", 2);
    EXPECT_EQ(formats_of(bytes, 64).size(), 1u);
}

}  // namespace
}  // namespace vedette::source
