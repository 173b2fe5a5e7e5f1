// SPDX-License-Identifier: Apache-2.0
#include "source/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <utility>

#include "base/files.h"
#include "tests/support/children.h"
#include "tests/support/temporary_folder.h"

namespace vedette::source {
namespace {

constexpr std::time_t kChanged = 1'700'000'000;

using Members = std::vector<std::pair<std::string, std::string>>;

class Gathered final : public ArchiveVisitor {
  public:
    base::Result<void> member(const ArchiveMember& member) override {
        members.emplace_back(member.name, "");
        times.push_back(member.changed.unix_ns / base::kNsPerSecond);
        return {};
    }
    base::Result<void> bytes(std::string_view piece) override {
        members.back().second += piece;
        return {};
    }
    base::Result<void> end(const std::string& why_broken) override {
        ends.push_back(why_broken);
        return {};
    }
    Members members;
    std::vector<std::string> ends;
    std::vector<std::int64_t> times;
};

class ArchiveTest : public ::testing::Test {
  protected:
    using Setter = int (*)(archive*);
    std::string write(const Members& members, Setter format, Setter filter) {
        const std::string path = folder_ / "archive";
        archive* out = ::archive_write_new();
        format(out);
        filter(out);
        EXPECT_EQ(::archive_write_open_filename(out, path.c_str()), ARCHIVE_OK);
        for (const auto& [name, bytes] : members) {
            archive_entry* entry = ::archive_entry_new();
            ::archive_entry_set_pathname(entry, name.c_str());
            ::archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
            ::archive_entry_set_filetype(entry, AE_IFREG);
            ::archive_entry_set_perm(entry, 0644);
            ::archive_entry_set_mtime(entry, kChanged, 0);
            EXPECT_EQ(::archive_write_header(out, entry), ARCHIVE_OK);
            ::archive_write_data(out, bytes.data(), bytes.size());
            ::archive_entry_free(entry);
        }
        ::archive_write_free(out);
        return path;
    }
    base::Result<void> read(const std::string& path, Gathered& gathered) {
        const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        return read_archive(pool_, file.get(), gathered);
    }
    bool is_archive(const std::string& path) {
        const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        return holds_archive(file.get());
    }

