// SPDX-License-Identifier: Apache-2.0
#include "bench/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace vedette::bench {

namespace {

constexpr double kFalseShares[] = {0.001, 0.01, 0.05, 0.1};

}  // namespace

std::size_t Scores::positives() const {
    return static_cast<std::size_t>(std::count_if(
        items_.begin(), items_.end(), [](const Item& item) { return item.is_positive; }));
}

/// The greatest score first.
std::vector<Scores::Item> Scores::sorted() const {
    std::vector<Item> items = items_;
    std::sort(items.begin(), items.end(),
              [](const Item& a, const Item& b) { return a.score > b.score; });
    return items;
}

double Scores::auc() const {
    const std::vector<Item> items = sorted();
    double hits = 0, area = 0, negatives = 0;
    for (std::size_t i = 0; i < items.size();) {
        double same_hits = 0, same_negatives = 0;
        const double score = items[i].score;
        for (; i < items.size() && items[i].score == score; ++i) {
            (items[i].is_positive ? same_hits : same_negatives) += 1;
        }
        area += same_negatives * (hits + same_hits / 2);
        hits += same_hits;
        negatives += same_negatives;
    }
    return hits == 0 || negatives == 0 ? 0.5 : area / (hits * negatives);
}

double Scores::average_precision() const {
    const std::vector<Item> items = sorted();
    const auto all = static_cast<double>(positives());
    double hits = 0, sum = 0;
    for (std::size_t i = 0; i < items.size();) {
        double same_hits = 0;
        const double score = items[i].score;
        for (; i < items.size() && items[i].score == score; ++i) {
            same_hits += items[i].is_positive ? 1 : 0;
        }
        hits += same_hits;
        sum += same_hits * hits / static_cast<double>(i);
    }
    return all == 0 ? 0 : sum / all;
}

double Scores::recall_at(double false_share) const {
    const std::vector<Item> items = sorted();
    const auto all = static_cast<double>(positives());
    const auto allowed = std::floor(false_share * (static_cast<double>(size()) - all));
    double hits = 0, negatives = 0, best = 0;
    for (std::size_t i = 0; i < items.size();) {
        const double score = items[i].score;
        for (; i < items.size() && items[i].score == score; ++i) {
            (items[i].is_positive ? hits : negatives) += 1;
        }
        if (negatives > allowed) break;
        best = hits;
    }
    return all == 0 ? 0 : best / all;
}

std::size_t Scores::worst_rank() const {
    const std::vector<Item> items = sorted();
    const auto worst = std::find_if(items.rbegin(), items.rend(),
                                    [](const Item& item) { return item.is_positive; });
    if (worst == items.rend()) return 0;
    return static_cast<std::size_t>(std::count_if(
        items.begin(), items.end(), [&](const Item& item) { return item.score >= worst->score; }));
}

double Scores::f1(double threshold) const {
    double hits = 0, false_hits = 0;
    for (const Item& item : items_) {
        if (item.score > threshold) (item.is_positive ? hits : false_hits) += 1;
    }
    const double missed = static_cast<double>(positives()) - hits;
    return hits == 0 ? 0 : 2 * hits / (2 * hits + false_hits + missed);
}

double Scores::false_share(double threshold) const {
    double above = 0;
    for (const Item& item : items_) above += !item.is_positive && item.score > threshold ? 1 : 0;
    const auto negatives = static_cast<double>(size() - positives());
    return negatives == 0 ? 0 : above / negatives;
}

double Scores::auc_half_interval() const {
    std::mt19937_64 random(1);
    std::vector<double> areas;
    for (int i = 0; i < 200 && !items_.empty(); ++i) {
        Scores sample;
        for (std::size_t j = 0; j < items_.size(); ++j) {
            sample.items_.push_back(items_[random() % items_.size()]);
        }
        areas.push_back(sample.auc());
    }
    if (areas.empty()) return 0;
    std::sort(areas.begin(), areas.end());
    return (areas[194] - areas[5]) / 2;
}

std::string Scores::json() const {
    std::string out =
        fmt::format(R"("n":{},"positives":{},"auc":{:.4f},"auc_half_interval":{:.4f},"ap":{:.4f},)",
                    size(), positives(), auc(), auc_half_interval(), average_precision());
    out += "\"tpr_at_fpr\":{";
    for (const double share : kFalseShares) {
        out += fmt::format("{}\"{}\":{:.4f}", share == kFalseShares[0] ? "" : ",", share,
                           recall_at(share));
    }
    return out + "}";
}

}  // namespace vedette::bench
