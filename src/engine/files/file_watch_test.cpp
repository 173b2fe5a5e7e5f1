// SPDX-License-Identifier: Apache-2.0
#include "engine/files/file_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "engine/files/file_findings.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine::files {
namespace {

class FixedClock final : public base::Clock {
  public:
    base::Timestamp now() const override { return {1'800'000'000'000'000'000}; }
};

/// Finds every file bad, and counts.
class CountingJudge final : public detect::FileJudge {
  public:
    base::Result<detect::FileJudgement> judge(const detect::FileToJudge& file) const override {
        ++count;
        cases::Finding finding;
        finding.id = "00000000000000000000000000000001";
        finding.detector = "yara";
        finding.rule_id = "r.yar:bad";
        finding.events = file.events;
        finding.reasons = {{"string $a", "x", "", 1, "rule"}};
        return detect::FileJudgement{{finding}, std::string(64, 'a'), 1, {}};
    }
    const std::string& rules_name() const override { return name; }
    mutable std::atomic<int> count{0};
    std::string name = "rules-1";
};

class FileWatchTest : public ::testing::Test {
  protected:
    FileWatchTest() {
        config_.files_per_s = 1'000;
        make();
    }
    void make() {
        ThisMachine machine;
        machine.local_sources = {"logs"};
        watch_ = std::make_unique<FileWatch>(
            FileWatchParts{clock_, counters_, fields_, config_, machine,
                           [this](std::string payload) -> base::Result<void> {
                               if (is_journal_full_.exchange(false)) {
                                   return base::fail(base::ErrorCode::io, "full");
                               }
                               const std::lock_guard lock(mutex_);
                               journalled_.push_back(std::move(payload));
                               return {};
                           }});
    }
    std::string write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }
    void offer(const std::string& path, std::int64_t age_s = 0) {
        event::Batch batch(fields_);
        const std::uint16_t origin = batch.origin_index({"logs", "/var/log/a"});
        event::Row& row = batch.add_row();
        row.origin = origin;
        row.id = {5, 2};
        row.time = {clock_.now().unix_ns - age_s * base::kNsPerSecond};
        batch.add(*fields_.intern("file.path"), path);
        watch_->offer(batch, judge_);
    }
    std::uint64_t counted(const char* result) {
        return counters_.number("vedette_files_total", std::string("result=\"") + result + "\"");
    }
    bool wait() {
        for (int i = 0; i < 1'000 && !watch_->is_idle(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return watch_->is_idle();
    }

    tests::TemporaryFolder folder_;
    FixedClock clock_;
    base::CounterRegistry counters_;
    event::FieldDictionary fields_;
    FileWatchConfig config_;
    std::shared_ptr<CountingJudge> judge_ = std::make_shared<CountingJudge>();
    std::atomic<bool> is_journal_full_{false};
    std::mutex mutex_;
    std::vector<std::string> journalled_;
    std::unique_ptr<FileWatch> watch_;
};

TEST_F(FileWatchTest, JournalsWhatWasFound) {
    const std::string path = write("a", "abc");
    watch_->start();
    offer(path);
    ASSERT_TRUE(wait());
    ASSERT_EQ(journalled_.size(), 1u);
    const auto found = file_findings_of_control(journalled_[0]);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->path, path);
    EXPECT_EQ(found->rules, "rules-1");
    ASSERT_EQ(found->findings.size(), 1u);
    EXPECT_EQ(found->findings[0].events, (std::vector<event::EventId>{{5, 2}}));
    EXPECT_FALSE(file_findings_of_control(journalled_[0].substr(0, 60)).has_value());
    EXPECT_FALSE(file_findings_of_control("{\"type\":\"ruleset\"}").has_value());
}

TEST_F(FileWatchTest, LooksAgainOnlyWhenFileOrRulesChanged) {
    const std::string path = write("a", "abc");
    watch_->start();
    offer(path);
    ASSERT_TRUE(wait());
    offer(path);
    ASSERT_TRUE(wait());
    EXPECT_EQ(judge_->count, 1);
    EXPECT_EQ(counted("known"), 1u);
    write("a", "abcd");
    offer(path);
    ASSERT_TRUE(wait());
    EXPECT_EQ(judge_->count, 2);
    judge_->name = "rules-2";
    offer(path);
    ASSERT_TRUE(wait());
    EXPECT_EQ(judge_->count, 3);
}

TEST_F(FileWatchTest, CountsWhatItHasNoRoomForAndWhatIsTooOld) {
    config_.waiting_max = 2;
    make();
    for (const char* const path : {"/a", "/b", "/c", "/d", "/a"}) offer(path);
    EXPECT_EQ(counted("dropped"), 2u) << "the second /a waits already";
    offer("/e", 4'000);
    EXPECT_EQ(counted("too_old"), 1u);
    watch_->start();
    ASSERT_TRUE(wait());
    EXPECT_EQ(counted("unreachable"), 2u);
    offer("/dev/shm");
    ASSERT_TRUE(wait());
}

TEST_F(FileWatchTest, WhatWaitsGoesOnAfterARestart) {
    const std::string path = write("a", "abc");
    offer(path);
    const std::string saved = watch_->save();
    EXPECT_FALSE(saved.empty());
    make();
    ASSERT_TRUE(watch_->restore(saved).has_value());
    EXPECT_EQ(watch_->save(), saved);
    watch_->start();
    watch_->use(judge_);
    ASSERT_TRUE(wait());
    EXPECT_EQ(judge_->count, 1);
    EXPECT_EQ(journalled_.size(), 1u);
    EXPECT_FALSE(watch_->restore("damaged").has_value());
}

TEST_F(FileWatchTest, TriesAgainWhenTheJournalTakesNothing) {
    is_journal_full_ = true;
    watch_->start();
    offer(write("a", "abc"));
    ASSERT_TRUE(wait());
    EXPECT_EQ(journalled_.size(), 1u);
    EXPECT_EQ(judge_->count, 2);
}

}  // namespace
}  // namespace vedette::engine::files
