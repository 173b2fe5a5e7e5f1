// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "event/batch.h"
#include "source/journald/entry_reader.h"
#include "source/journald/limits.h"
#include "source/registry.h"
#include "tests/sources_support/fake_sink.h"
#include "tests/support/temporary_folder.h"

namespace vedette::source {
namespace {

namespace fs = std::filesystem;
using tests::FakeHouse;
using tests::wait_until;
using Settings = std::multimap<std::string, std::string>;
using Texts = std::vector<std::string>;

constexpr const char* kRemote = "/lib/systemd/systemd-journal-remote";

/// An entry in the export form.
std::string entry(int number, const std::string& message, const std::string& more = {}) {
    const std::int64_t at_us = 1'767'323'045'000'000 + number * 1'000'000LL;
    return "__REALTIME_TIMESTAMP=" + std::to_string(at_us) +
           "\n__MONOTONIC_TIMESTAMP=" + std::to_string(number * 1'000'000LL) +
           "\n_BOOT_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=web-1\n" + more +
           "MESSAGE=" + message + "\n\n";
}

std::string entries(int from, int to) {
    std::string out;
    for (int i = from; i < to; ++i) out += entry(i, "m" + std::to_string(i));
    return out;
}

Texts numbered(int from, int to) {
    Texts out;
    for (int i = from; i < to; ++i) out.push_back("m" + std::to_string(i));
    return out;
}

/// A journal folder that systemd's own program writes, and a source that reads it.
class JournaldTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!fs::exists(kRemote)) GTEST_SKIP() << kRemote << " is not installed";
        fs::create_directories(journal());
    }

    fs::path journal() const { return folder_.path() + "/journal"; }

    void write(const std::string& file, const std::string& exported) {
        const std::string made = folder_.path() + "/made.export";
        std::ofstream(made, std::ios::binary) << exported;
        const std::string output = "--output=" + (journal() / file).string();
        const pid_t child = ::fork();
        if (child == 0) {
            ::execl(kRemote, kRemote, output.c_str(), made.c_str(), nullptr);
            ::_exit(127);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_EQ(status, 0) << "systemd-journal-remote failed";
    }

    /// One life of the source; `positions` as the last one journalled them.
    void start(Settings settings = {}) {
        house_ = std::make_unique<FakeHouse>();
        event::FormatDeclaration format;
        format.name = "journald_export";
        format.recognise = [](const std::vector<std::string_view>&) { return 0; };
        house_->formats.push_back(format);
        settings.emplace("directory", journal().string());
        Registry registry;
        register_all(registry);
        auto made =
            registry.find("journald")
                ->make({"journald", "the test", settings}, house_->context("j", positions_));
        ASSERT_TRUE(made) << made.error().message();
        source_ = std::move(*made);
        ASSERT_TRUE(source_->start());
    }

    void stop() {
        if (!source_) return;
        source_->stop();
        source_.reset();
        for (const event::Chunk& chunk : house_->sink.chunks()) {
            positions_[chunk.envelope.origin] = chunk.position;
        }
    }

    void TearDown() override { stop(); }

    static std::string field(std::string_view record, const std::string& name) {
        const std::string text = "\n" + std::string(record) + "\n";
        const std::size_t at = text.find("\n" + name + "=");
        if (at == std::string::npos) return "";
        const std::size_t begin = at + name.size() + 2;
        return text.substr(begin, text.find('\n', begin) - begin);
    }

    Texts messages() {
        Texts out;
        for (const std::string& record : house_->sink.records())
            out.push_back(field(record, "MESSAGE"));
        return out;
    }

    bool has(std::size_t count) {
        return wait_until([&] { return house_->sink.record_count() >= count; });
    }

    std::uint64_t number(const std::string& name) {
        return house_->counters.number(name, "source=\"j\"");
    }

    tests::TemporaryFolder folder_;
    std::map<std::string, std::string> positions_;
    std::unique_ptr<FakeHouse> house_;
    std::unique_ptr<Source> source_;
};

TEST_F(JournaldTest, takes_entries_in_the_export_form_and_follows_what_is_appended) {
    write("a.journal", entries(0, 5));
    start();
    ASSERT_TRUE(has(5));
    write("a.journal", entries(5, 8));
    ASSERT_TRUE(has(8));
    EXPECT_EQ(messages(), numbered(0, 8));
    const event::Chunk chunk = house_->sink.chunks().front();
    EXPECT_EQ(chunk.envelope.format, "journald_export");
    EXPECT_EQ(chunk.envelope.origin, journal().string());
    const std::string first(chunk.record(0));
    EXPECT_EQ(field(first, "__REALTIME_TIMESTAMP"), "1767323045000000");
    EXPECT_EQ(field(first, "_HOSTNAME"), "web-1");
    EXPECT_NE(field(first, "__CURSOR"), "");
    EXPECT_NE(first.back(), '\n');
}

TEST_F(JournaldTest, goes_on_behind_its_cursor_after_a_restart_and_a_rotation) {
    write("a.journal", entries(0, 5));
    start();
    ASSERT_TRUE(has(5));
    stop();
    write("a.journal", entries(5, 7));
    fs::rename(journal() / "a.journal", journal() / "a@1.journal");
    write("b.journal", entries(7, 9));
    start();
    ASSERT_TRUE(has(4));
    EXPECT_EQ(messages(), numbered(5, 9));
    EXPECT_EQ(number("vedette_journald_place_gone_total"), 0u);
    fs::rename(journal() / "b.journal", journal() / "b@1.journal");
    write("c.journal", entries(9, 12));
    ASSERT_TRUE(has(7)) << "a rotation while it runs";
    EXPECT_EQ(messages(), numbered(5, 12));
}

