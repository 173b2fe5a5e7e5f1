// SPDX-License-Identifier: Apache-2.0
// What is kept by content for replays goes when nothing names it any more, and not before.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>

#include "engine/backup/capture.h"
#include "engine/engine.h"
#include "engine/kept_use.h"
#include "engine/retention.h"
#include "engine/upgrade/snapshot.h"
#include "journal/segments/segment_journal.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine {
namespace {

namespace fs = std::filesystem;

std::size_t files_in(const std::string& folder) {
    std::size_t count = 0;
    if (!fs::exists(folder)) return 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        count += entry.path().filename() != "in_force" ? 1 : 0;
    }
    return count;
}

/// The system's files; the n-th removal is the last thing that the process does.
class DyingFiles final : public base::Files {
  public:
    explicit DyingFiles(int removals) : removals_(removals) {}
    base::Result<std::unique_ptr<base::AppendFile>> open_append(const std::string& path) override {
        return real_.open_append(path);
    }
    base::Result<void> read_more(const std::string& path, std::uint64_t offset, std::uint64_t bytes,
                                 std::string& buffer) override {
        return real_.read_more(path, offset, bytes, buffer);
    }
    base::Result<std::uint64_t> size_bytes(const std::string& path) override {
        return real_.size_bytes(path);
    }
    base::Result<std::vector<std::string>> list(const std::string& folder) override {
        return real_.list(folder);
    }
    base::Result<void> make_folders(const std::string& folder) override {
        return real_.make_folders(folder);
    }
    base::Result<void> remove(const std::string& path) override {
        auto done = real_.remove(path);
        if (--removals_ == 0) ::raise(SIGKILL);
        return done;
    }
    base::Result<void> rename(const std::string& from, const std::string& to) override {
        return real_.rename(from, to);
    }
    base::Result<void> sync_folder(const std::string& folder) override {
        return real_.sync_folder(folder);
    }

  private:
    base::SystemFiles real_;
    int removals_;
};

class KeptListFiles : public ::testing::Test {
  protected:
    void define(const std::string& list, const std::string& values) {
        fs::create_directories(folder_ / "lists");
        std::ofstream(folder_ / ("lists/" + list + ".yml"))
            << "list: " + list + "\nvalues: [" + values + "]\n";
    }
    /// Sets that follow each other; they share the list `same`.
    std::vector<std::string> keep_sets(int count) {
        KeptLists lists(files_, folder_ / "kept");
        std::vector<std::string> names;
        define("same", "x");
        for (int i = 0; i < count; ++i) {
            define("changing", "v" + std::to_string(i));
            names.push_back(lists.read(folder_ / "lists")->name);
            EXPECT_TRUE(lists.put_in_force());
        }
        return names;
    }
    bool can_be_found(const std::string& set) {
        KeptLists fresh(files_, folder_ / "kept");
        return fresh.find(set).has_value();
    }

    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
};

TEST_F(KeptListFiles, go_when_no_set_that_is_used_has_them) {
    const auto sets = keep_sets(4);
    EXPECT_EQ(files_in(folder_ / "kept"), 4u + 5u);
    KeptLists lists(files_, folder_ / "kept");
    EXPECT_EQ(*lists.remove_unused({sets[1], "not a set of ours"}), 4u);
    EXPECT_TRUE(can_be_found(sets[1]));
    EXPECT_TRUE(can_be_found(sets[3])) << "in force";
    EXPECT_FALSE(can_be_found(sets[0]));
    EXPECT_EQ(*lists.remove_unused({sets[1]}), 0u) << "once more there is nothing to do";
    EXPECT_EQ(*lists.remove_unused({}), 2u);
    EXPECT_EQ(files_in(folder_ / "kept"), 1u + 2u);
}

TEST_F(KeptListFiles, stay_while_it_is_not_known_whose_they_are) {
    const auto sets = keep_sets(3);
    std::ofstream(folder_ / ("kept/" + sets[2]), std::ios::app) << "damage";
    KeptLists lists(files_, folder_ / "kept");
    EXPECT_FALSE(lists.remove_unused({sets[0], sets[1], sets[2]}));
    EXPECT_TRUE(can_be_found(sets[0]));
    EXPECT_TRUE(can_be_found(sets[1]));
}

