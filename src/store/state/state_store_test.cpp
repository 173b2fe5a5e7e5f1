// SPDX-License-Identifier: Apache-2.0
#include "store/state/state_store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "cases/record.h"
#include "store/state/limits.h"
#include "store/state/schema.h"
#include "tests/support/temporary_folder.h"

namespace vedette::store {
namespace {

/// Opens, or stops the test with the reason.
template <typename T>
T must_do(base::Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message();
        std::abort();
    }
    return std::move(*result);
}
void must_do(const base::Result<void>& result) {
    if (!result) {
        ADD_FAILURE() << result.error().message();
        std::abort();
    }
}

class State : public testing::Test {
  protected:
    std::string path(const std::string& name = "state.db") const { return folder_ / name; }

    tests::TemporaryFolder folder_;
};

cases::Finding finding(int number, cases::Severity severity = cases::Severity::medium) {
    cases::Finding out;
    out.id = "f" + std::to_string(number);
    out.detector = "sigma";
    out.rule_id = "rule-" + std::to_string(number % 3);
    out.title = "title";
    out.severity = severity;
    out.first_seen = out.last_seen = {number * base::kNsPerSecond};
    out.reasons = {{"user.name", std::string("\xFF\0", 2), "root", 0.1 * number, "rule"}};
    return out;
}

cases::Incident incident(const std::string& id, int first_s, int last_s) {
    cases::Incident out;
    out.id = id;
    out.title = "t " + id;
    out.first_seen = {first_s * base::kNsPerSecond};
    out.last_seen = {last_s * base::kNsPerSecond};
    out.bits = 1.0 / 3;
    return out;
}

std::string exported(StateReader& reader) {
    std::string out;
    must_do(reader.export_canonical([&](std::string_view line) { out.append(line).append("\n"); }));
    return out;
}

std::vector<std::string> ids(const std::vector<cases::Finding>& findings) {
    std::vector<std::string> out;
    for (const auto& one : findings) out.push_back(one.id);
    return out;
}

std::vector<std::string> ids(const std::vector<cases::Incident>& incidents) {
    std::vector<std::string> out;
    for (const auto& one : incidents) out.push_back(one.id);
    return out;
}

using Ids = std::vector<std::string>;

TEST_F(State, what_is_committed_is_there_after_opening_again) {
    {
        auto store = must_do(StateStore::open(path()));
        auto step = must_do(store.begin());
        must_do(step.put_finding(finding(1)));
        must_do(step.put_incident(incident("i1", 1, 2)));
        must_do(step.set_applied("detect", 77));
        must_do(
            step.put_position({"files", std::string("/a\0\xFF", 4), std::string("\0p", 2), 76}));
        must_do(step.put_outbox({"o1", "mail", "{}", "pending"}));
        must_do(step.put_snapshot("sigma", {77, std::string("\0\1", 2)}));
        must_do(step.commit());
    }
    auto store = must_do(StateStore::open(path()));
    EXPECT_EQ(must_do(store.applied("detect")), 77u);
    EXPECT_EQ(must_do(store.applied("never")), 0u);
    const auto back = must_do(store.finding("f1"));
    ASSERT_TRUE(back);
    EXPECT_EQ(cases::encode(*back), cases::encode(finding(1)));
    EXPECT_EQ(must_do(store.incident("i1"))->bits, 1.0 / 3);
    const auto positions = must_do(store.positions("files"));
    ASSERT_EQ(positions.size(), 1u);
    EXPECT_EQ(positions.at(std::string("/a\0\xFF", 4)), std::string("\0p", 2));
    EXPECT_EQ(must_do(store.outbox("pending")),
              (std::vector<OutboxItem>{{"o1", "mail", "{}", "pending"}}));
    const auto snapshot = must_do(store.snapshot("sigma"));
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->journal_offset, 77u);
    EXPECT_EQ(snapshot->bytes, std::string("\0\1", 2));
    EXPECT_FALSE(must_do(store.snapshot("other")));
    EXPECT_FALSE(must_do(store.finding("f2")));
}

TEST_F(State, a_step_without_commit_leaves_nothing) {
    auto store = must_do(StateStore::open(path()));
    const std::string before = exported(store);
    {
        auto step = must_do(store.begin());
        must_do(step.put_finding(finding(1)));
        must_do(step.set_applied("detect", 1));
    }
    EXPECT_EQ(exported(store), before);
    must_do(must_do(store.begin()).commit());
}

