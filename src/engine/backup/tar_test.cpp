// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/tar.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "engine/backup/manifest.h"

namespace vedette::engine::backup {
namespace {

class Keeping final : public FileSink {
  public:
    base::Result<void> begin(std::string_view name, std::uint64_t) override {
        name_ = name;
        files[name_];
        return {};
    }
    base::Result<void> bytes(std::string_view piece) override {
        files[name_].append(piece);
        return {};
    }
    base::Result<void> end() override {
        ++ends;
        return {};
    }
    std::map<std::string, std::string> files;
    std::size_t ends = 0;

  private:
    std::string name_;
};

std::string tar_of(const std::map<std::string, std::string>& files) {
    std::string out;
    for (const auto& [name, content] : files) {
        out += tar_head(name, content.size()).value() + content + tar_padding(content.size());
    }
    return out + tar_end();
}

/// How reading ends: nothing, or what was wrong.
std::string read(std::string_view bytes, Keeping& sink, std::size_t piece_bytes = 1 << 20) {
    TarReader reader(sink);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), piece_bytes))) {
        if (const auto fed = reader.feed(bytes.substr(0, piece_bytes)); !fed) {
            return fed.error().text;
        }
    }
    const auto finished = reader.finish();
    return finished ? "" : finished.error().text;
}

/// A head with one field changed and its checksum made right again.
std::string forged(std::string head, std::size_t at, std::string_view bytes) {
    head.replace(at, bytes.size(), bytes);
    head.replace(148, 8, "        ");
    unsigned sum = 0;
    for (const char c : head) sum += static_cast<unsigned char>(c);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    head.replace(148, 7, std::string(digits, 7));
    return head;
}

TEST(TarTest, gives_back_the_files_in_whatever_pieces_it_comes) {
    rc::check([](const std::map<std::string, std::string>& contents) {
        std::map<std::string, std::string> files;
        for (const auto& [key, content] : contents) {
            files["data/" + std::to_string(files.size()) + "/x"] = content;
        }
        const std::string tar = tar_of(files);
        Keeping sink;
        RC_ASSERT(read(tar, sink, *rc::gen::inRange<std::size_t>(1, 700)).empty());
        RC_ASSERT(sink.files == files);
        RC_ASSERT(sink.ends == files.size());
    });
}

TEST(TarTest, has_room_for_long_names_and_large_sizes) {
    const std::string name = std::string(120, 'a') + "/" + std::string(99, 'b');
    Keeping sink;
    EXPECT_EQ("", read(tar_of({{name, "x"}}), sink));
    EXPECT_EQ("x", sink.files[name]);
    EXPECT_FALSE(tar_head(std::string(101, 'a'), 1));
    Keeping large;
    TarReader reader(large);
    ASSERT_TRUE(reader.feed(tar_head("large", 1ull << 40).value()));
    EXPECT_FALSE(reader.finish());
}

TEST(TarTest, refuses_everything_but_plain_files_with_names_that_stay_inside) {
    const std::string head = tar_head("data/x", 0).value();
    Keeping sink;
    EXPECT_EQ("", read(forged(head, 0, "data/y") + tar_end(), sink));
    for (const char type : {'1', '2', '3', '5', 'x', 'g', 'L', '\0'}) {
        EXPECT_NE("", read(forged(head, 156, std::string(1, type)) + tar_end(), sink)) << type;
    }
    EXPECT_NE("", read(forged(head, 157, "/etc/passwd") + tar_end(), sink));
    for (const char* name : {"/tc/xx", "../xyz", "a/../b", "a//bcd", "./data"}) {
        EXPECT_NE("", read(forged(head, 0, name) + tar_end(), sink)) << name;
    }
    EXPECT_EQ(1u, sink.files.size());
}

TEST(TarTest, that_was_cut_or_changed_is_refused) {
    const std::string tar = tar_of({{"a", std::string(700, 'a')}, {"b", "b"}});
    for (std::size_t size = 0; size < tar.size(); ++size) {
        Keeping sink;
        EXPECT_NE("", read(tar.substr(0, size), sink)) << size;
    }
    for (std::size_t at = 0; at < kTarBlockBytes; ++at) {
        std::string changed = tar;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        Keeping sink;
        EXPECT_NE("", read(changed, sink)) << at;
    }
    Keeping sink;
    EXPECT_NE("", read(tar + tar, sink));
}

}  // namespace
}  // namespace vedette::engine::backup
