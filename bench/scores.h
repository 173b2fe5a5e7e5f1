// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::bench {

/// Scores of things with their labels, and what is measured of them. A greater score says "odd".
class Scores {
  public:
    void add(double score, bool is_positive) { items_.push_back({score, is_positive}); }
    std::size_t size() const { return items_.size(); }
    std::size_t positives() const;

    /// Area under the curve; equal scores count half. 0.5 if one kind is missing.
    double auc() const;
    /// Average precision; things with equal scores are taken together.
    double average_precision() const;
    /// Recall at the lowest score that at most this share of the negatives reaches.
    double recall_at(double false_share) const;
    /// The place of the positive that scores least, the greatest score being first: positives() if
    /// all of them come first. Negatives with the same score come before it. 0 without positives.
    std::size_t worst_rank() const;
    /// Of what scores more than the threshold.
    double f1(double threshold) const;
    /// Share of the negatives that score more than the threshold.
    double false_share(double threshold) const;
    /// Half the width of the 95 % interval of auc(), of 200 resamplings of a fixed seed.
    double auc_half_interval() const;

    /// `"n":…,"positives":…,"auc":…,"auc_half_interval":…,"ap":…,"tpr_at_fpr":{…}`
    std::string json() const;

  private:
    struct Item {
        double score = 0;
        bool is_positive = false;
    };
    std::vector<Item> sorted() const;

    std::vector<Item> items_;
};

}  // namespace vedette::bench
