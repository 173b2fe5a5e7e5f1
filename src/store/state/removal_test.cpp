// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/files.h"
#include "store/state/sqlite.h"
#include "store/state/state_store.h"
#include "tests/support/temporary_folder.h"

namespace vedette::store {
namespace {

template <typename T>
T must(base::Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message();
        std::abort();
    }
    return std::move(*result);
}
void must(const base::Result<void>& result) {
    if (!result) {
        ADD_FAILURE() << result.error().message();
        std::abort();
    }
}

cases::Finding finding(std::uint64_t offset) {
    cases::Finding out;
    out.id = "f" + std::to_string(offset);
    out.rule_id = "rule";
    out.raw = "zebrawomble did " + std::to_string(offset);
    out.events = {{offset, 0}};
    return out;
}

cases::Incident incident(const std::string& id, std::vector<std::string> findings) {
    cases::Incident out;
    out.id = id;
    out.lead = findings.front();
    out.finding_count = findings.size();
    out.findings = std::move(findings);
    return out;
}

class StateRemoval : public testing::Test {
  protected:
    StateRemoval() : state_(must(StateStore::open(path()))) {}
    std::string path() const { return folder_ / "state.db"; }
    void in_step(const std::function<void(StateTransaction&)>& use) {
        auto step = must(state_.begin());
        use(step);
        must(step.commit());
    }
    void put_three_findings() {
        in_step([](StateTransaction& step) {
            for (const std::uint64_t offset : {10, 20, 30}) must(step.put_finding(finding(offset)));
            must(step.put_incident(incident("old", {"f10"})));
            must(step.put_incident(incident("living", {"f10", "f20"})));
            must(step.put_incident(incident("merged", {"f10"})));
            must(step.merge_incident("merged", "old"));
        });
    }
    InboxRow inbox_row(std::uint64_t offset, const std::string& stage = "parse") {
        return {stage, offset, 0, "files", "log", "odd", "zebrawomble " + std::to_string(offset),
                0};
    }

    tests::TemporaryFolder folder_;
    StateStore state_;
};

TEST_F(StateRemoval, old_findings_go_and_incidents_of_which_none_is_left) {
    put_three_findings();
    EXPECT_EQ(must(state_.finding_count_before(20)), 1u);
    in_step([](StateTransaction& step) {
        const auto removed = must(step.remove_findings_before(20));
        EXPECT_EQ(removed.findings, 1u);
        EXPECT_EQ(removed.incidents, 1u);
    });
    EXPECT_EQ(must(state_.finding_count()), 2u);
    EXPECT_FALSE(must(state_.incident("old")));
    EXPECT_FALSE(must(state_.incident("merged"))) << "nor under the name it had before";
    EXPECT_TRUE(must(state_.incident("living")));
}

TEST_F(StateRemoval, old_inbox_records_go_and_do_not_come_back) {
    const auto put_all = [&](StateTransaction& step) {
        for (const std::uint64_t offset : {10, 20, 30}) must(step.put_inbox(inbox_row(offset)));
    };
    in_step(put_all);
    EXPECT_EQ(must(state_.inbox_count_before(25)), 2u);
    in_step([](StateTransaction& step) {
        EXPECT_EQ(must(step.remove_inbox_before("parse", 25)), 2u);
        EXPECT_EQ(must(step.remove_inbox_before("store", 25)), 0u);
    });
    in_step(put_all);
    const auto status = must(state_.inbox_status("parse"));
    EXPECT_EQ(status.rows, 1u);
    EXPECT_EQ(status.dropped, 0u) << "it is no loss";
    EXPECT_EQ(must(state_.inbox("parse")).front().journal_offset, 30u);
}

TEST_F(StateRemoval, what_is_judged_again_is_taken_back_first) {
    put_three_findings();
    in_step([&](StateTransaction& step) {
        must(step.put_inbox(inbox_row(20)));
        must(step.put_inbox(inbox_row(20, "store")));
        must(step.put_arrival_day(5, 1));
        must(step.put_arrival_day(6, 20));
    });
    in_step([](StateTransaction& step) { must(step.take_back_from(15)); });
    EXPECT_EQ(must(state_.finding_count()), 1u);
    EXPECT_TRUE(must(state_.incident("old")));
    EXPECT_TRUE(must(state_.incident("living"))) << "one of its findings lies before";
    EXPECT_EQ(must(state_.inbox("parse")).size(), 0u);
    EXPECT_EQ(must(state_.inbox("store")).size(), 1u);
    EXPECT_EQ(must(state_.newest_arrival_day()), 5);
    in_step([&](StateTransaction& step) { must(step.put_inbox(inbox_row(20))); });
    EXPECT_EQ(must(state_.inbox("parse")).size(), 1u) << "it comes again";
    in_step([](StateTransaction& step) { must(step.take_back_from(1)); });
    EXPECT_EQ(must(state_.finding_count()) + must(state_.incident_count()), 0u);
}

TEST_F(StateRemoval, the_first_to_name_a_day_is_right) {
    in_step([](StateTransaction& step) {
        must(step.put_arrival_day(7, 70));
        must(step.put_arrival_day(7, 71));
        must(step.put_arrival_day(9, 90));
    });
    EXPECT_EQ(must(state_.first_offset_of_day(7)), 70u);
    EXPECT_EQ(must(state_.first_offset_of_day(8)), 90u);
    EXPECT_EQ(must(state_.first_offset_of_day(10)), std::nullopt);
    EXPECT_EQ(must(state_.newest_arrival_day()), 9);
}

TEST_F(StateRemoval, decisions_are_kept_in_order) {
    in_step([](StateTransaction& step) {
        must(step.put_decision(9, "b"));
        must(step.put_decision(3, "a"));
        must(step.put_decision(9, "b"));
    });
    EXPECT_EQ(must(state_.decisions()), (std::vector<DecisionRow>{{3, "a"}, {9, "b"}}));
    EXPECT_EQ(must(state_.decisions(3)), (std::vector<DecisionRow>{{9, "b"}}));
}

TEST_F(StateRemoval, after_compacting_no_file_holds_a_removed_value) {
    put_three_findings();
    in_step([&](StateTransaction& step) {
        for (std::uint64_t i = 1; i < 500; ++i) must(step.put_inbox(inbox_row(i)));
    });
    in_step([](StateTransaction& step) { must(step.take_back_from(1)); });
    must(state_.compact());
    for (const char* end : {"", "-wal"}) {
        const auto bytes = base::read_file(path() + end, 64u << 20);
        if (bytes) {
            EXPECT_EQ(bytes->find("zebrawomble"), std::string::npos) << end;
        }
    }
}

TEST_F(StateRemoval, findings_of_a_file_made_before_know_their_newest_event) {
    put_three_findings();
    {
        auto raw = must(SqliteConnection::open(path(), SqliteConnection::Mode::read_write));
        must(raw.run("UPDATE findings SET last_offset = 0"));
    }
    auto again = must(StateStore::open(path()));
    EXPECT_EQ(must(again.finding_count_before(25)), 2u);
}

}  // namespace
}  // namespace vedette::store