TEST_F(State, a_reader_sees_the_last_commit_while_the_writer_works) {
    auto store = must_do(StateStore::open(path()));
    auto reader = must_do(StateReader::open(path()));
    auto step = must_do(store.begin());
    must_do(step.put_finding(finding(1)));
    EXPECT_EQ(must_do(reader.finding_count()), 0u);
    must_do(step.commit());
    EXPECT_EQ(must_do(reader.finding_count()), 1u);
    must_do(store.sync());
}

TEST_F(State, the_same_finding_again_replaces_and_does_not_double) {
    auto store = must_do(StateStore::open(path()));
    for (const auto severity : {cases::Severity::low, cases::Severity::high}) {
        auto step = must_do(store.begin());
        must_do(step.put_finding(finding(1, severity)));
        must_do(step.commit());
    }
    EXPECT_EQ(must_do(store.finding_count()), 1u);
    EXPECT_EQ(must_do(store.finding("f1"))->severity, cases::Severity::high);
}

TEST_F(State, findings_are_filtered_and_paged_newest_first) {
    auto store = must_do(StateStore::open(path()));
    auto step = must_do(store.begin());
    for (int i = 0; i < 10; ++i) {
        must_do(step.put_finding(
            finding(i, i % 2 == 0 ? cases::Severity::low : cases::Severity::high)));
    }
    must_do(step.commit());
    FindingFilter filter;
    filter.severity_min = cases::Severity::medium;
    EXPECT_EQ(ids(must_do(store.findings(filter))), (Ids{"f9", "f7", "f5", "f3", "f1"}));
    filter.from = base::Timestamp{3 * base::kNsPerSecond};
    filter.to = base::Timestamp{9 * base::kNsPerSecond};
    EXPECT_EQ(ids(must_do(store.findings(filter))), (Ids{"f7", "f5", "f3"}));
    filter.rule_id = "rule-1";
    EXPECT_EQ(ids(must_do(store.findings(filter))), (Ids{"f7"}));

    Ids all;
    FindingFilter page;
    page.limit = 3;
    while (true) {
        const auto part = must_do(store.findings(page));
        if (part.empty()) break;
        for (const auto& one : part) all.push_back(one.id);
        page.after = {part.back().first_seen, part.back().id};
    }
    EXPECT_EQ(all, (Ids{"f9", "f8", "f7", "f6", "f5", "f4", "f3", "f2", "f1", "f0"}));
}

TEST_F(State, incidents_are_filtered_by_overlap_with_a_time_range) {
    auto store = must_do(StateStore::open(path()));
    auto step = must_do(store.begin());
    must_do(step.put_incident(incident("a", 0, 10)));
    must_do(step.put_incident(incident("b", 5, 20)));
    cases::Incident closed = incident("c", 30, 40);
    closed.state = "closed";
    must_do(step.put_incident(closed));
    must_do(step.commit());
    EXPECT_EQ(ids(must_do(store.incidents())), (Ids{"c", "b", "a"}));
    IncidentFilter filter;
    filter.from = base::Timestamp{11 * base::kNsPerSecond};
    filter.to = base::Timestamp{30 * base::kNsPerSecond};
    EXPECT_EQ(ids(must_do(store.incidents(filter))), (Ids{"b"}));
    IncidentFilter by_state;
    by_state.state = "closed";
    EXPECT_EQ(ids(must_do(store.incidents(by_state))), (Ids{"c"}));
    IncidentFilter page;
    page.after = {base::Timestamp{20 * base::kNsPerSecond}, "b"};
    EXPECT_EQ(ids(must_do(store.incidents(page))), (Ids{"a"}));
}

TEST_F(State, incidents_are_ranked_by_evidence) {
    auto store = must_do(StateStore::open(path()));
    auto step = must_do(store.begin());
    for (const auto& [id, bits] : {std::pair{"a", 7.5}, {"b", 20.25}, {"c", 7.5}, {"d", -1.0}}) {
        cases::Incident one = incident(id, 0, 10);
        one.evidence_bits = bits;
        must_do(step.put_incident(one));
    }
    must_do(step.commit());
    IncidentFilter ranked;
    ranked.is_by_evidence = true;
    EXPECT_EQ(ids(must_do(store.incidents(ranked))), (Ids{"b", "c", "a", "d"}));
}

