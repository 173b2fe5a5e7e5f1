// SPDX-License-Identifier: Apache-2.0
#include "source/file_reader.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>

#include "event/limits.h"
#include "tests/support/tar.h"
#include "tests/support/temporary_folder.h"

namespace vedette::source {
namespace {

event::FormatDeclarations formats() {
    event::FormatDeclaration text{"text", 3, {}, [](const auto&) { return 1; }};
    event::FormatDeclaration braces{"braces", 1, {}, [](const auto& records) {
                                        return !records.empty() && records[0].starts_with("{") ? 90
                                                                                               : 0;
                                    }};
    return {text, braces};
}

class FileReaderTest : public ::testing::Test {
  protected:
    std::string write(const std::string& name, const std::string& bytes) {
        std::ofstream(folder_ / name, std::ios::binary) << bytes;
        return folder_ / name;
    }
    std::vector<std::string> records_of(const std::string& path) {
        std::vector<std::string> out;
        auto reader = FileReader::open(path, formats_, options_);
        EXPECT_TRUE(reader.has_value()) << (reader ? "" : reader.error().message());
        if (!reader) return out;
        for (;;) {
            auto chunk = reader->next();
            if (!chunk) error_ = chunk.error().message();
            if (!chunk || !chunk->has_value()) break;
            first_lines_.push_back((*chunk)->envelope.first_line);
            format_ = (*chunk)->envelope.format;
            arrivals_.push_back((*chunk)->envelope.arrival.unix_ns);
            for (std::size_t i = 0; i < (*chunk)->record_count(); ++i) {
                out.emplace_back((*chunk)->record(i));
            }
        }
        inputs_ = reader->inputs();
        return out;
    }

