// SPDX-License-Identifier: Apache-2.0
// The workers here are this very program, started again: see kIsWorker.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "sandbox/frame.h"
#include "sandbox/jobs.h"
#include "sandbox/pool.h"

namespace vedette::sandbox {
namespace {

using base::ErrorCode;
using base::Result;

std::string text_of(const char* what, long result) {
    return std::string(what) + (result < 0 ? std::string(" ") + ::strerror(errno) : " done");
}

Result<void> try_forbidden(const Job& job, Output& output) {
    const std::string what(job.arguments);
    if (what == "open") return output.write(text_of("open", ::open("/etc/passwd", O_RDONLY)));
    if (what == "create") {
        return output.write(text_of("create", ::open("/tmp/x", O_CREAT | O_WRONLY, 0600)));
    }
    if (what == "socket") return output.write(text_of("socket", ::socket(AF_INET, SOCK_STREAM, 0)));
    if (what == "fork") return output.write(text_of("fork", ::fork()));
    if (what == "exec") return output.write(text_of("exec", ::execl("/bin/true", "true", nullptr)));
    if (what == "kill") return output.write(text_of("kill", ::kill(1, 0)));
    if (what == "code") {
        void* at = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return output.write(text_of("code", at == MAP_FAILED ? -1 : 0));
    }
    return {};
}

Jobs test_jobs() {
    Jobs jobs;
    jobs.add("echo", [](const Job& job, Output& output) { return output.write(job.input); });
    jobs.add("length of file", [](const Job& job, Output& output) -> Result<void> {
        char buffer[4096];
        std::size_t total = 0;
        for (ssize_t count = 0; (count = ::read(job.file, buffer, sizeof buffer)) > 0;) {
            total += static_cast<std::size_t>(count);
        }
        return output.write(std::to_string(total));
    });
    jobs.add("refuse", [](const Job&, Output&) -> Result<void> {
        return base::fail(ErrorCode::bad_input, "this is no\nlog", "line 7", "look");
    });
    jobs.add("throw", [](const Job&, Output&) -> Result<void> { throw std::runtime_error("oh"); });
    jobs.add("forbidden", try_forbidden);
    jobs.add("crash", [](const Job&, Output&) -> Result<void> { std::abort(); });
    jobs.add("crash late", [](const Job&, Output& output) -> Result<void> {
        VD_TRY_DO(output.write("half"));
        std::abort();
    });
    jobs.add("spin", [](const Job&, Output&) -> Result<void> {
        for (volatile bool goes_on = true; goes_on;) {
        }
        return {};
    });
    jobs.add("flood", [](const Job&, Output& output) -> Result<void> {
        const std::string piece(100'000, 'x');
        for (;;) VD_TRY_DO(output.write(piece));
    });
    jobs.add("eat", [](const Job&, Output& output) -> Result<void> {
        std::vector<std::string> eaten;
        for (int i = 0; i < 2'000; ++i) eaten.emplace_back(1u << 20, 'x');
        return output.write(std::to_string(eaten.size()));
    });
    jobs.add("pid",
             [](const Job&, Output& output) { return output.write(std::to_string(::getpid())); });
    jobs.add("slow pid", [](const Job&, Output& output) {
        ::poll(nullptr, 0, 500);
        return output.write(std::to_string(::getpid()));
    });
    return jobs;
}

/// A worker program gets its limit as the first argument and nothing of our environment; the tests'
/// own arguments all begin with a dash.
const int kIsWorker = [] {
    std::string line(64, '\0');
    const base::OwnedFd file(::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC));
    const ssize_t size = ::read(file.get(), line.data(), line.size());
    line.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    const std::size_t at = line.find('\0') + 1;
    if (line.substr(0, 14) != "/proc/self/exe" || at >= line.size()) return 0;
    const std::uint64_t memory = std::strtoull(line.c_str() + at, nullptr, 10);
    ::_exit(run_worker(test_jobs(), kWorkerSocket, memory) ? 0 : 1);
}();

PoolOptions options() {
    PoolOptions options;
    options.worker.program = "/proc/self/exe";
    options.workers_max = 2;
    return options;
}

std::string outcome(const Result<std::string>& result) {
    return result ? *result : std::string(name(result.error().code));
}

TEST(Sandbox, does_jobs_with_bytes_of_any_size) {
    Pool pool(options());
    for (const std::size_t size : {0u, 1u, 1'000'000u, 5'000'000u}) {
        const std::string bytes(size, 'a');
        const auto back = pool.gather("echo", {{}, bytes});
        ASSERT_TRUE(back) << back.error().message();
        EXPECT_TRUE(*back == bytes);
    }
    EXPECT_EQ(pool.status().started, 1u) << "one worker did them all";
}

TEST(Sandbox, hands_over_an_open_file) {
    Pool pool(options());
    const base::OwnedFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    const std::string expected = std::to_string(::lseek(file.get(), 0, SEEK_END));
    EXPECT_EQ(outcome(pool.gather("length of file", {{}, {}, file.get()})), expected);
    EXPECT_EQ(outcome(pool.gather("length of file", {{}, {}, file.get()})), expected)
        << "from its beginning each time";
}

TEST(Sandbox, tells_what_the_job_says_is_wrong_and_goes_on) {
    Pool pool(options());
    const auto refused = pool.gather("refuse", {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::bad_input);
    EXPECT_EQ(refused.error().text, "this is no log") << "no control bytes";
    EXPECT_EQ(refused.error().where, "line 7");
    EXPECT_EQ(outcome(pool.gather("throw", {})), "corrupt");
    EXPECT_EQ(outcome(pool.gather("no such job", {})), "unsupported");
    EXPECT_EQ(outcome(pool.gather("echo", {{}, "on"})), "on");
    EXPECT_EQ(pool.status().started, 1u);
    EXPECT_EQ(pool.status().refused, 3u);
}

TEST(Sandbox, cannot_open_a_path) {
    Pool pool(options());
    EXPECT_EQ(outcome(pool.gather("forbidden", {"open"})), "open Permission denied");
    EXPECT_EQ(outcome(pool.gather("forbidden", {"create"})), "create Permission denied");
}

TEST(Sandbox, dies_of_what_no_reader_of_logs_needs) {
    Pool pool(options());
    for (const char* what : {"socket", "fork", "exec", "kill", "code"}) {
        const auto done = pool.gather("forbidden", {what});
        ASSERT_FALSE(done) << what << ": " << *done;
        EXPECT_EQ(done.error().code, ErrorCode::unavailable) << what;
        EXPECT_NE(done.error().text.find("system call"), std::string::npos)
            << what << ": " << done.error().text;
    }
    EXPECT_EQ(outcome(pool.gather("echo", {{}, "on"})), "on");
}

TEST(Sandbox, replaces_a_worker_that_dies_and_tries_the_job_twice) {
    Pool pool(options());
    EXPECT_EQ(outcome(pool.gather("crash", {})), "unavailable");
    EXPECT_EQ(pool.status().died, 2u);
    EXPECT_EQ(outcome(pool.gather("echo", {{}, "on"})), "on");
    EXPECT_EQ(pool.status().started, 3u);
}

TEST(Sandbox, does_not_repeat_what_somebody_has_seen) {
    Pool pool(options());
    std::string seen;
    const auto done = pool.run("crash late", {}, [&](std::string_view piece) -> Result<void> {
        seen += piece;
        return {};
    });
    EXPECT_FALSE(done);
    EXPECT_EQ(seen, "half");
    EXPECT_EQ(pool.status().died, 1u);
}

TEST(Sandbox, loses_nothing_when_a_worker_is_killed_in_a_job) {
    Pool pool(options());
    const auto first = pool.gather("pid", {});
    ASSERT_TRUE(first);
    const auto victim = static_cast<pid_t>(std::stol(*first));
    std::thread killer([victim] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        ::kill(victim, SIGKILL);
    });
    const auto second = pool.gather("slow pid", {});
    killer.join();
    ASSERT_TRUE(second) << second.error().message();
    EXPECT_NE(*second, *first);
}

TEST(Sandbox, ends_what_takes_too_long_or_says_too_much) {
    PoolOptions tight = options();
    tight.worker.silence_ms_max = 300;
    tight.worker.output_bytes_max = 10'000'000;
    Pool pool(tight);
    EXPECT_EQ(outcome(pool.gather("spin", {})), "timeout");
    EXPECT_EQ(outcome(pool.gather("flood", {})), "limit");
    EXPECT_EQ(pool.status().silent, 1u);
    EXPECT_EQ(pool.status().bursts, 1u);
    EXPECT_EQ(outcome(pool.gather("echo", {{}, "on"})), "on");
}

TEST(Sandbox, gives_no_more_memory_than_allowed) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's own memory cannot be limited";
#endif
    Pool pool(options());
    EXPECT_EQ(outcome(pool.gather("eat", {})), "limit");
    EXPECT_EQ(outcome(pool.gather("echo", {{}, "on"})), "on");
}

TEST(Sandbox, says_when_there_is_no_worker_program) {
    PoolOptions none = options();
    none.worker.program = "/nonexistent/vedette-worker";
    Pool pool(none);
    const auto done = pool.gather("echo", {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::not_found);
    EXPECT_FALSE(done.error().hint.empty());
    none.worker.program = "/bin/true";
    Pool wrong(none);
    EXPECT_EQ(outcome(wrong.gather("echo", {})), "unavailable");
}

TEST(Sandbox, serves_many_threads) {
    Pool pool(options());
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&, i] {
            for (int k = 0; k < 20; ++k) {
                const std::string bytes(static_cast<std::size_t>(1 + 977 * i * k), 'b');
                const auto back = pool.gather("echo", {{}, bytes});
                if (back && *back == bytes) ++good;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 120);
    EXPECT_LE(pool.status().started, 2u);
}

TEST(Sandbox, a_hostile_worker_cannot_do_more_than_fail) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    const base::OwnedFd ours(pair[0]);
    base::OwnedFd theirs(pair[1]);
    for (const std::string& bytes :
         {std::string("\x04\0\0\0\xFF\xFF\xFF\xFF", 8), std::string("\x63\0\0\0\0\0\0\0", 8)}) {
        ASSERT_EQ(::write(theirs.get(), bytes.data(), bytes.size()), 8);
        const auto frame = receive_frame(ours.get(), 1'000);
        ASSERT_FALSE(frame);
        EXPECT_EQ(frame.error().code, ErrorCode::corrupt);
    }
    EXPECT_EQ(receive_frame(ours.get(), 10).error().code, ErrorCode::timeout);
    ASSERT_EQ(::write(theirs.get(), "\x04", 1), 1);
    theirs.reset();
    EXPECT_EQ(receive_frame(ours.get(), 1'000).error().code, ErrorCode::io);
    EXPECT_EQ(decode_error("\xFF").code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace vedette::sandbox
