// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>

#include "event/batch.h"
#include "event/limits.h"
#include "source/file/path_patterns.h"
#include "source/file/position.h"
#include "tests/sources_support/files_fixture.h"

namespace vedette::source::file {
namespace {

TEST_F(FilesTest, reads_what_is_there_and_follows_what_comes) {
    append(folder / "a.log", "one\ntwo\n");
    start({"*.log"});
    EXPECT_TRUE(has_exactly({"one", "two"}));
    append(folder / "a.log", "three\nfo");
    EXPECT_TRUE(has_exactly({"one", "two", "three"}));
    append(folder / "a.log", "ur\r\n");
    append(folder / "b.log", "{\"x\":1}\n");
    EXPECT_TRUE(has_exactly({"one", "two", "three", "four", "{\"x\":1}"}));
    stop();
    std::uint64_t next_line = 0;
    for (const event::Chunk& chunk : house.sink.chunks()) {
        EXPECT_EQ(chunk.envelope.source, "files");
        const bool is_a = chunk.envelope.origin == folder / "a.log";
        EXPECT_EQ(chunk.envelope.format, is_a ? "text" : "json");
        if (!is_a) continue;
        EXPECT_EQ(chunk.envelope.first_line, next_line);
        next_line += chunk.record_count();
    }
}

TEST_F(FilesTest, goes_on_where_the_journal_ends_after_a_restart) {
    std::string text;
    std::vector<std::string> expected;
    for (int i = 0; i < 30'000; ++i) {
        expected.push_back("line " + std::to_string(i) +
                           " of a file that is read in several lives");
        text += expected.back() + "\n";
    }
    append(folder / "a.log", text.substr(0, text.size() / 2));
    for (int life = 0; life < 5; ++life) {
        start({"a.log"});
        if (life == 2) append(folder / "a.log", text.substr(text.size() / 2));
        std::this_thread::sleep_for(std::chrono::milliseconds(life * 3));
        stop();
    }
    start({"a.log"});
    EXPECT_TRUE(has_exactly(expected));
    EXPECT_TRUE(stays(expected.size(), 50));
}

TEST_F(FilesTest, reads_a_renamed_file_to_its_end_and_the_new_one_from_its_beginning) {
    append(folder / "app.log", "1\n2\n");
    start({"app.log"});
    ASSERT_TRUE(has_exactly({"1", "2"}));
    std::ofstream old(folder / "app.log", std::ios::app);
    fs::rename(folder / "app.log", folder / "app.log.1");
    append(folder / "app.log", "new 1\n");
    ASSERT_TRUE(has_exactly({"1", "2", "new 1"}));
    old << "3, written after the rename\n4, without an end" << std::flush;
    EXPECT_TRUE(
        has_exactly({"1", "2", "new 1", "3, written after the rename", "4, without an end"}));
    fs::rename(folder / "app.log.1", folder / "app.log.2");
    fs::rename(folder / "app.log", folder / "app.log.1");
    old << "5, into a file that was over\n" << std::flush;
    EXPECT_TRUE(has_exactly({"1", "2", "new 1", "3, written after the rename", "4, without an end",
                             "5, into a file that was over"}));
    stop();
    for (const event::Chunk& chunk : house.sink.chunks()) {
        EXPECT_EQ(chunk.envelope.origin, folder / "app.log") << "an origin is for life";
    }
}

TEST_F(FilesTest, copes_with_copytruncate_even_if_the_copy_holds_unread_lines) {
    append(folder / "app.log", "a first line that is long enough to be told apart 1\n2\n");
    start({"app.log"});
    ASSERT_TRUE(has_exactly({"a first line that is long enough to be told apart 1", "2"}));
    stop();
    append(folder / "app.log", "3, unread\n");
    fs::copy_file(folder / "app.log", folder / "app.log.1");
    fs::resize_file(folder / "app.log", 0);
    append(folder / "app.log",
           "another beginning, longer than everything that was there before: "
           "its place is past where we were\n");
    start({"app.log"});
    EXPECT_TRUE(
        has_exactly({"a first line that is long enough to be told apart 1", "2", "3, unread",
                     "another beginning, longer than everything that was there before: its "
                     "place is past where we were"}));
    EXPECT_TRUE(stays(4));
}

TEST_F(FilesTest, does_not_read_a_compressed_copy_again_but_its_unread_rest) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "line number " + std::to_string(i) + "\n";
    append(folder / "app.log", text);
    start({"app.log*"});
    ASSERT_TRUE(wait_until([&] { return house.sink.record_count() == 200; }));
    fs::rename(folder / "app.log", folder / "app.log.1");
    append(folder / "app.log", "new\n");
    ASSERT_TRUE(wait_until([&] { return house.sink.record_count() == 201; }));
    write_gzip(folder / "app.log.1.gz", text);
    fs::remove(folder / "app.log.1");
    EXPECT_TRUE(stays(201)) << "while we run";
    stop();
    start({"app.log*"});
    EXPECT_TRUE(stays(201)) << "after a restart";
    stop();
    append(folder / "app.log", "not read before it was compressed\n");
    write_gzip(folder / "app.log.2.gz", read_all(folder / "app.log"));
    fs::remove(folder / "app.log");
    start({"app.log*"});
    EXPECT_TRUE(wait_until([&] { return house.sink.record_count() == 202; }));
    EXPECT_EQ(house.sink.records().back(), "not read before it was compressed");
    EXPECT_TRUE(stays(202));
}

TEST_F(FilesTest, reads_compressed_files_found_at_the_start_once) {
    write_gzip(folder / "old.log.1.gz", "1\n2\nlast without end");
    start({"*.gz"});
    EXPECT_TRUE(has_exactly({"1", "2", "last without end"}));
    stop();
    start({"*.gz"});
    EXPECT_TRUE(stays(3));
}

TEST_F(FilesTest, starts_again_after_truncation_deletion_and_a_reused_inode) {
    append(folder / "a.log", "first life\n");
    start({"a.log"});
    ASSERT_TRUE(has_exactly({"first life"}));
    fs::resize_file(folder / "a.log", 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    append(folder / "a.log", "second life\n");
    ASSERT_TRUE(has_exactly({"first life", "second life"}));
    fs::remove(folder / "a.log");
    append(folder / "a.log", "third life, which may get the inode of the second\n");
    EXPECT_TRUE(has_exactly(
        {"first life", "second life", "third life, which may get the inode of the second"}));
}

TEST_F(FilesTest, follows_a_log_that_is_replaced_by_a_longer_copy_of_itself) {
    const std::string first(400, 'x');
    append(folder / "a.log", first + "\n1\n");
    start({"a.log"});
    ASSERT_TRUE(wait_until([&] { return house.sink.record_count() == 2; }));
    for (int i = 2; i < 6; ++i) {  // as rsync does
        fs::copy_file(folder / "a.log", folder / ".a.log.temporary");
        append(folder / ".a.log.temporary", std::to_string(i) + "\n");
        fs::rename(folder / ".a.log.temporary", folder / "a.log");
        ASSERT_TRUE(wait_until(
            [&] { return house.sink.record_count() >= static_cast<std::size_t>(i) + 1; }));
    }
    EXPECT_TRUE(has_exactly({first, "1", "2", "3", "4", "5"}));
}

TEST_F(FilesTest, tells_apart_new_files_that_begin_like_old_ones) {
    append(folder / "a.log", "started\n");
    start({"*.log", "*.log.*"});
    ASSERT_TRUE(wait_until([&] { return house.sink.record_count() == 1; }));
    for (int i = 0; i < 3; ++i) {
        fs::rename(folder / "a.log", folder / ("a.log." + std::to_string(i)));
        append(folder / "a.log", "started\n");
        ASSERT_TRUE(wait_until(
            [&] { return house.sink.record_count() == static_cast<std::size_t>(i) + 2; }));
    }
    append(folder / "b.log", "started\n");
    EXPECT_TRUE(has_exactly({"started", "started", "started", "started", "started"}));
    stop();
    start({"*.log", "*.log.*"});
    EXPECT_TRUE(stays(5));
}

TEST_F(FilesTest, reads_a_link_and_its_file_once) {
    append(folder / "real.log", "x\n");
    fs::create_symlink(folder / "real.log", folder / "soft.log");
    fs::create_hard_link(folder / "real.log", folder / "hard.log");
    start({"*.log"});
    EXPECT_TRUE(has_exactly({"x"}));
    EXPECT_TRUE(stays(1, 100));
}

TEST_F(FilesTest, passes_over_what_is_not_text) {
    std::string binary =
        "\x7f"
        "ELF";
    for (int i = 0; i < 5'000; ++i) binary.push_back(static_cast<char>(i * 7));
    append(folder / "program.log", binary);
    append(folder / "zeros.log", std::string(10'000, '\0') + "\n");
    append(folder / "damaged.log", "a line\n" + std::string(3, '\0') +
                                       "after a power cut, which is long "
                                       "enough that three zero bytes are few\n");
    start({"*.log"});
    EXPECT_TRUE(wait_until([&] { return house.sink.record_count() == 2; }));
    EXPECT_TRUE(stays(2, 100));
    EXPECT_EQ(house.counters.number("vedette_files_not_text_total", "source=\"files\""), 2u);
}

TEST_F(FilesTest, leaves_out_what_is_excluded_and_finds_what_is_deep) {
    fs::create_directories(folder / "a/b/c");
    append(folder / "a/b/c/deep.log", "deep\n");
    append(folder / "a/b/c/deep.txt", "other\n");
    append(folder / "a/flat.log", "flat\n");
    append(folder / "a/b/secret.log", "secret\n");
    start({"**/*.log"}, {{"exclude", folder / "**/secret*"}});
    EXPECT_TRUE(has_exactly({"deep", "flat"}));
    EXPECT_TRUE(stays(2, 50));
}

TEST_F(FilesTest, begins_at_the_end_only_for_what_is_there_at_first) {
    append(folder / "a.log", "old\n");
    start({"*.log"}, {{"start", "end"}});
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    append(folder / "a.log", "new\n");
    append(folder / "b.log", "whole\n");
    EXPECT_TRUE(has_exactly({"new", "whole"}));
}

TEST_F(FilesTest, waits_with_its_chunk_while_there_is_no_room_and_repeats_what_the_journal_failed) {
    std::vector<std::string> expected;
    house.sink.fail(40, 40);
    start({"*.log"});
    for (int i = 0; i < 300; ++i) {
        expected.push_back("line " + std::to_string(i));
        append(folder / ("file" + std::to_string(i % 3) + ".log"), expected.back() + "\n");
        if (i % 30 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_TRUE(has_exactly(expected));
}

TEST_F(FilesTest, keeps_a_record_that_is_longer_than_allowed_in_flagged_parts) {
    const std::string giant(event::kRecordBytesMax * 5 + 17, 'g');
    append(folder / "a.log", giant + "\nnormal\n");
    start({"a.log"});
    ASSERT_TRUE(wait_until([&] { return house.sink.record_count() == 7; }));
    std::string joined;
    for (const event::Chunk& chunk : house.sink.chunks()) {
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            if (!chunk.flags.empty() && chunk.flags[i] == event::kRowPartOfLonger) {
                joined += chunk.record(i);
            }
        }
    }
    EXPECT_EQ(joined, giant);
    EXPECT_EQ(house.sink.records().back(), "normal");
}

TEST_F(FilesTest, says_once_which_folders_it_may_not_read) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
    fs::create_directories(folder / "closed");
    ::chmod((folder / "closed").c_str(), 0);
    start({"**/*.log"});
    EXPECT_TRUE(wait_until(
        [&] { return house.counters.number("vedette_files_denied", "source=\"files\"") == 1; }));
    ::chmod((folder / "closed").c_str(), 0700);
}

TEST_F(FilesTest, follows_thousands_of_files_with_few_descriptors) {
    constexpr int kFiles = 2'000;
    for (int i = 0; i < kFiles; ++i) append(folder / ("f" + std::to_string(i) + ".log"), "first\n");
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit low = before;
    low.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &low);
    start({"*.log"});
    EXPECT_TRUE(wait_until([&] { return house.sink.record_count() == kFiles; }, 120'000));
    for (int i = 0; i < kFiles; ++i)
        append(folder / ("f" + std::to_string(i) + ".log"), "second\n");
    EXPECT_TRUE(wait_until([&] { return house.sink.record_count() == 2 * kFiles; }, 120'000));
    stop();
    ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(FilesTest, takes_dozens_of_unread_generations_in_one_look) {
    append(folder / "app.log", "the first line\n");
    start({"app.log*"}, {{"poll_ms", "600000"}});  // there is no second look
    ASSERT_TRUE(has_exactly({"the first line"}));
    stop();
    std::vector<std::string> expected{"the first line"};
    for (int i = 1; i <= 40; ++i) {
        expected.push_back("line of generation " + std::to_string(i));
        const std::string path = folder / ("app.log." + std::to_string(i));
        if (i % 3 == 0) {
            write_gzip(path + ".gz", expected.back() + "\n");
        } else {
            append(path, expected.back() + "\n");
        }
    }
    start({"app.log*"}, {{"poll_ms", "600000"}});
    EXPECT_TRUE(has_exactly(expected));
}

TEST_F(FilesTest, waits_for_a_copy_that_takes_longer_to_write_than_files_stay_quiet) {
    std::string text;
    std::vector<std::string> expected;
    std::mt19937 random(1);
    for (int i = 0; i < 2'000; ++i) {
        expected.push_back(std::to_string(random()) + " of line " + std::to_string(i));
        text += expected.back() + "\n";
    }
    append(folder / "app.log", text);
    start({"app.log*"}, {{"quiet_ms", "200"}});
    ASSERT_TRUE(has_exactly(expected));
    write_gzip(folder / "whole", text);
    const std::string compressed = read_all(folder / "whole");
    for (std::size_t at = 0; at < compressed.size(); at += compressed.size() / 8) {
        append(folder / "app.log.1.gz",
               std::string_view(compressed).substr(at, compressed.size() / 8));
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_TRUE(stays(expected.size()));
}

TEST_F(FilesTest, notices_a_file_that_has_grown_again_to_lines_that_end_alike) {
    const std::string dots(300, '.');
    append(folder / "app.log", "old 1 " + dots + "\n");
    start({"app.log"}, {{"poll_ms", "300"}});
    ASSERT_TRUE(has_exactly({"old 1 " + dots}));
    {
        // Truncated and written again in one go, so that no look sees it short.
        std::ofstream out(folder / "app.log", std::ios::binary | std::ios::trunc);
        out << "new 1 " << dots << "\nnew 2 " << dots << "\n";
    }
    EXPECT_TRUE(has_exactly({"old 1 " + dots, "new 1 " + dots, "new 2 " + dots}));
}

TEST_F(FilesTest, reads_a_rotated_file_again_whose_last_chunk_is_refused_after_it_was_deleted) {
    append(folder / "app.log", "1\n2\n");
    start({"app.log*"});
    ASSERT_TRUE(has_exactly({"1", "2"}));
    const std::size_t offers = house.sink.offers();
    house.sink.hold(true);
    append(folder / "app.log", "3\n");
    ASSERT_TRUE(wait_until([&] { return house.sink.offers() > offers; }));
    fs::rename(folder / "app.log", folder / "app.log.1");
    std::this_thread::sleep_for(std::chrono::milliseconds(600));  // it seems to be over
    write_gzip(folder / "app.log.1.gz", "1\n2\n3\n");
    fs::remove(folder / "app.log.1");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    house.sink.fail(0, 100);
    house.sink.hold(false);
    EXPECT_TRUE(wait_until([&] { return house.sink.offers() > offers + 1; }));
    house.sink.fail(0, 0);
    EXPECT_TRUE(has_exactly({"1", "2", "3"}));
    EXPECT_TRUE(stays(3));
}

TEST_F(FilesTest, goes_on_after_a_restart_in_an_inode_that_held_other_lines_before) {
    append(folder / "app.log", "first life\n");
    start({"app.log"});
    ASSERT_TRUE(has_exactly({"first life"}));
    fs::resize_file(folder / "app.log", 0);  // what was there may be in a copy, and is looked for
    ASSERT_TRUE(wait_until([&] {
        return house.counters.number("vedette_files_content_moved_total", "source=\"files\"") == 1;
    }));
    append(folder / "app.log", "second life\n");
    ASSERT_TRUE(has_exactly({"first life", "second life"}));
    stop();
    append(folder / "app.log", "second life, after the restart\n");
    start({"app.log"});
    EXPECT_TRUE(has_exactly({"first life", "second life", "second life, after the restart"}));
    EXPECT_TRUE(stays(3));
}

TEST_F(FilesTest, knows_after_a_restart_that_it_followed_a_log_before_its_first_line) {
    append(folder / "app.log", "");
    start({"app.log"});
    ASSERT_TRUE(wait_until([&] { return !house.sink.chunks().empty(); }));
    EXPECT_EQ(house.sink.record_count(), 0u);
    stop();
    append(folder / "app.log", "written and rotated while nobody looked\n");
    write_gzip(folder / "app.log.1.gz", read_all(folder / "app.log"));
    fs::remove(folder / "app.log");
    append(folder / "app.log", "new\n");
    start({"app.log"});
    EXPECT_TRUE(has_exactly({"written and rotated while nobody looked", "new"}));
    EXPECT_TRUE(stays(2));
}

TEST_F(FilesTest, begins_at_the_end_of_the_very_first_start_even_if_restarted_before_a_line_came) {
    append(folder / "a.log", "old\n");
    start({"*.log"}, {{"start", "end"}});
    ASSERT_TRUE(wait_until([&] { return !house.sink.chunks().empty(); }));
    stop();
    append(folder / "a.log", "new\n");
    start({"*.log"}, {{"start", "end"}});
    EXPECT_TRUE(has_exactly({"new"}));
}

TEST_F(FilesTest, does_not_decide_what_an_empty_rotated_file_is) {
    append(folder / "app.log", "1\n2\n");
    start({"app.log*"}, {{"quiet_ms", "50"}});
    ASSERT_TRUE(has_exactly({"1", "2"}));
    append(folder / "app.log.1.gz", "");  // who compresses it was stopped before its first byte
    EXPECT_TRUE(stays(2, 300));
    write_gzip(folder / "app.log.1.gz", "1\n2\n");
    EXPECT_TRUE(stays(2));
    append(folder / "app.log.2", "");
    EXPECT_TRUE(stays(2, 300));
    append(folder / "app.log.2", "what was never seen\n");
    EXPECT_TRUE(has_exactly({"1", "2", "what was never seen"}));
}

TEST_F(FilesTest, gives_out_a_record_that_may_go_on_when_its_file_is_as_quiet_as_was_asked) {
    event::FormatDeclaration joined{"joined", 1, {}, [](const auto&) { return 90; }};
    joined.framing.continues = [](std::string_view, std::string_view line) {
        return line.starts_with(' ');
    };
    house.formats.push_back(joined);
    append(folder / "app.log", "1\n2\n and more\n");
    start({"app.log"}, {{"quiet_ms", "60000"}});
    ASSERT_TRUE(has_exactly({"1"}));
    EXPECT_TRUE(stays(1, 300));
    stop();
    start({"app.log"}, {{"quiet_ms", "50"}});
    EXPECT_TRUE(has_exactly({"1", "2\n and more"}));
    append(folder / "app.log", "3\n");
    EXPECT_TRUE(has_exactly({"1", "2\n and more", "3"}));
}

TEST(PathPatterns, fit_as_people_expect) {
    EXPECT_TRUE(path_fits("/var/log/*.log", "/var/log/a.log"));
    EXPECT_FALSE(path_fits("/var/log/*.log", "/var/log/sub/a.log"));
    EXPECT_TRUE(path_fits("/var/**/*.log", "/var/a.log"));
    EXPECT_TRUE(path_fits("/var/**/*.log", "/var/x/y/a.log"));
    EXPECT_TRUE(path_fits("/var/**/x/*.log", "/var/a/x/x/b.log"));
    EXPECT_FALSE(path_fits("/var/*.log", "/var/.hidden.log"));
    EXPECT_TRUE(path_fits("/var/log/[ab]?.log", "/var/log/b1.log"));
    EXPECT_EQ(family_of("/a.b/app.log"), "/a.b/app.log");
    EXPECT_EQ(family_of("/a.b/app.log.12"), "/a.b/app.log");
    EXPECT_EQ(family_of("/app.log-20261122.gz"), "/app.log");
    EXPECT_EQ(family_of("/app.log.2026-11-22T10:00:00Z.zst"), "/app.log");
    EXPECT_EQ(family_of("/app.log.old"), "/app.log");
    EXPECT_EQ(family_of("/app.log.err"), "/app.log.err");
    EXPECT_EQ(family_of("/.1"), "/.1");
}

TEST(Position, survives_its_own_encoding_and_refuses_damage) {
    FileState state;
    state.identity = {5, 6, 7};
    state.fingerprint = {1'024, base::hash128("head"), 64, 99};
    state.format = "syslog";
    state.framer = {123'456, 789, true, {"#fields\tts\n#types\ttime", true}};
    state.is_compressed = state.is_finished = true;
    state.since_ns = 42;
    const std::vector<FileState> states{state, FileState{}};
    const std::string bytes = encode_position(states);
    const auto decoded = decode_position(bytes);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, states);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_FALSE(decode_position(bytes.substr(0, cut)));
    }
    EXPECT_FALSE(decode_position(bytes + "x"));
    EXPECT_FALSE(decode_position(""));
}

}  // namespace
}  // namespace vedette::source::file
