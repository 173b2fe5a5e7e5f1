// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <random>
#include <thread>

#include "tests/sources_support/files_fixture.h"

namespace vedette::source::file {
namespace {

/// Writes numbered lines and rotates at random in every way there is.
class Rotator {
  public:
    Rotator(const tests::TemporaryFolder& folder, unsigned seed) : folder_(folder), random_(seed) {}

    void run(int steps, const std::function<void()>& between = {}) {
        for (int step = 0; step < steps; ++step) {
            const unsigned lines = random_() % 20;
            std::string text;
            for (unsigned i = 0; i < lines; ++i) {
                written.push_back("line " + std::to_string(written.size()) +
                                  std::string(random_() % 200, '.'));
                text += written.back() + "\n";
            }
            // In two pieces, so that a reader meets half lines.
            const std::size_t half = text.size() / 2;
            append(folder_ / "app.log", std::string_view(text).substr(0, half));
            if (random_() % 3 == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(random_() % 3'000));
            append(folder_ / "app.log", std::string_view(text).substr(half));
            if (random_() % 4 == 0) rotate();
            if (between) between();
        }
    }

    std::vector<std::string> written;

  private:
    void rotate() {
        for (int i = generations_; i > 0; --i) {
            for (const std::string& end : {std::string(), std::string(".gz")}) {
                const std::string from = folder_ / ("app.log." + std::to_string(i) + end);
                if (fs::exists(from)) {
                    fs::rename(from, folder_ / ("app.log." + std::to_string(i + 1) + end));
                }
            }
        }
        ++generations_;
        const std::string one = folder_ / "app.log.1";
        switch (random_() % 3) {
            case 0: fs::rename(folder_ / "app.log", one); break;
            case 1:
                fs::copy_file(folder_ / "app.log", one);
                fs::resize_file(folder_ / "app.log", 0);
                break;
            default:
                fs::rename(folder_ / "app.log", one);
                write_gzip(one + ".gz", read_all(one));
                fs::remove(one);
        }
        if (random_() % 2 == 0) append(folder_ / "app.log", "");
    }

    const tests::TemporaryFolder& folder_;
    std::mt19937 random_;
    int generations_ = 0;
};

class RotationStorm : public FilesTest, public ::testing::WithParamInterface<unsigned> {};

TEST_P(RotationStorm, loses_no_line_and_doubles_none) {
    const unsigned seed = GetParam();
    const std::string pattern = seed % 2 == 0 ? "app.log" : "app.log*";
    const bool has_restarts = seed % 4 == 0 || seed % 4 == 3;
    Rotator rotator(folder, seed);
    std::mt19937 pauses(seed + 1'000);
    append(folder / "app.log", "");
    start({pattern});
    // A restart before it was journalled that the log is followed is a first start.
    ASSERT_TRUE(wait_until([&] { return !house.sink.chunks().empty(); }));
    if (seed % 3 == 0) house.sink.fail(20, 20);
    std::atomic<bool> is_done{false};
    std::thread writer([&] {
        rotator.run(
            120, [&] { std::this_thread::sleep_for(std::chrono::milliseconds(1 + pauses() % 8)); });
        is_done = true;
    });
    std::mt19937 restarts(seed);
    while (!is_done) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50 + restarts() % 150));
        if (!has_restarts) continue;
        stop();
        start({pattern});
    }
    writer.join();
    EXPECT_TRUE(has_exactly(rotator.written)) << "seed " << seed;
    EXPECT_TRUE(stays(rotator.written.size()));
}

INSTANTIATE_TEST_SUITE_P(Seeds, RotationStorm, ::testing::Range(1u, 13u));

}  // namespace
}  // namespace vedette::source::file
