// SPDX-License-Identifier: Apache-2.0
// What the models of whole rows cost: the vector model, and series that hang together.

#include <memory>
#include <vector>

#include "bench/learn_report.h"
#include "learn/random.h"
#include "learn/series/sister_series.h"
#include "learn/vector_model/vector_model.h"

namespace vedette::bench {

namespace {

constexpr std::size_t kModelNumbers = 42, kModelCategories = 6;

struct ModelRow {
    std::vector<double> numbers;
    std::vector<std::uint32_t> categories;
    learn::VectorRow row() const { return {numbers, categories}; }
};

/// Numbers in sixes that go together, and frequent and rare categories.
std::vector<ModelRow> model_rows(std::size_t count) {
    learn::Random random(5);
    std::vector<ModelRow> rows(count);
    for (ModelRow& row : rows) {
        double base = 0;
        for (std::size_t i = 0; i < kModelNumbers; ++i) {
            if (i % 6 == 0) base = random.normal();
            row.numbers.push_back(base + 0.2 * random.normal());
        }
        for (std::size_t i = 0; i < kModelCategories; ++i) {
            row.categories.push_back(1 + random.below(1 + random.below(60)));
        }
    }
    return rows;
}

void measure_vector_model(LearnReport& report, std::size_t rows_max, const std::string& size) {
    const auto rows = model_rows(rows_max);
    const learn::VectorColumns columns{kModelNumbers, kModelCategories};
    const auto model = std::make_unique<learn::VectorModel>(columns, rows_max);
    for (const ModelRow& row : rows) model->learn(row.row());
    model->settle();
    report.measure("vector model, " + size + " rows of 48: score", model->memory_bytes(), 1'000,
                   [&] {
                       for (std::size_t i = 0; i < 1'000; ++i) {
                           report.use(model->bits(rows[i].row()));
                       }
                   });
    // One row that waits, and the tables of all are made anew.
    report.measure("vector model, " + size + " rows of 48: tables", model->memory_bytes(), 1, [&] {
        model->learn(rows[0].row());
        model->settle();
    });
}

void measure_sisters(LearnReport& report, std::size_t count) {
    learn::Random random(6);
    std::vector<std::vector<double>> rows(2'000);
    for (auto& row : rows) {
        const double first = random.normal(), second = random.normal();
        for (std::size_t i = 0; i < count; ++i) {
            row.push_back((i % 2 == 0 ? first : second) + 0.3 * random.normal());
        }
    }
    const std::string name = "sister series, " + std::to_string(count) + " of 2,000 rows: ";
    learn::SisterSeries settled(count);
    for (const auto& row : rows) settled.learn(row);
    settled.settle();
    report.measure(name + "learn and settle", settled.memory_bytes(), 1, [&] {
        learn::SisterSeries series(count);
        for (const auto& row : rows) series.learn(row);
        report.use(series.settle() ? 1 : 0);
    });
    report.measure(name + "a row", settled.memory_bytes(), rows.size(), [&] {
        for (const auto& row : rows) report.use(settled.judge(row).score);
    });
}

}  // namespace

void measure_models(LearnReport& report) {
    measure_vector_model(report, 4'096, "4,096");
    measure_vector_model(report, 8'192, "8,192");
    measure_sisters(report, 16);
    measure_sisters(report, 40);
}

}  // namespace vedette::bench