TEST_F(State, a_merged_incident_is_found_under_every_id_it_ever_had) {
    auto store = must_do(StateStore::open(path()));
    auto step = must_do(store.begin());
    for (const char* id : {"a", "b", "c"}) must_do(step.put_incident(incident(id, 0, 1)));
    must_do(step.merge_incident("c", "b"));
    must_do(step.merge_incident("b", "a"));
    must_do(step.commit());
    EXPECT_EQ(must_do(store.incident_count()), 1u);
    for (const char* id : {"a", "b", "c"}) EXPECT_EQ(must_do(store.incident(id))->id, "a") << id;

    const std::string once = exported(store);
    auto again = must_do(store.begin());
    for (const char* id : {"a", "b", "c"}) must_do(again.put_incident(incident(id, 0, 1)));
    must_do(again.merge_incident("c", "b"));
    must_do(again.merge_incident("b", "a"));
    must_do(again.commit());
    EXPECT_EQ(exported(store), once);
}

TEST_F(State, the_inbox_keeps_the_newest_and_counts_what_it_dropped) {
    auto store = must_do(StateStore::open(path()));
    auto step = must_do(store.begin());
    InboxRow row;
    for (std::uint64_t i = 1; i <= kInboxRowsMax + 5; ++i) {
        row.journal_offset = i;
        row.raw = "x";
        must_do(step.put_inbox(row));
    }
    must_do(step.commit());
    const InboxStatus status = must_do(store.inbox_status("parse"));
    EXPECT_EQ(status.rows, kInboxRowsMax);
    EXPECT_EQ(status.dropped, 5u);
    EXPECT_EQ(must_do(store.inbox("parse", 1)).front().journal_offset, kInboxRowsMax + 5);
    EXPECT_EQ(must_do(store.inbox("parse", kInboxRowsMax)).back().journal_offset, 6u);
}

TEST_F(State, the_inbox_is_bounded_in_bytes_as_well) {
    auto store = must_do(StateStore::open(path()));
    auto step = must_do(store.begin());
    const std::string huge(3 * kInboxRawBytesMax, '\xFF');
    const std::uint64_t rows = kInboxBytesMax / kInboxRawBytesMax + 3;
    for (std::uint64_t i = 1; i <= rows; ++i) {
        must_do(step.put_inbox({"parse", i, 0, "files", "/a", huge, huge, 0}));
    }
    must_do(step.commit());
    const InboxStatus status = must_do(store.inbox_status("parse"));
    EXPECT_LE(status.bytes, kInboxBytesMax);
    EXPECT_GT(status.bytes, kInboxBytesMax - 2 * kInboxRawBytesMax);
    EXPECT_EQ(status.rows + status.dropped, rows);
    const auto newest = must_do(store.inbox("parse", 1)).front();
    EXPECT_EQ(newest.raw.size(), kInboxRawBytesMax);
    EXPECT_EQ(newest.reason.size(), kInboxReasonBytesMax);
    EXPECT_EQ(newest.raw_size_bytes, huge.size());
}

TEST_F(State, an_inbox_row_that_was_read_after_all_goes_once_and_does_not_come_back) {
    auto store = must_do(StateStore::open(path()));
    auto step = must_do(store.begin());
    must_do(step.put_inbox({"parse", 1, 0, "files", "/a", "no", "raw", 0}));
    must_do(step.put_inbox({"parse", 1, 1, "files", "/a", "no", "longer raw", 0}));
    const std::uint64_t one_row_bytes = std::string("parsefiles/anoraw").size();
    must_do(step.remove_inbox("parse", 1, 1));
    must_do(step.remove_inbox("parse", 1, 1));
    must_do(step.remove_inbox("parse", 7, 0));
    must_do(step.put_inbox({"parse", 1, 1, "files", "/a", "no", "longer raw", 0}));
    must_do(step.commit());
    EXPECT_EQ(must_do(store.inbox_status("parse")).rows, 1u);
    EXPECT_EQ(must_do(store.inbox_status("parse")).bytes, one_row_bytes);
    EXPECT_EQ(must_do(store.inbox("parse", 9)).front().raw, "raw");
}

TEST_F(State, inbox_rows_handed_in_again_change_nothing) {
    auto store = must_do(StateStore::open(path()));
    const auto put_range = [&](std::uint64_t from, std::uint64_t to) {
        auto step = must_do(store.begin());
        for (std::uint64_t i = from; i <= to; ++i) {
            must_do(step.put_inbox({"parse", i, 3, "files", "/a", "no", "raw", 0}));
        }
        must_do(step.commit());
    };
    put_range(1, 20);
    const std::string once = exported(store);
    put_range(5, 20);
    EXPECT_EQ(exported(store), once);
}

