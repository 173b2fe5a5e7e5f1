// SPDX-License-Identifier: Apache-2.0
#include "engine/files/safe_open.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/temporary_folder.h"

namespace vedette::engine::files {
namespace {

using base::ErrorCode;

class SafeOpen : public ::testing::Test {
  protected:
    std::string write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }
    static std::string content(const OpenedFile& opened) {
        std::string bytes(100, '\0');
        const auto got = ::pread(opened.file.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }
    tests::TemporaryFolder folder_;
};

TEST_F(SafeOpen, OpensARegularFile) {
    const auto opened = open_named_file(write("a", "abc"));
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    EXPECT_EQ(content(*opened), "abc");
    EXPECT_EQ(opened->info.st_size, 3);
}

TEST_F(SafeOpen, FollowsLinksOfFoldersAndNotOfTheFile) {
    write("a", "abc");
    std::filesystem::create_symlink(folder_ / "a", folder_ / "link");
    std::filesystem::create_directory_symlink(folder_.path(), folder_ / "folder");
    EXPECT_TRUE(open_named_file(folder_ / "folder/a").has_value());
    EXPECT_EQ(open_named_file(folder_ / "link").error().code, ErrorCode::unsupported);
}

TEST_F(SafeOpen, WaitsForNoPipeAndTouchesNoDevice) {
    ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    for (const std::string& path :
         {folder_ / "pipe", std::string("/dev/zero"), std::string("/dev/tty"), folder_.path()}) {
        EXPECT_EQ(open_named_file(path).error().code, ErrorCode::unsupported) << path;
    }
    EXPECT_FALSE(open_named_file("/proc/self/maps").has_value());
    EXPECT_FALSE(open_named_file("/proc/self/exe").has_value());
    EXPECT_FALSE(open_named_file("/proc/self/root/etc/passwd").has_value());
    EXPECT_EQ(open_named_file(folder_ / "none").error().code, ErrorCode::not_found);
}

/// A name that is a file, a link to another and a pipe in turn: what is opened is the file, or
/// nothing.
TEST_F(SafeOpen, ANameThatChangesLeadsNowhereElse) {
    const std::string secret = write("secret", "secret"), name = folder_ / "name";
    ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    std::atomic<bool> is_over{false};
    std::thread swapper([&] {
        const std::string next = folder_ / "next";
        for (int i = 0; !is_over; ++i) {
            std::filesystem::remove(next);
            if (i % 3 == 0) std::ofstream(next) << "open";
            if (i % 3 == 1) std::filesystem::create_symlink(secret, next);
            if (i % 3 == 2) ::mkfifo(next.c_str(), 0600);
            std::filesystem::rename(next, name);
        }
    });
    int opened_count = 0;
    for (int i = 0; i < 3'000 || (opened_count == 0 && i < 300'000); ++i) {
        const auto opened = open_named_file(name);
        if (!opened) continue;
        ++opened_count;
        ASSERT_NE(content(*opened), "secret");
    }
    is_over = true;
    swapper.join();
    EXPECT_GT(opened_count, 0);
}

}  // namespace
}  // namespace vedette::engine::files
