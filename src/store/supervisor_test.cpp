// SPDX-License-Identifier: Apache-2.0
#include "store/supervisor.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "store/test_store.h"

namespace vedette::store {
namespace {

using base::ErrorCode;

bool comes_true(const std::function<bool()>& condition, int seconds = 60) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (std::chrono::steady_clock::now() < end) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

/// Whether nothing of it runs any more; a zombie that nobody reaps is dead as well.
bool is_dead(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string stat;
    if (!std::getline(in, stat)) return true;
    return stat.substr(stat.rfind(')') + 2, 1) == "Z";
}

/// A supervisor whose child is a shell script in place of the real program.
class SupervisorOfAScript : public testing::Test {
  protected:
    SupervisorOptions script(const std::string& text) {
        const std::string path = folder_ / "program";
        std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
        ::chmod(path.c_str(), 0700);
        SupervisorOptions options;
        options.data_folder = folder_ / "store";
        options.program = path;
        return options;
    }
    base::Error start_error(const SupervisorOptions& options) {
        Supervisor supervisor(options);
        const auto started = supervisor.start();
        EXPECT_FALSE(started);
        EXPECT_EQ(supervisor.state(), StoreState::stopped);
        EXPECT_EQ(supervisor.child_pid(), 0);
        return started ? base::Error{} : started.error();
    }
    tests::TemporaryFolder folder_;
};

TEST_F(SupervisorOfAScript, passes_on_what_the_child_reported_and_the_lines_of_this_start_alone) {
    const auto options =
        script("echo 'the engine says so'; printf 'Bwhat\\0where\\0hint\\0' >&3; exit 1");
    ::mkdir(options.data_folder.c_str(), 0700);
    std::ofstream(options.data_folder + "/store-host.log") << "a line of an earlier start\n";
    const base::Error error = start_error(options);
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_EQ(error.message(), "where: what: the engine says so (hint)");
    EXPECT_EQ(start_error(options).message(), error.message()) << "the second try says it once";
}

TEST_F(SupervisorOfAScript, says_how_a_child_without_a_report_ended) {
    const base::Error failed = start_error(script("echo noise; exit 3"));
    EXPECT_EQ(failed.text, "the store's program ended at once, exit status 3: noise");
    EXPECT_FALSE(failed.is_retryable);
    const base::Error killed = start_error(script("kill -9 $$"));
    EXPECT_EQ(killed.text, "the store's program ended at once, killed by signal 9 (Killed)");
    EXPECT_TRUE(killed.is_retryable);
}

TEST_F(SupervisorOfAScript, takes_half_a_report_for_none) {
    const base::Error error = start_error(script("printf 'Bwhat\\0where' >&3; exit 1"));
    EXPECT_EQ(error.text, "the store's program ended at once, exit status 1");
}

TEST_F(SupervisorOfAScript, does_not_wait_for_a_program_that_is_not_there) {
    auto options = script("");
    options.program = folder_ / "nothing";
    const base::Error error = start_error(options);
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_FALSE(error.hint.empty());
}

TEST_F(SupervisorOfAScript, can_be_stopped_while_the_child_is_still_starting) {
    Supervisor supervisor(script("exec sleep 600"));
    base::Result<void> started;
    std::thread starter([&] { started = supervisor.start(); });
    ASSERT_TRUE(comes_true([&] { return supervisor.child_pid() != 0; }));
    const pid_t child = supervisor.child_pid();
    supervisor.stop();
    starter.join();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::cancelled);
    EXPECT_EQ(supervisor.state(), StoreState::stopped);
    EXPECT_TRUE(is_dead(child));
}

class SupervisorOfTheEngine : public StoreTest {};

TEST_F(SupervisorOfTheEngine, starts_the_child_again_when_it_was_killed) {
    Supervisor& supervisor = store_.supervisor();
    const std::string tables = ask("SELECT count() FROM system.tables WHERE database != 'system'");
    for (std::uint64_t deaths = 1; deaths <= 3; ++deaths) {
        const pid_t child = supervisor.child_pid();
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        ASSERT_TRUE(comes_true([&] {
            return supervisor.restart_count() == deaths && supervisor.state() == StoreState::ready;
        }));
        EXPECT_NE(supervisor.child_pid(), child);
        EXPECT_EQ(ask("SELECT count() FROM system.tables WHERE database != 'system'"), tables);
    }
}

TEST_F(SupervisorOfTheEngine, says_at_once_who_holds_the_folder) {
    SupervisorOptions options;
    options.data_folder = store_.folder() + "/store";
    Supervisor second(options);
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::unavailable);
    EXPECT_EQ(started.error().text, "the store's folder is held by process " +
                                        std::to_string(store_.supervisor().child_pid()));
    EXPECT_EQ(ask("SELECT 1"), "1\n") << "the holder is not disturbed";
    store_.supervisor().stop();
    const auto again = second.start();
    EXPECT_TRUE(again) << again.error().message();
}

TEST_F(SupervisorOfTheEngine, fails_at_once_and_once_without_the_engines_library) {
    const char* before = std::getenv("VEDETTE_LIBCHDB");
    const std::string kept = before == nullptr ? "" : before;
    ::setenv("VEDETTE_LIBCHDB", "/nonexistent", 1);
    tests::TemporaryFolder folder;
    SupervisorOptions options;
    options.data_folder = folder / "store";
    Supervisor supervisor(options);
    const auto started = supervisor.start();
    before == nullptr ? ::unsetenv("VEDETTE_LIBCHDB")
                      : ::setenv("VEDETTE_LIBCHDB", kept.c_str(), 1);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::not_found);
    EXPECT_EQ(
        started.error().message(),
        "/nonexistent: the store's engine libchdb.so is not there (run ./run once: it fetches "
        "the engine; or set VEDETTE_LIBCHDB to its path)");
}

TEST_F(SupervisorOfTheEngine, the_child_ends_when_its_parent_is_killed) {
    // A process of its own that makes a supervisor and is then killed; this one has no threads now.
    store_.supervisor().stop();
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t parent = ::fork();
    ASSERT_GE(parent, 0);
    if (parent == 0) {
        SupervisorOptions options;
        options.data_folder = store_.folder() + "/store";
        Supervisor supervisor(options);
        const pid_t child = supervisor.start() ? supervisor.child_pid() : 0;
        static_cast<void>(::write(ends[1], &child, sizeof child) > 0);
        for (;;) ::pause();
    }
    pid_t child = 0;
    const ssize_t size = ::read(ends[0], &child, sizeof child);
    const bool was_alive = size == static_cast<ssize_t>(sizeof child) && !is_dead(child);
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    ASSERT_NE(child, 0) << "the store did not start";
    EXPECT_TRUE(was_alive);
    EXPECT_TRUE(comes_true([&] { return is_dead(child); }));
    const auto again = store_.supervisor().start();
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(ask("SELECT 1"), "1\n") << "the folder is free and whole";
}

}  // namespace
}  // namespace vedette::store