/// One of six kinds of writes about one of sixteen subjects.
void play(StateTransaction& step, std::uint64_t operation, std::uint64_t at) {
    const int subject = static_cast<int>(operation % 16);
    const std::string name = std::to_string(subject);
    switch (operation / 16 % 6) {
        case 0: must_do(step.put_finding(finding(subject))); break;
        case 1: must_do(step.put_incident(incident(name, 0, 1))); break;
        case 2: must_do(step.merge_incident(name, "0")); break;
        case 3: must_do(step.put_inbox({"parse", at, 0, "s", "o", "r", "raw", 0})); break;
        case 4: must_do(step.put_outbox({name, "k", "p", "sent"})); break;
        case 5: must_do(step.put_position({"s", name, "p", at})); break;
    }
    must_do(step.set_applied("detect", at));
}

TEST_F(State, any_cut_into_steps_gives_the_same_export) {
    for (unsigned seed = 0; seed < 8; ++seed) {
        std::mt19937_64 random(seed);
        std::vector<std::uint64_t> operations(50 + random() % 100);
        for (auto& operation : operations) operation = random();
        std::string expected;
        for (const std::size_t step_size : {operations.size(), std::size_t{1}, std::size_t{7}}) {
            const std::string name = std::to_string(seed) + "-" + std::to_string(step_size);
            auto store = must_do(StateStore::open(path(name)));
            for (std::size_t i = 0; i < operations.size(); i += step_size) {
                auto step = must_do(store.begin());
                for (std::size_t k = i; k < std::min(operations.size(), i + step_size); ++k) {
                    play(step, operations[k], k);
                }
                must_do(step.commit());
            }
            const std::string text = exported(store);
            if (expected.empty()) expected = text;
            EXPECT_EQ(text, expected) << "seed " << seed << ", steps of " << step_size;
        }
    }
}

TEST_F(State, the_export_tells_apart_what_looks_the_same_in_text) {
    std::vector<std::string> texts;
    for (const char* origin : {"\xFF", "\xFE"}) {
        auto store = must_do(StateStore::open(path(origin == std::string("\xFF") ? "a" : "b")));
        auto step = must_do(store.begin());
        must_do(step.put_position({"files", origin, "p", 1}));
        must_do(step.commit());
        texts.push_back(exported(store));
    }
    EXPECT_NE(texts[0], texts[1]);
}

TEST_F(State, killed_at_any_moment_data_and_applied_offset_agree) {
    std::uint64_t seen = 0;
    for (int round = 0; round < 12; ++round) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            auto store = must_do(StateStore::open(path()));
            for (std::uint64_t at = must_do(store.applied("detect")) + 1;; ++at) {
                auto step = must_do(store.begin());
                must_do(step.put_finding(finding(static_cast<int>(at))));
                must_do(
                    step.put_inbox({"parse", at, 0, "s", "o", "r", std::string(5'000, 'x'), 0}));
                must_do(step.set_applied("detect", at));
                must_do(step.commit());
            }
        }
        ::usleep(static_cast<useconds_t>(20'000 + 7'919 * round));
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));
        auto store = must_do(StateStore::open(path()));
        const std::uint64_t applied = must_do(store.applied("detect"));
        EXPECT_GE(applied, seen);
        EXPECT_EQ(must_do(store.finding_count()), applied);
        const InboxStatus inbox = must_do(store.inbox_status("parse"));
        EXPECT_EQ(inbox.rows + inbox.dropped, applied);
        seen = applied;
    }
    EXPECT_GT(seen, 0u);
}

