// SPDX-License-Identifier: Apache-2.0
#include "engine/judge.h"

#include <gtest/gtest.h>

namespace vedette::engine {
namespace {

/// Counts ticks, as its state.
class Counter final : public detect::Detector {
  public:
    explicit Counter(bool is_about_rules) : is_about_rules_(is_about_rules) {}
    bool is_about_rules() const override { return is_about_rules_; }
    std::string save() const override { return std::to_string(ticks_); }
    base::Result<void> restore(std::string_view state) override {
        ticks_ = std::stoi(std::string(state));
        return {};
    }
    std::size_t memory_bytes() const override { return 0; }
    std::uint64_t checksum() const override { return ticks_; }

  private:
    void do_observe(const event::Batch&, const detect::FindingSink&) override {}
    void do_tick(base::Timestamp, const detect::FindingSink&) override { ++ticks_; }

    const bool is_about_rules_;
    std::uint64_t ticks_ = 0;
};

TEST(Judge, keeps_over_a_change_of_rules_what_is_not_about_rules) {
    detect::Registry registry;
    for (const bool is_about_rules : {true, false}) {
        registry.add({is_about_rules ? "rules" : "habits",
                      [is_about_rules](const detect::DetectorInputs&, event::FieldDictionary&,
                                       std::vector<detect::DetectorNotice>&)
                          -> base::Result<std::unique_ptr<detect::Detector>> {
                          return std::make_unique<Counter>(is_about_rules);
                      }});
    }
    event::FieldDictionary fields;
    Judge judge(registry, fields);
    ASSERT_TRUE(judge.use(RuleSet()));
    judge.tick({1}, [](const cases::Finding&) {});
    judge.tick({2}, [](const cases::Finding&) {});
    ASSERT_TRUE(judge.use(RuleSet()));
    using Checksums = std::vector<std::pair<std::string, std::uint64_t>>;
    EXPECT_EQ(judge.checksums(), (Checksums{{"rules", 0}, {"habits", 2}}));
}

TEST(Judge, makes_nothing_of_a_set_whose_detectors_were_handed_over) {
    detect::Registry registry;
    int made_count = 0;
    registry.add({"rules",
                  [&](const detect::DetectorInputs&, event::FieldDictionary&,
                      std::vector<detect::DetectorNotice>&)
                      -> base::Result<std::unique_ptr<detect::Detector>> {
                      ++made_count;
                      return std::make_unique<Counter>(true);
                  }});
    event::FieldDictionary fields;
    Judge judge(registry, fields);
    RuleSet one, other;
    one.hash = {0, 1};
    other.hash = {0, 2};
    auto made = make_detectors(registry, one, fields);
    ASSERT_TRUE(made);
    judge.prepare(one.hash, std::move(*made));
    ASSERT_TRUE(judge.use(other));
    EXPECT_EQ(made_count, 2) << "what was handed over is of another set";
    ASSERT_TRUE(judge.use(one));
    EXPECT_EQ(made_count, 2);
    EXPECT_EQ(judge.checksums().size(), 1u);
    ASSERT_TRUE(judge.use(one));
    EXPECT_EQ(made_count, 3) << "it is handed over once";
}

}  // namespace
}  // namespace vedette::engine
