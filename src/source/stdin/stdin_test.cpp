// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "source/registry.h"
#include "tests/sources_support/fake_sink.h"

namespace vedette::source {
namespace {

using tests::FakeHouse;
using tests::wait_until;

/// Standard input is a pipe that the test writes to.
class StdinTest : public ::testing::Test {
  protected:
    void SetUp() override {
        kept_ = ::dup(STDIN_FILENO);
        int ends[2] = {};
        ASSERT_EQ(::pipe(ends), 0);
        ::dup2(ends[0], STDIN_FILENO);
        ::close(ends[0]);
        writing_ = ends[1];
        Registry registry;
        register_all(registry);
        auto made =
            registry.find("stdin")->make({"stdin", "the test", {}}, house_.context("in", {}));
        ASSERT_TRUE(made) << made.error().message();
        source_ = std::move(*made);
        ASSERT_TRUE(source_->start());
    }
    void TearDown() override {
        end_input();
        source_->stop();
        ::dup2(kept_, STDIN_FILENO);
        ::close(kept_);
    }
    void write(std::string_view text) {
        ASSERT_EQ(::write(writing_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void end_input() {
        if (writing_ >= 0) ::close(writing_);
        writing_ = -1;
    }

    FakeHouse house_;
    std::unique_ptr<Source> source_;
    int kept_ = -1, writing_ = -1;
};

TEST_F(StdinTest, gives_every_line_and_the_one_without_an_end_and_is_then_finished) {
    write("one\ntwo\nthr");
    write("ee\nfour");
    EXPECT_FALSE(source_->is_finished());
    end_input();
    ASSERT_TRUE(wait_until([&] { return source_->is_finished(); }));
    EXPECT_EQ(house_.sink.records(), (std::vector<std::string>{"one", "two", "three", "four"}));
}

TEST_F(StdinTest, loses_nothing_when_there_is_no_room_and_the_journal_fails) {
    house_.sink.fail(30, 30);
    std::vector<std::string> lines;
    for (int i = 0; i < 500; ++i) lines.push_back("line " + std::to_string(i));
    for (const std::string& line : lines) write(line + "\n");
    end_input();
    ASSERT_TRUE(wait_until([&] { return source_->is_finished(); }));
    std::vector<std::string> got = house_.sink.records();
    std::sort(got.begin(), got.end());
    std::sort(lines.begin(), lines.end());
    EXPECT_EQ(got, lines);
}

}  // namespace
}  // namespace vedette::source