TEST_F(State, when_the_disk_is_full_no_half_step_is_kept_and_later_calls_fail_too) {
    {
        auto store = must_do(StateStore::open(path()));
        auto step = must_do(store.begin());
        must_do(step.put_finding(finding(1)));
        must_do(step.set_applied("detect", 1));
        must_do(step.commit());
    }
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        // No file of this process may grow over this: the write in the middle of the step fails.
        const rlimit limit{256 << 10, 256 << 10};
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &limit);
        auto store = must_do(StateStore::open(path()));
        auto step = must_do(store.begin());
        base::Result<void> result = step.set_applied("detect", 2);
        for (int i = 2; i < 20'000 && result; ++i) {
            cases::Finding big = finding(i);
            big.raw = std::string(4'000, 'x');
            result = step.put_finding(big);
        }
        if (result) result = step.commit();
        const bool has_failed = !result.has_value();
        const bool later_fails = !step.set_applied("detect", 3) && !step.commit();
        const bool is_as_before = must_do(store.applied("detect")) == 1;
        ::_exit(has_failed && later_fails && is_as_before ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    auto store = must_do(StateStore::open(path()));
    EXPECT_EQ(must_do(store.applied("detect")), 1u);
    EXPECT_EQ(must_do(store.finding_count()), 1u);
}

TEST_F(State, a_newer_schema_is_refused_by_writer_and_reader) {
    must_do(StateStore::open(path()));
    {
        auto raw = must_do(SqliteConnection::open(path(), SqliteConnection::Mode::read_write));
        must_do(raw.run("INSERT INTO migrations VALUES (99)"));
    }
    const auto store = StateStore::open(path());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, base::ErrorCode::unsupported);
    EXPECT_NE(store.error().message().find("schema 99"), std::string::npos);
    const auto reader = StateReader::open(path());
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, base::ErrorCode::unsupported);
}

TEST_F(State, a_later_migration_keeps_the_rows_and_half_a_migration_is_none) {
    {
        auto store = must_do(StateStore::open(path()));
        auto step = must_do(store.begin());
        must_do(step.set_applied("detect", 5));
        must_do(step.commit());
    }
    auto raw = must_do(SqliteConnection::open(path(), SqliteConnection::Mode::read_write));
    std::vector<const char*> longer(state_migrations().begin(), state_migrations().end());
    longer.push_back("CREATE TABLE extra(x INTEGER) STRICT; CREATE TABLE applied(x INTEGER)");
    EXPECT_FALSE(migrate(raw, longer));
    EXPECT_EQ(must_do(raw.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'")), 0);
    EXPECT_EQ(must_do(raw.integer("SELECT max(number) FROM migrations")),
              static_cast<std::int64_t>(state_migrations().size()));
    longer.back() = "ALTER TABLE applied ADD COLUMN extra INTEGER";
    must_do(migrate(raw, longer));
    EXPECT_EQ(must_do(raw.integer("SELECT journal_offset FROM applied")), 5);
    EXPECT_EQ(must_do(raw.integer("SELECT max(number) FROM migrations")),
              static_cast<std::int64_t>(longer.size()));
}

TEST_F(State, a_file_that_is_no_database_is_refused_and_left_alone) {
    const std::string text(8'192, 'n');
    std::ofstream(path()) << text;
    const auto store = StateStore::open(path());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, base::ErrorCode::corrupt);
    EXPECT_NE(store.error().message().find(path()), std::string::npos);
    std::ifstream in(path());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
}

TEST_F(State, another_programs_database_is_refused) {
    {
        auto raw = must_do(SqliteConnection::open(path(), SqliteConnection::Mode::read_write));
        must_do(raw.run("CREATE TABLE songs(name TEXT)"));
    }
    EXPECT_EQ(StateStore::open(path()).error().code, base::ErrorCode::bad_input);
    EXPECT_EQ(StateReader::open(path()).error().code, base::ErrorCode::bad_input);
}

TEST_F(State, a_damaged_page_is_found_when_opening) {
    {
        auto store = must_do(StateStore::open(path()));
        auto step = must_do(store.begin());
        for (int i = 0; i < 500; ++i) must_do(step.put_finding(finding(i)));
        must_do(step.commit());
    }
    const auto size = std::filesystem::file_size(path());
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::uintmax_t at = 4'096 * 20; at < size; at += 4'096) {
        file.seekp(static_cast<std::streamoff>(at));
        file << std::string(64, '\xA5');
    }
    file.close();
    const auto store = StateStore::open(path());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, base::ErrorCode::corrupt);
    EXPECT_NE(store.error().message().find("rebuilt from the journal"), std::string::npos);
}

TEST_F(State, a_reader_without_a_file_says_so_and_makes_none) {
    EXPECT_EQ(StateReader::open(path()).error().code, base::ErrorCode::not_found);
    EXPECT_FALSE(std::filesystem::exists(path()));
    EXPECT_EQ(StateStore::open(folder_ / "none/state.db").error().code, base::ErrorCode::not_found);
}

TEST_F(State, the_file_is_not_readable_for_everybody) {
    must_do(StateStore::open(path()));
    const auto rights = std::filesystem::status(path()).permissions();
    EXPECT_EQ(rights & std::filesystem::perms::others_all, std::filesystem::perms::none);
}

}  // namespace
}  // namespace vedette::store