    tests::TemporaryFolder folder_;
    sandbox::Pool pool_;
};

std::string noise(std::size_t size) {
    std::mt19937_64 random(size);
    std::string out(size, '\0');
    for (char& c : out) c = static_cast<char>(random());
    return out;
}

TEST_F(ArchiveTest, gives_the_members_of_every_kind_of_archive_as_they_were) {
    const Members members = {{"big", noise(3'000'000)},
                             {"empty", ""},
                             {"var/log/auth.log", "Nov 22 12:00:00 web-1 sshd[1]: hello\n"}};
    const std::map<std::string, Setter> formats = {{"ustar", ::archive_write_set_format_ustar},
                                                   {"pax", ::archive_write_set_format_pax},
                                                   {"gnutar", ::archive_write_set_format_gnutar},
                                                   {"zip", ::archive_write_set_format_zip},
                                                   {"7z", ::archive_write_set_format_7zip},
                                                   {"cpio", ::archive_write_set_format_cpio_newc}};
    for (const auto& [name, format] : formats) {
        const std::string path = write(members, format, ::archive_write_add_filter_none);
        EXPECT_TRUE(is_archive(path)) << name;
        Gathered gathered;
        const auto done = read(path, gathered);
        ASSERT_TRUE(done) << name << ": " << done.error().message();
        // A 7z keeps its empty files at the end.
        std::sort(gathered.members.begin(), gathered.members.end());
        EXPECT_TRUE(gathered.members == members) << name;
        EXPECT_EQ(gathered.ends, std::vector<std::string>(3)) << name;
        EXPECT_EQ(gathered.times, std::vector<std::int64_t>(3, kChanged)) << name;
    }
}

TEST_F(ArchiveTest, opens_every_compression_around_a_tar_and_alone) {
    const std::map<std::string, Setter> filters = {{"gzip", ::archive_write_add_filter_gzip},
                                                   {"bzip2", ::archive_write_add_filter_bzip2},
                                                   {"xz", ::archive_write_add_filter_xz},
                                                   {"zstd", ::archive_write_add_filter_zstd},
                                                   {"lz4", ::archive_write_add_filter_lz4}};
    for (const auto& [name, filter] : filters) {
        const Members members = {{"a.log", "one\ntwo\n"}, {"b.log", noise(100'000)}};
        const std::string path = write(members, ::archive_write_set_format_ustar, filter);
        EXPECT_TRUE(is_archive(path)) << name;
        Gathered tar;
        ASSERT_TRUE(read(path, tar)) << name;
        EXPECT_TRUE(tar.members == members) << name;
        const Members alone = {{"", "one\ntwo\n"}};
        Gathered single;
        ASSERT_TRUE(
            read(write({{"x", "one\ntwo\n"}}, ::archive_write_set_format_raw, filter), single))
            << name;
        EXPECT_TRUE(single.members == alone) << name;
        EXPECT_EQ(is_archive(folder_ / "archive"), name == "lz4") << name << " alone is a log";
    }
}

TEST_F(ArchiveTest, says_when_a_file_is_no_archive) {
    const std::string path = folder_ / "plain";
    std::ofstream(path) << "Nov 22 12:00:00 web-1 sshd[1]: hello\n";
    EXPECT_FALSE(is_archive(path));
    Gathered gathered;
    const auto done = read(path, gathered);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, base::ErrorCode::unsupported);
    EXPECT_TRUE(gathered.members.empty());
}

TEST_F(ArchiveTest, takes_a_date_for_no_cpio) {
    const std::string path = folder_ / "plain";
    std::ofstream(path) << "070701 203615 148 INFO dfs.DataNode: served block 1 to 192.0.2.7, and "
                           "here the line goes on for a while\n";
    EXPECT_FALSE(is_archive(path));
}

TEST_F(ArchiveTest, loses_and_doubles_nothing_when_workers_are_killed) {
    Members members;
    for (int i = 0; i < 40; ++i) members.emplace_back("log." + std::to_string(i), noise(700'000));
    const std::string path =
        write(members, ::archive_write_set_format_ustar, ::archive_write_add_filter_none);
    // Killed with a member half handed over, where the worker is surely at work.
    class Killing final : public ArchiveVisitor {
      public:
        base::Result<void> member(const ArchiveMember& member) override {
            is_armed_ = gathered.members.size() % 8 == 3;
            return gathered.member(member);
        }
        base::Result<void> bytes(std::string_view piece) override {
            if (std::exchange(is_armed_, false)) {
                for (const pid_t child : tests::children_named("vedette-worker")) {
                    if (::kill(child, SIGKILL) == 0) ++kills;
                }
            }
            return gathered.bytes(piece);
        }
        base::Result<void> end(const std::string& why_broken) override {
            return gathered.end(why_broken);
        }
        Gathered gathered;
        int kills = 0;

      private:
        bool is_armed_ = false;
    } killing;
    const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto done = read_archive(pool_, file.get(), killing);
    EXPECT_TRUE(done) << done.error().message();
    EXPECT_GE(killing.kills, 5);
    EXPECT_TRUE(killing.gathered.members == members);
}

TEST_F(ArchiveTest, gives_what_can_be_read_of_one_that_was_cut_off) {
    const Members members = {{"a", "whole\n"}, {"b", noise(200'000)}};
    const std::string path =
        write(members, ::archive_write_set_format_ustar, ::archive_write_add_filter_none);
    std::filesystem::resize_file(path, 100'000);
    Gathered gathered;
    EXPECT_FALSE(read(path, gathered));
    ASSERT_EQ(gathered.members.size(), 2u);
    EXPECT_EQ(gathered.members[0].second, "whole\n");
    EXPECT_TRUE(members[1].second.starts_with(gathered.members[1].second));
    EXPECT_GT(gathered.members[1].second.size(), 50'000u);
    ASSERT_EQ(gathered.ends.size(), 2u);
    EXPECT_EQ(gathered.ends[0], "");
    EXPECT_NE(gathered.ends[1], "") << "the member is told as broken";
}

TEST_F(ArchiveTest, a_bomb_ends_at_the_bound_and_nothing_of_it_is_gathered_in_memory) {
    const Members members = {{"bomb", std::string(300'000'000, '\0')}};
    const std::string path =
        write(members, ::archive_write_set_format_ustar, ::archive_write_add_filter_bzip2);
    ASSERT_LT(std::filesystem::file_size(path), 20'000u);
    class Counting final : public ArchiveVisitor {
      public:
        base::Result<void> member(const ArchiveMember&) override { return {}; }
        base::Result<void> bytes(std::string_view piece) override {
            total += piece.size();
            return {};
        }
        base::Result<void> end(const std::string& why) override {
            why_broken = why;
            return {};
        }
        std::uint64_t total = 0;
        std::string why_broken;
    } counting;
    const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto done = read_archive(pool_, file.get(), counting);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, base::ErrorCode::limit);
    EXPECT_LT(counting.total, 150'000'000u);
    EXPECT_NE(counting.why_broken, "");
}

TEST_F(ArchiveTest, any_damage_ends_in_words) {
    const Members members = {{"a.log", noise(5'000)}, {"b.log", "two\n"}};
    for (const Setter format : {::archive_write_set_format_zip, ::archive_write_set_format_7zip,
                                ::archive_write_set_format_pax}) {
        const std::string path = write(members, format, ::archive_write_add_filter_none);
        const std::string whole =
            *base::SystemFiles().read(path, 0, std::filesystem::file_size(path));
        std::mt19937_64 random(7);
        for (int i = 0; i < 40; ++i) {
            std::string damaged = whole;
            for (int k = 0; k < 5; ++k) damaged[random() % damaged.size()] ^= 0x55;
            if (i % 3 == 0) damaged.resize(random() % damaged.size());
            std::ofstream(path, std::ios::binary | std::ios::trunc) << damaged;
            Gathered gathered;
            const auto done = read(path, gathered);
            EXPECT_EQ(gathered.members.size(), gathered.ends.size());
            EXPECT_TRUE(done || !done.error().text.empty());
        }
    }
}

}  // namespace
}  // namespace vedette::source
