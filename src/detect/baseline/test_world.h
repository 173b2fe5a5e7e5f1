// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detect/baseline/baseline.h"
#include "detect/registry.h"

namespace vedette::detect {

void register_baseline(Registry& registry);

namespace baseline {

/// A Monday, 00:00 UTC.
inline constexpr std::int64_t kTestMonday = 1'767'571'200;

/// For tests: a detector with a clock of seconds since a Monday, and everything it says.
class TestWorld {
  public:
    using Fields = std::vector<std::pair<std::string, std::string>>;

    explicit TestWorld(const std::vector<std::string>& analytics, std::size_t rows_max = 4'096)
        : rows_max_(rows_max) {
        for (std::size_t i = 0; i < analytics.size(); ++i) {
            inputs_.analytic_files.emplace_back("a" + std::to_string(i) + ".yml", analytics[i]);
        }
        Registry registry;
        register_baseline(registry);
        kind_ = registry.kinds().at(0);
        renew();
    }

    void row(std::int64_t at_s, const Fields& fields, std::string_view dataset = "text") {
        event::Row& row = batch_.add_row();
        row.id = {++offset_, 0};
        row.time = row.arrival = {(kTestMonday + at_s) * base::kNsPerSecond};
        row.origin = batch_.origin_index({"logs", "/var/log/a.log"});
        row.dataset = batch_.dataset_index(dataset);
        for (const auto& [name, value] : fields) batch_.add(*fields_.intern(name), value);
        if (batch_.row_count() >= rows_max_) flush();
    }
    void flush() {
        if (!batch_.is_empty()) detector_->observe(batch_, sink());
        batch_.clear();
    }
    void tick(std::int64_t at_s) {
        flush();
        detector_->tick({(kTestMonday + at_s) * base::kNsPerSecond}, sink());
    }
    void save_and_restore() {
        flush();
        const std::string state = detector_->save();
        renew();
        const auto restored = detector_->restore(state);
        ASSERT_TRUE(restored) << restored.error().message();
        ASSERT_EQ(detector_->save(), state);
    }
    Detector& detector() { return *detector_; }
    Standing standing(std::size_t behaviour = 0) const {
        return dynamic_cast<const BaselineDetector&>(*detector_).standings().at(behaviour);
    }

    std::vector<cases::Finding> findings;
    std::vector<DetectorNotice> notices;

  private:
    void renew() {
        notices.clear();
        detector_ = std::move(*kind_.make(inputs_, fields_, notices));
    }
    FindingSink sink() {
        return [this](cases::Finding finding) { findings.push_back(std::move(finding)); };
    }

    std::size_t rows_max_;
    DetectorInputs inputs_;
    DetectorKind kind_;
    event::FieldDictionary fields_;
    event::Batch batch_{fields_};
    std::unique_ptr<Detector> detector_;
    std::uint64_t offset_ = 0;
};

}  // namespace baseline
}  // namespace vedette::detect
