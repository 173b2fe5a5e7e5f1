// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/backup/capture.h"
#include "engine/backup/drill.h"
#include "engine/backup/restore.h"
#include "engine/backup/source.h"
#include "engine/backup/take.h"
#include "engine/backup/target.h"
#include "engine/engine.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine::backup {
namespace {

namespace fs = std::filesystem;

/// A data folder without a store, as a server left it; tests/system/backup_load_test.py has the
/// rest.
class BackupTest : public ::testing::Test {
  protected:
    void SetUp() override {
        fs::create_directories(folder_ / "logs");
        fs::create_directories(folder_ / "data/lists");
        std::ofstream(folder_ / "data/lists/note.txt") << "of the operator";
        run(200);
    }
    /// Lets a server read so many lines more.
    void run(int lines) {
        {
            std::ofstream log(folder_ / "logs/app.log", std::ios::app);
            for (int i = 0; i < lines; ++i) {
                log << "Nov 22 12:00:00 web-1 app[1]: line " << ++lines_ << "\n";
            }
        }
        auto engine = Engine::open(config(folder_ / "data"));
        ASSERT_TRUE(engine) << engine.error().message();
        const auto started = (*engine)->start();
        ASSERT_TRUE(started) << started.error().message();
        // A followed file never ends: what counts is that all of it was judged.
        const auto& judged = (*engine)->counters().stage("parse").sent;
        for (int i = 0; i < 2'000 && judged < static_cast<std::uint64_t>(lines); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        EXPECT_GE(judged, static_cast<std::uint64_t>(lines));
        (*engine)->stop();
    }
    Config config(const std::string& data) {
        Config config;
        config.data_folder = data;
        config.has_store = false;
        config.journal_segment_bytes = 16 << 10;  // several segments
        config.rule_paths = {};
        SourceConfig logs;
        logs.name = "logs";
        logs.settings.kind = "files";
        logs.settings.values = {{"paths", folder_ / "logs/*.log"}};
        config.sources = {logs};
        return config;
    }
    std::string export_of(const std::string& data) {
        Config views = config(data);
        views.sources.clear();
        auto engine = Engine::open(views);
        if (!engine) return engine.error().message();
        if (const auto started = (*engine)->start_views(); !started) {
            return started.error().message();
        }
        EXPECT_TRUE((*engine)->wait_until_idle(20'000));
        std::string lines;
        EXPECT_TRUE((*engine)->export_canonical(
            [&](std::string_view line) { lines += std::string(line) + "\n"; }));
        (*engine)->stop();
        return lines;
    }
    base::Result<TakeReport> take(const std::string& target, const std::string& earlier = {}) {
        TakeOptions options;
        options.data_folder = folder_ / "data";
        options.target = target;
        options.earlier = earlier;
        return take_backup(options);
    }
    std::string text_of(const std::string& path) {
        std::ifstream in(path);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    tests::TemporaryFolder folder_;
    int lines_ = 0;
};

TEST_F(BackupTest, to_a_folder_or_a_file_gives_the_same_data_again) {
    for (const char* name : {"backup", "backup.tar.zst"}) {
        const std::string target = folder_ / name;
        const auto taken = take(target);
        ASSERT_TRUE(taken) << taken.error().message();
        EXPECT_GT(taken->manifest.journal_end, 0u);
        const std::string restored = folder_ / (std::string(name) + ".restored");
        const auto done = restore_backup({target, restored, true});
        ASSERT_TRUE(done) << done.error().message();
        EXPECT_EQ(taken->manifest, *done);
        EXPECT_EQ(export_of(folder_ / "data"), export_of(restored));
        EXPECT_EQ("of the operator", text_of(restored + "/lists/note.txt"));
        EXPECT_FALSE(fs::exists(folder_ / "data/backing_up"));
    }
}

TEST_F(BackupTest, passes_its_drill_and_leaves_nothing_behind) {
    ASSERT_TRUE(take(folder_ / "backup"));
    fs::create_directories(folder_ / "scratch");
    const auto done = drill(folder_ / "backup", folder_ / "scratch", 60);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_TRUE(fs::is_empty(folder_ / "scratch"));
}

TEST_F(BackupTest, that_was_restored_goes_on_where_it_was) {
    ASSERT_TRUE(take(folder_ / "backup"));
    ASSERT_TRUE(restore_backup({folder_ / "backup", folder_ / "restored", true}));
    fs::remove_all(folder_ / "data");
    fs::rename(folder_ / "restored", folder_ / "data");
    run(50);
    // Each line once: those before from the journal, those behind from the file.
    std::uint64_t records = 0;
    base::SystemFiles files;
    base::CounterRegistry counters;
    journal::SegmentJournalOptions options;
    options.folder = folder_ / "data/journal";
    const auto journal = journal::SegmentJournal::open(files, options, counters).value();
    for (journal::Offset next = 1;;) {
        const auto read = journal->read(next, 1 << 20, 0).value();
        if (read.empty()) break;
        for (const auto& record : read) {
            if (record.kind != journal::RecordKind::chunk) continue;
            records += event::decode_chunk_head(record.payload).value().record_count;
        }
        next = read.back().offset + 1;
    }
    EXPECT_EQ(250u, records);
}

TEST_F(BackupTest, shares_what_an_earlier_one_has_already) {
    const auto first = take(folder_ / "first");
    ASSERT_TRUE(first);
    run(200);
    const auto second = take(folder_ / "second", folder_ / "first");
    ASSERT_TRUE(second) << second.error().message();
    EXPECT_GT(second->shared_bytes, 0u);
    EXPECT_GT(second->manifest.journal_end, first->manifest.journal_end);
    fs::remove_all(folder_ / "first");
    ASSERT_TRUE(check_backup(folder_ / "second"));
    const auto restored = restore_backup({folder_ / "second", folder_ / "restored", true});
    ASSERT_TRUE(restored) << restored.error().message();
    EXPECT_EQ(export_of(folder_ / "data"), export_of(folder_ / "restored"));
}

TEST_F(BackupTest, is_never_written_over_something_or_into_its_own_folder) {
    fs::create_directories(folder_ / "there");
    EXPECT_EQ(base::ErrorCode::bad_input, take(folder_ / "there").error().code);
    EXPECT_EQ(base::ErrorCode::bad_input, take(folder_ / "data/backup").error().code);
    EXPECT_FALSE(fs::exists(folder_ / "data/backup"));
}

TEST_F(BackupTest, that_is_given_up_has_no_name) {
    {
        auto target = Target::make(folder_ / "half");
        ASSERT_TRUE(target);
        ASSERT_TRUE((*target)->begin("state.sqlite", 5));
        ASSERT_TRUE((*target)->bytes("state"));
    }
    EXPECT_FALSE(fs::exists(folder_ / "half"));
    EXPECT_FALSE(fs::exists(unfinished_path(folder_ / "half")));
    // What a killed one leaves goes with the next.
    fs::create_directories(unfinished_path(folder_ / "half"));
    EXPECT_TRUE(take(folder_ / "half"));
    EXPECT_FALSE(fs::exists(unfinished_path(folder_ / "half")));
}

TEST_F(BackupTest, with_any_file_changed_missing_or_added_is_not_restored) {
    ASSERT_TRUE(take(folder_ / "backup"));
    const auto refused = [&](const std::string& why) {
        const auto done = restore_backup({folder_ / "backup", folder_ / "restored", true});
        EXPECT_FALSE(done) << why;
        EXPECT_FALSE(fs::exists(folder_ / "restored")) << why;
    };
    const Manifest manifest = check_backup(folder_ / "backup").value();
    for (const FileEntry& file : manifest.files) {
        const std::string path = folder_ / "backup" + "/" + file.name;
        const std::string whole = text_of(path);
        std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() / 2);
        refused("cut: " + file.name);
        std::string changed = whole;
        changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
        std::ofstream(path, std::ios::binary) << changed;
        refused("changed: " + file.name);
        fs::remove(path);
        refused("missing: " + file.name);
        fs::create_symlink("/etc/hostname", path);
        refused("a link: " + file.name);
        fs::remove(path);
        std::ofstream(path, std::ios::binary) << whole;
    }
    std::ofstream(folder_ / "backup/data/more") << "x";
    refused("one too many");
    fs::remove(folder_ / "backup/data/more");
    EXPECT_TRUE(restore_backup({folder_ / "backup", folder_ / "restored", true}));
}

TEST_F(BackupTest, is_not_restored_among_other_things) {
    ASSERT_TRUE(take(folder_ / "backup"));
    fs::create_directories(folder_ / "full");
    std::ofstream(folder_ / "full/mine") << "mine";
    const auto done = restore_backup({folder_ / "backup", folder_ / "full", true});
    ASSERT_FALSE(done);
    EXPECT_EQ(base::ErrorCode::bad_input, done.error().code);
    EXPECT_EQ("mine", text_of(folder_ / "full/mine"));
}

TEST_F(BackupTest, whose_restore_was_cut_off_lets_no_server_start_and_begins_anew) {
    ASSERT_TRUE(take(folder_ / "backup"));
    fs::create_directories(folder_ / "cut/journal");
    std::ofstream(folder_ / "cut/restore_unfinished") << "";
    std::ofstream(folder_ / "cut/journal/00000000000000000001.seg") << "half of it";
    EXPECT_EQ(base::ErrorCode::unavailable, Engine::open(config(folder_ / "cut")).error().code);
    ASSERT_TRUE(restore_backup({folder_ / "backup", folder_ / "cut", true}));
    EXPECT_EQ(export_of(folder_ / "data"), export_of(folder_ / "cut"));
}

TEST_F(BackupTest, names_that_belong_to_the_server_cannot_be_smuggled_in) {
    // A backup that is whole in itself, but would put a file of the operator over the journal.
    ASSERT_TRUE(take(folder_ / "backup"));
    Manifest manifest = check_backup(folder_ / "backup").value();
    for (FileEntry& file : manifest.files) {
        if (file.name == "data/lists/note.txt") file.name = "data/journal/note.txt";
    }
    std::sort(manifest.files.begin(), manifest.files.end(),
              [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
    fs::create_directories(folder_ / "backup/data/journal");
    fs::rename(folder_ / "backup/data/lists/note.txt", folder_ / "backup/data/journal/note.txt");
    std::ofstream(folder_ / "backup/manifest") << encode(manifest);
    const auto done = restore_backup({folder_ / "backup", folder_ / "restored", true});
    ASSERT_FALSE(done);
    EXPECT_EQ(base::ErrorCode::corrupt, done.error().code);
}

TEST_F(BackupTest, of_a_newer_schema_is_refused) {
    ASSERT_TRUE(take(folder_ / "backup"));
    Manifest manifest = check_backup(folder_ / "backup").value();
    manifest.state_schema += 1;
    std::ofstream(folder_ / "backup/manifest") << encode(manifest);
    const auto done = restore_backup({folder_ / "backup", folder_ / "restored", true});
    ASSERT_FALSE(done);
    EXPECT_EQ(base::ErrorCode::unsupported, done.error().code);
    EXPECT_FALSE(fs::exists(folder_ / "restored"));
}

}  // namespace
}  // namespace vedette::engine::backup