TEST_F(JournaldTest, tells_when_its_place_was_vacuumed_away_and_goes_on) {
    write("a.journal", entries(0, 5));
    start();
    ASSERT_TRUE(has(5));
    stop();
    fs::remove(journal() / "a.journal");
    write("b.journal", entries(20, 23));
    start();
    ASSERT_TRUE(has(3));
    EXPECT_EQ(messages(), numbered(20, 23));
    EXPECT_EQ(number("vedette_journald_place_gone_total"), 1u);
}

TEST_F(JournaldTest, knows_how_many_entries_lie_between_two_cursors) {
    using journald::entries_between;
    const std::string before = "s=aa;i=f;b=1;m=2;t=3;x=4";
    EXPECT_EQ(entries_between(before, "s=aa;i=10;b=1;m=2;t=3;x=4"), 0u);
    EXPECT_EQ(entries_between(before, "s=aa;i=1f;b=1;m=2;t=3;x=4"), 15u);
    EXPECT_EQ(entries_between(before, "s=ab;i=1f;b=1;m=2;t=3;x=4"), std::nullopt);
    EXPECT_EQ(entries_between(before, "s=aa;i=e"), std::nullopt);
    EXPECT_EQ(entries_between(before, "s=aa;i=xyz"), std::nullopt);
    EXPECT_EQ(entries_between("", ""), std::nullopt);
}

TEST_F(JournaldTest, loses_nothing_when_there_is_no_room_and_the_journal_fails) {
    start();
    house_->sink.fail(30, 30);
    for (int i = 0; i < 10; ++i) write("a.journal", entries(i * 500, i * 500 + 500));
    ASSERT_TRUE(has(5'000));
    EXPECT_EQ(messages(), numbered(0, 5'000));
}

TEST_F(JournaldTest, goes_on_exactly_after_a_life_that_ended_with_chunks_on_their_way) {
    write("a.journal", entries(0, 3'000));
    start();
    house_->sink.fail(0, 50);
    ASSERT_TRUE(has(1));
    stop();
    Texts got = messages();
    start();
    ASSERT_TRUE(has(3'000 - got.size()));
    for (const std::string& message : messages()) got.push_back(message);
    EXPECT_EQ(got, numbered(0, 3'000));
}

TEST_F(JournaldTest, takes_units_and_identifiers_that_are_asked_for) {
    write("a.journal", entry(0, "m0", "_SYSTEMD_UNIT=ssh.service\n") +
                           entry(1, "m1", "SYSLOG_IDENTIFIER=cron\n") +
                           entry(2, "m2", "_SYSTEMD_UNIT=nginx.service\n") +
                           entry(3, "m3", "_PID=1\nUNIT=ssh.service\n") +
                           entry(4, "m4", "_PID=1\nUNIT=x.service\n") +
                           entry(5, "m5", "_SYSTEMD_UNIT=dbus.service\nSYSLOG_IDENTIFIER=dbus\n"));
    start({{"units", "ssh"}, {"units", "nginx.service"}, {"identifiers", "cron"}});
    ASSERT_TRUE(has(4));
    EXPECT_EQ(messages(), numbered(0, 4));
}

TEST_F(JournaldTest, begins_at_the_end_if_told_and_knows_that_place_after_a_restart) {
    write("a.journal", entries(0, 5));
    start({{"start", "end"}});
    ASSERT_TRUE(wait_until([&] { return house_->sink.chunks().size() == 1; }));
    stop();
    write("a.journal", entries(5, 7));
    start({{"start", "end"}});
    ASSERT_TRUE(has(2));
    EXPECT_EQ(messages(), numbered(5, 7));
}

TEST_F(JournaldTest, waits_for_a_folder_that_is_not_there_yet) {
    fs::remove(journal());
    start();
    ASSERT_TRUE(wait_until([&] { return house_->counters.stage("source j").errors > 0; }));
    fs::create_directories(journal());
    write("a.journal", entries(0, 2));
    ASSERT_TRUE(has(2));
    EXPECT_EQ(messages(), numbered(0, 2));
}

TEST_F(JournaldTest, cuts_long_values_and_keeps_bytes_that_are_no_text) {
    const std::string binary("a\nb\0c\x01", 6);
    std::string sized = "DATA\n";
    const std::uint64_t size = binary.size();
    sized.append(reinterpret_cast<const char*>(&size), sizeof size).append(binary).append("\n");
    write("a.journal",
          entry(0, "m0", sized) + entry(1, "m1", "LONG=" + std::string(600'000, 'x') + "\n"));
    start();
    ASSERT_TRUE(has(2));
    const Texts records = house_->sink.records();
    EXPECT_NE(records[0].find(sized.substr(0, sized.size() - 1)), std::string::npos);
    EXPECT_EQ(field(records[1], "LONG").size(), journald::kValueBytesMax);
    std::vector<std::uint16_t> flags;
    for (const event::Chunk& chunk : house_->sink.chunks()) {
        flags.insert(flags.end(), chunk.flags.begin(), chunk.flags.end());
    }
    EXPECT_EQ(flags, (std::vector<std::uint16_t>{0, event::kRowTruncated}));
}

TEST_F(JournaldTest, lives_through_a_damaged_file_and_reads_the_others) {
    write("a.journal", entries(0, 200));
    write("b.journal", entries(200, 300));
    const fs::path damaged = journal() / "a.journal";
    const auto size = fs::file_size(damaged);
    {
        std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(size / 8));
        file << std::string(size / 16, '\xFF');
    }
    start();
    ASSERT_TRUE(wait_until([&] {
        const Texts got = messages();
        return !got.empty() && got.back() == "m299";
    }));
}

}  // namespace
}  // namespace vedette::source
