// SPDX-License-Identifier: Apache-2.0
#include "engine/journal_sink.h"

#include <gtest/gtest.h>

namespace vedette::engine {
namespace {

using source::Acceptance;

/// A journal whose disk answers when the test says so.
class HeldJournal final : public journal::Journal {
  public:
    base::Result<void> append(journal::RecordKind, std::string, Done done) override {
        if (is_full) return base::fail(base::ErrorCode::limit, "full");
        waiting.push_back(std::move(done));
        return {};
    }
    void answer(bool is_durable) {
        Done done = std::move(waiting.front());
        waiting.erase(waiting.begin());
        done(is_durable, is_durable ? ++end : 0);
    }
    journal::Offset durable_end() const override { return end; }
    journal::Offset first() const override { return 1; }
    base::Result<std::vector<journal::Record>> read(journal::Offset, std::size_t, int) override {
        return std::vector<journal::Record>{};
    }
    void release(journal::Offset) override {}
    base::Result<std::vector<journal::Record>> control_log() const override {
        return std::vector<journal::Record>{};
    }
    std::uint64_t size_bytes() const override { return 0; }
    std::uint64_t quota_bytes() const override { return 0; }
    void close() override {}

    std::vector<Done> waiting;
    journal::Offset end = 0;
    bool is_full = false;
};

event::Chunk chunk_with(const std::vector<std::string>& keys) {
    event::Chunk chunk;
    for (std::size_t i = 0; i < keys.size(); ++i) chunk.add_record("{}");
    chunk.keys = keys;
    return chunk;
}

class JournalSinkTest : public ::testing::Test {
  protected:
    void offer(const std::vector<std::string>& keys) {
        ASSERT_TRUE(sink_.offer(chunk_with(keys), [&](Acceptance a) { answers_.push_back(a); }));
    }
    std::vector<bool> seen(const std::vector<std::string>& keys) { return sink_.seen(keys); }

    HeldJournal journal_;
    JournalSink sink_{journal_, 100};
    std::vector<Acceptance> answers_;
};

TEST_F(JournalSinkTest, tells_a_source_only_when_its_chunk_is_durable) {
    offer({});
    EXPECT_TRUE(answers_.empty());
    journal_.answer(true);
    EXPECT_EQ(answers_, std::vector{Acceptance::durable});
}

TEST_F(JournalSinkTest, knows_a_key_from_its_claim_on_and_forgets_refused_ones) {
    EXPECT_EQ(seen({"a", "b", ""}), (std::vector{false, false, false}));
    EXPECT_EQ(seen({"a", ""}), (std::vector{true, false}));
    offer({"a", "b"});
    journal_.answer(false);
    EXPECT_EQ(answers_, std::vector{Acceptance::refused});
    EXPECT_EQ(seen({"a"}), std::vector{false}) << "it may be sent again";
}

TEST_F(JournalSinkTest, forgets_keys_of_what_the_journal_does_not_take) {
    seen({"a"});
    journal_.is_full = true;
    EXPECT_FALSE(sink_.offer(chunk_with({"a"}), [](Acceptance) { FAIL(); }));
    EXPECT_EQ(seen({"a"}), std::vector{false});
}

TEST_F(JournalSinkTest, lets_the_sender_of_a_repeat_wait_for_the_first) {
    seen({"a"});
    offer({"a"});
    EXPECT_EQ(seen({"a"}), std::vector{true});
    std::vector<Acceptance> repeat;
    sink_.when_durable([&](Acceptance a) { repeat.push_back(a); });
    EXPECT_TRUE(repeat.empty());
    journal_.answer(true);
    EXPECT_EQ(repeat, std::vector{Acceptance::durable});
    sink_.when_durable([&](Acceptance a) { repeat.push_back(a); });
    EXPECT_EQ(repeat.size(), 2u) << "nothing is on its way any more";
}

TEST_F(JournalSinkTest, tells_a_waiter_of_a_refusal_among_what_it_waited_for) {
    offer({});
    offer({});
    std::vector<Acceptance> waited;
    sink_.when_durable([&](Acceptance a) { waited.push_back(a); });
    journal_.answer(false);
    EXPECT_TRUE(waited.empty());
    journal_.answer(true);
    EXPECT_EQ(waited, std::vector{Acceptance::refused});
}

TEST_F(JournalSinkTest, saves_only_keys_that_a_kill_could_not_take_back) {
    seen({"durable"});
    offer({"durable"});
    journal_.answer(true);
    seen({"on its way", "claimed only"});
    offer({"on its way"});
    const auto [offset, bytes] = sink_.save_keys();
    EXPECT_EQ(offset, 1u);
    JournalSink restored(journal_, 100);
    ASSERT_TRUE(restored.restore_keys(bytes));
    EXPECT_EQ(restored.seen({"durable", "on its way", "claimed only"}),
              (std::vector{true, false, false}));
}

TEST(KeyWindow, forgets_the_oldest_first_and_comes_back_from_its_bytes) {
    KeyWindow window(3);
    for (const char* key : {"1", "2", "3", "4"}) EXPECT_TRUE(window.claim(key));
    EXPECT_FALSE(window.contains("1"));
    KeyWindow restored(3);
    ASSERT_TRUE(restored.restore(window.save()));
    EXPECT_TRUE(restored.claim("5"));
    EXPECT_FALSE(restored.contains("2")) << "the order came back too";
    EXPECT_TRUE(restored.contains("3"));
    EXPECT_FALSE(restored.restore("15 bytes of it."));
}

TEST(KeyWindow, stays_bounded_when_keys_are_claimed_and_forgotten_for_ever) {
    KeyWindow window(10);
    for (int i = 0; i < 10'000; ++i) {
        window.claim(std::to_string(i));
        window.forget(std::to_string(i));
    }
    EXPECT_LE(window.save().size(), 160u);
    EXPECT_TRUE(window.claim("again"));
    window.forget("again");
    EXPECT_TRUE(window.claim("again"));
}

}  // namespace
}  // namespace vedette::engine