    tests::TemporaryFolder folder_;
    sandbox::Pool pool_;
    FileReaderOptions options_;
    std::vector<ReadInput> inputs_;
    std::vector<std::int64_t> arrivals_;
    event::FormatDeclarations formats_ = formats();
    std::vector<std::uint64_t> first_lines_;
    std::string format_, error_;
};

TEST_F(FileReaderTest, gives_all_lines_and_the_one_without_an_end) {
    EXPECT_EQ(records_of(write("a.log", "one\ntwo\r\nthree")),
              (std::vector<std::string>{"one", "two", "three"}));
    EXPECT_EQ(format_, "text");
    EXPECT_TRUE(records_of(write("empty", "")).empty());
}

TEST_F(FileReaderTest, reads_utf16_as_the_text_that_it_is) {
    using namespace std::string_view_literals;
    const auto bytes = "\xFF\xFE{\0\"\0\xAC\x20\"\0}\0\r\0\n\0{\0}\0"sv;
    EXPECT_EQ(records_of(write("powershell.json", std::string(bytes))),
              (std::vector<std::string>{"{\"\u20AC\"}", "{}"}));
    EXPECT_EQ(format_, "braces");
}

TEST_F(FileReaderTest, numbers_records_through_all_chunks) {
    std::string bytes;
    for (int i = 0; i < 10'000; ++i) bytes += std::to_string(i) + "\n";
    const auto records = records_of(write("many.log", bytes));
    ASSERT_EQ(records.size(), 10'000u);
    EXPECT_EQ(records[9'999], "9999");
    ASSERT_GE(first_lines_.size(), 3u);
    EXPECT_EQ(first_lines_[1], event::kChunkRecordsMax);
}

TEST_F(FileReaderTest, recognises_by_content_and_opens_gzip_on_the_way) {
    const std::string path = folder_ / "b.gz";
    gzFile file = gzopen(path.c_str(), "wb");
    gzputs(file, "{\"a\":1}\n{\"a\":2}\n");
    gzclose(file);
    EXPECT_EQ(records_of(path), (std::vector<std::string>{"{\"a\":1}", "{\"a\":2}"}));
    EXPECT_EQ(format_, "braces");
}

TEST_F(FileReaderTest, gives_what_is_readable_of_a_cut_gzip_and_then_says_so) {
    const std::string path = folder_ / "c.gz";
    gzFile file = gzopen(path.c_str(), "wb");
    for (int i = 0; i < 50'000; ++i) gzputs(file, (std::to_string(i * 7919) + " line\n").c_str());
    gzclose(file);
    const std::string whole = *base::read_file(path, 1 << 24);
    const auto records = records_of(write("cut.gz", whole.substr(0, whole.size() / 2)));
    EXPECT_GT(records.size(), 10'000u);
    EXPECT_EQ(records[1], "7919 line");
    EXPECT_NE(error_.find("cut.gz"), std::string::npos) << error_;
}

TEST_F(FileReaderTest, refuses_what_is_no_text_and_what_is_not_there) {
    const auto binary = FileReader::open(write("x.bin", std::string("ELF\0\1\2", 6)), formats_, {});
    ASSERT_FALSE(binary.has_value());
    EXPECT_EQ(binary.error().code, base::ErrorCode::unsupported);
    const auto absent = FileReader::open(folder_ / "absent", formats_, {});
    ASSERT_FALSE(absent.has_value());
    EXPECT_EQ(absent.error().code, base::ErrorCode::not_found);
    EXPECT_FALSE(FileReader::open(folder_.path(), formats_, {}));
}

TEST_F(FileReaderTest, reads_the_members_of_an_archive_as_inputs_of_their_own) {
    const std::string inner = folder_ / "inner.gz";
    gzFile file = gzopen(inner.c_str(), "wb");
    gzputs(file, "three\nfour\n");
    gzclose(file);
    const std::string gzipped = *base::read_file(inner, 1 << 20);
    const std::string path = write("logs.tar", tests::tar_of({{"a.log", "one\ntwo"},
                                                              {"b.json", "{1}\n{2}\n"},
                                                              {"empty", ""},
                                                              {"c.log.gz", gzipped},
                                                              {"picture", "\x89PNG\r\n\x1a\n"},
                                                              {"d.log", "five\n"}}));
    options_.workers = &pool_;
    EXPECT_EQ(records_of(path),
              (std::vector<std::string>{"one", "two", "{1}", "{2}", "three", "four", "five"}));
    EXPECT_EQ(error_, "");
    ASSERT_EQ(inputs_.size(), 6u);
    EXPECT_EQ(inputs_[0].origin, path + "!a.log");
    EXPECT_EQ(inputs_[0].format, "text");
    EXPECT_EQ(inputs_[1].format, "braces");
    EXPECT_EQ(inputs_[2].format, "");
    EXPECT_EQ(inputs_[2].why_unread, "");
    EXPECT_NE(inputs_[4].why_unread, "");
    EXPECT_EQ(inputs_[5].why_unread, "");
    EXPECT_EQ(arrivals_.front(), 1'700'000'000 * base::kNsPerSecond) << "when the member changed";
}

TEST_F(FileReaderTest, gives_what_is_readable_of_a_cut_archive_and_then_says_so) {
    std::string tar = tests::tar_of({{"a.log", "one\n"}, {"b.log", std::string(5'000, 'b')}});
    tar.resize(3'000);
    options_.workers = &pool_;
    const auto records = records_of(write("logs.tar", tar));
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0], "one");
    EXPECT_NE(error_, "");
    ASSERT_EQ(inputs_.size(), 2u);
    EXPECT_NE(inputs_[1].why_unread, "");
}

TEST_F(FileReaderTest, may_be_left_in_the_middle_of_an_archive) {
    options_.workers = &pool_;
    const std::string path =
        write("logs.tar", tests::tar_of({{"a.log", std::string(20'000'000, '\n')}}));
    auto reader = FileReader::open(path, formats_, options_);
    ASSERT_TRUE(reader);
    EXPECT_TRUE(reader->next());
}

TEST_F(FileReaderTest, lists_files_below_a_folder_in_order) {
    write("b", "");
    write("a", "");
    const auto found = files_below(folder_.path());
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, (std::vector<std::string>{folder_ / "a", folder_ / "b"}));
    EXPECT_FALSE(files_below(folder_ / "absent"));
}

}  // namespace
}  // namespace vedette::source