TEST_F(KeptListFiles, are_whole_after_a_kill_at_any_removal_and_go_with_the_next_pass) {
    for (int removal = 1; removal <= 4; ++removal) {
        fs::remove_all(folder_ / "kept");
        const auto sets = keep_sets(4);
        const pid_t child = ::fork();
        if (child == 0) {
            DyingFiles dying(removal);
            KeptLists lists(dying, folder_ / "kept");
            static_cast<void>(lists.remove_unused({sets[1]}));
            ::_exit(0);
        }
        int status = 0;
        ASSERT_EQ(child, ::waitpid(child, &status, 0));
        ASSERT_TRUE(WIFSIGNALED(status)) << removal;
        EXPECT_TRUE(can_be_found(sets[1])) << removal;
        EXPECT_TRUE(can_be_found(sets[3])) << removal;
        KeptLists lists(files_, folder_ / "kept");
        ASSERT_TRUE(lists.remove_unused({sets[1]}));
        EXPECT_EQ(files_in(folder_ / "kept"), 2u + 3u) << removal;
    }
}

/// A server whose journal holds little, with lists and a format that change.
class KeptFiles : public ::testing::Test {
  protected:
    void SetUp() override {
        fs::create_directories(folder_ / "rules");
        fs::create_directories(folder_ / "logs");
        std::ofstream(folder_ / "rules/marked.yml")
            << "title: Important host\nid: 5f0a2a3c-0000-4000-8000-0000000000b1\n"
               "logsource: {product: linux, service: syslog}\n"
               "detection:\n  selection: {host.lists: important}\n"
               "  condition: selection\nlevel: high\n";
    }
    void define_list(const std::string& hosts) {
        fs::create_directories(data() + "/lists");
        std::ofstream(data() + "/lists/important.yml")
            << "list: important\nfields: host.name\nvalues: [" + hosts + "]\n";
    }
    void define_format(const std::string& pattern) {
        fs::create_directories(data() + "/formats");
        std::ofstream(data() + "/formats/shop.yml")
            << "format: shop\ndataset: shop\nrecognise: {marks: [' shop ']}\ntake: {dissect: '" +
                   pattern + "'}\n";
    }
    std::string data() const { return folder_ / "data"; }
    std::string kept(const char* what) const { return data() + "/kept_" + what; }
    void start() {
        Config made = default_config(data());
        made.has_store = false;
        made.rule_paths = {folder_ / "rules"};
        made.logsource_paths = {std::string(VEDETTE_SOURCE_DIR) + "/content/logsources"};
        made.journal_segment_bytes = 64u << 10;
        made.journal_quota_bytes = 256u << 10;
        made.sources.clear();
        for (const char* name : {"app", "shop"}) {
            SourceConfig source;
            source.name = name;
            source.settings = {
                "files", "the test", {{"paths", folder_ / (std::string("logs/") + name + ".log")}}};
            made.sources.push_back(source);
        }
        engine_.reset();
        auto opened = Engine::open(std::move(made));
        ASSERT_TRUE(opened) << opened.error().message();
        engine_ = std::move(*opened);
        const auto done = engine_->start();
        ASSERT_TRUE(done) << done.error().message();
    }
    /// Appends to the logs and waits until all of it is judged.
    void log(int lines, std::size_t bytes) {
        for (int i = 0; i < lines; ++i) {
            std::ofstream(folder_ / "logs/app.log", std::ios::app)
                << "Nov 22 12:00:00 web-1 app[1]: " << std::string(bytes, 'x') << "\n";
        }
        std::ofstream(folder_ / "logs/shop.log", std::ios::app) << "cart shop pay\n";
        wanted_ += lines + 1;
        for (int i = 0; i < 1'000 && events() < wanted_; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ASSERT_EQ(events(), wanted_);
        wait();
    }
    std::uint64_t events() { return engine_->counters().stage("parse").sent; }
    void wait() {
        const journal::Offset end = engine_->status().journal_end;
        for (int i = 0; i < 1'000 && engine_->status().judged_to < end; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    void let_the_journal_go_on() {
        const journal::Offset before = engine_->status().journal_end;
        for (int i = 0; i < 40 && engine_->status().journal_first <= before; ++i) log(20, 1'000);
        ASSERT_GT(engine_->status().journal_first, before);
    }

    tests::TemporaryFolder folder_;
    std::uint64_t wanted_ = 0;
    std::unique_ptr<Engine> engine_;
};

TEST_F(KeptFiles, stay_as_long_as_the_journal_names_them_and_go_with_its_last_record) {
    define_list("web-1");
    define_format("%{shop.a} shop %{shop.b}");
    start();
    log(3, 10);
    for (const std::string change : {"2", "3"}) {
        define_list("web-1, web-" + change);
        define_format("%{shop.a} shop %{shop.b" + change + "}");
        ASSERT_TRUE(engine_->reload());
        log(3, 10);
    }
    EXPECT_EQ(files_in(kept("lists")), 6u);
    EXPECT_EQ(files_in(kept("formats")), 3u);
    ASSERT_TRUE(engine_->retention().run_now());
    EXPECT_EQ(files_in(kept("lists")), 6u) << "the journal names them";
    EXPECT_EQ(files_in(kept("formats")), 3u);
    let_the_journal_go_on();
    ASSERT_TRUE(engine_->retention().run_now());
    EXPECT_EQ(files_in(kept("lists")), 2u) << "what is in force";
    EXPECT_EQ(files_in(kept("formats")), 1u);
    // Whoever replays what the journal has finds all that it names.
    engine_->stop();
    engine_.reset();
    base::SystemFiles files;
    base::CounterRegistry counters;
    journal::SegmentJournalOptions options;
    options.folder = data() + "/journal";
    const auto journal = journal::SegmentJournal::open(files, options, counters);
    ASSERT_TRUE(journal) << journal.error().message();
    KeptUse use(**journal);
    ASSERT_TRUE(use.read_on([] { return false; }));
    KeptLists lists(files, kept("lists"));
    ASSERT_EQ(use.list_sets().size(), 1u);
    for (const std::string& name : use.list_sets()) EXPECT_TRUE(lists.find(name)) << name;
    MadeFormats formats(files, kept("formats"));
    ASSERT_TRUE(use.formats().contains("syslog"));
    for (const std::string& name : use.formats()) {
        if (name.find('@') == std::string::npos) continue;
        EXPECT_NE(formats.find(name), nullptr) << name;
    }
}

TEST_F(KeptFiles, stay_while_a_backup_is_taken_or_a_snapshot_can_bring_records_back) {
    define_list("web-1");
    start();
    log(3, 10);
    define_list("web-1, web-2");
    ASSERT_TRUE(engine_->reload());
    let_the_journal_go_on();
    base::SystemFiles files;
    {
        auto capture = backup::Capture::begin(files, data());
        ASSERT_TRUE(capture) << capture.error().message();
        ASSERT_TRUE(engine_->retention().run_now());
        EXPECT_EQ(files_in(kept("lists")), 4u) << "its journal may reach further back";
    }
    // A snapshot that holds the segment before the journal's first.
    const std::string held = data() + "/upgrades/1.1.1-2026-11-28T13-00-00.000000000Z";
    fs::create_directories(held + "/journal");
    upgrade::Snapshot snapshot;
    snapshot.name = fs::path(held).filename();
    std::ofstream(held + "/snapshot") << upgrade::encode(snapshot);
    std::ofstream(held + "/journal/00000000000000000001.seg") << "the first segment";
    for (const auto& entry : fs::directory_iterator(data() + "/journal")) {
        if (entry.path().extension() != ".seg") continue;
        fs::copy_file(entry.path(), held + "/journal/" + entry.path().filename().string());
    }
    ASSERT_TRUE(engine_->retention().run_now());
    EXPECT_EQ(files_in(kept("lists")), 4u);
    ASSERT_TRUE(upgrade::remove_snapshot(data(), snapshot.name));
    ASSERT_TRUE(engine_->retention().run_now());
    EXPECT_EQ(files_in(kept("lists")), 2u);
}

}  // namespace
}  // namespace vedette::engine
