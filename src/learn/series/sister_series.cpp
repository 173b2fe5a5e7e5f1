// SPDX-License-Identifier: Apache-2.0
#include "learn/series/sister_series.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

constexpr std::size_t kRowsMin = 20;
/// Deviations beyond which a value counts no further.
constexpr double kAwayMax = 8;
/// The usual axes hold so much of the variance.
constexpr double kUsualShare = 0.9;
/// Share of the learned rows that keep below the limits.
constexpr double kLimitShare = 0.99;
/// Weight of the newest row in the smoothed score.
constexpr double kNewest = 0.2;
constexpr int kSweepsMax = 60;

/// Values and vectors of a symmetric matrix, largest value first.
/// Source: C. G. J. Jacobi, 1846; cyclic by rows.
struct Eigen {
    std::vector<double> values;
    std::vector<double> vectors;  // one behind the other

    explicit Eigen(std::vector<double> matrix, std::size_t size) {
        std::vector<double> turned(size * size, 0);
        for (std::size_t i = 0; i < size; ++i) turned[i * size + i] = 1;
        for (int sweep = 0; sweep < kSweepsMax; ++sweep) {
            double off = 0, on = 0;
            for (std::size_t i = 0; i < size; ++i) {
                on += matrix[i * size + i] * matrix[i * size + i];
                for (std::size_t j = i + 1; j < size; ++j) {
                    off += matrix[i * size + j] * matrix[i * size + j];
                }
            }
            if (off <= 1e-24 * on) break;
            for (std::size_t i = 0; i < size; ++i) {
                for (std::size_t j = i + 1; j < size; ++j) turn(matrix, turned, size, i, j);
            }
        }
        std::vector<std::size_t> order(size);
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return matrix[a * size + a] > matrix[b * size + b];
        });
        for (const std::size_t at : order) {
            values.push_back(std::max(matrix[at * size + at], 0.0));
            for (std::size_t k = 0; k < size; ++k) vectors.push_back(turned[k * size + at]);
        }
    }

  private:
    static void turn(std::vector<double>& matrix, std::vector<double>& turned, std::size_t size,
                     std::size_t p, std::size_t q) {
        const double between = matrix[p * size + q];
        if (between == 0) return;
        const double theta = (matrix[q * size + q] - matrix[p * size + p]) / (2 * between);
        const double root = std::sqrt(theta * theta + 1);
        const double t = theta >= 0 ? 1 / (theta + root) : 1 / (theta - root);
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (std::size_t k = 0; k < size; ++k) {
            const double a = matrix[k * size + p], b = matrix[k * size + q];
            matrix[k * size + p] = c * a - s * b;
            matrix[k * size + q] = s * a + c * b;
        }
        for (std::size_t k = 0; k < size; ++k) {
            const double a = matrix[p * size + k], b = matrix[q * size + k];
            matrix[p * size + k] = c * a - s * b;
            matrix[q * size + k] = s * a + c * b;
            const double x = turned[k * size + p], y = turned[k * size + q];
            turned[k * size + p] = c * x - s * y;
            turned[k * size + q] = s * x + c * y;
        }
    }
};

/// The value that this share of them does not exceed; above 0.
double limit_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto last = static_cast<double>(values.size() - 1);
    return std::max(values[static_cast<std::size_t>(kLimitShare * last)], 1e-9);
}

}  // namespace

SisterSeries::SisterSeries(std::size_t series) : series_(series) {
    VD_CHECK(series >= 1 && series <= kSeriesMax);
}

void SisterSeries::learn(std::span<const double> row) {
    VD_CHECK(row.size() == series_ && !is_settled_);
    if (learned_.size() / series_ >= kRowsMax) return;
    learned_.insert(learned_.end(), row.begin(), row.end());
}

bool SisterSeries::settle() {
    const std::size_t rows = learned_.size() / series_;
    if (is_settled_ || rows < kRowsMin) return is_settled_;
    means_.assign(series_, 0);
    scales_.assign(series_, 0);
    const auto count = static_cast<double>(rows);
    for (std::size_t i = 0; i < learned_.size(); ++i) means_[i % series_] += learned_[i] / count;
    for (std::size_t i = 0; i < learned_.size(); ++i) {
        const double away = learned_[i] - means_[i % series_];
        scales_[i % series_] += away * away / count;
    }
    bool is_moving = false;
    for (std::size_t i = 0; i < series_; ++i) {
        scales_[i] = std::sqrt(scales_[i]);
        if (scales_[i] <= 1e-9 * std::max(std::abs(means_[i]), 1.0)) scales_[i] = 0;
        is_moving = is_moving || scales_[i] > 0;
    }
    if (!is_moving) return false;
    std::vector<std::vector<double>> vectors;
    for (std::size_t row = 0; row < rows; ++row) {
        std::vector<double> vector =
            push(standardised(std::span(learned_).subspan(row * series_, series_)));
        if (row + 1 >= kLags) vectors.push_back(std::move(vector));
    }
    find_axes(vectors);
    std::vector<double> along, off;
    for (const auto& vector : vectors) {
        const Parts parts = parts_of(vector);
        along.push_back(parts.along);
        off.push_back(parts.off);
    }
    along_limit_ = limit_of(std::move(along));
    off_limit_ = limit_of(std::move(off));
    learned_ = {};
    is_settled_ = true;
    return true;
}

void SisterSeries::find_axes(const std::vector<std::vector<double>>& vectors) {
    const std::size_t n = size();
    const auto count = static_cast<double>(vectors.size());
    std::vector<double> middle(n, 0), covariance(n * n, 0);
    for (const auto& vector : vectors) {
        for (std::size_t i = 0; i < n; ++i) middle[i] += vector[i] / count;
    }
    for (const auto& vector : vectors) {
        for (std::size_t i = 0; i < n; ++i) {
            const double a = vector[i] - middle[i];
            for (std::size_t j = i; j < n; ++j) {
                covariance[i * n + j] += a * (vector[j] - middle[j]) / (count - 1);
            }
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < i; ++j) covariance[i * n + j] = covariance[j * n + i];
    }
    const Eigen eigen(std::move(covariance), n);
    const double all = std::accumulate(eigen.values.begin(), eigen.values.end(), 0.0);
    double sum = 0;
    axes_.clear();
    variances_.clear();
    for (std::size_t i = 0; i < n && (i == 0 || sum < kUsualShare * all); ++i) {
        sum += eigen.values[i];
        variances_.push_back(std::max(eigen.values[i], 1e-9));
        const auto axis = eigen.vectors.begin() + static_cast<std::ptrdiff_t>(i * n);
        axes_.insert(axes_.end(), axis, axis + static_cast<std::ptrdiff_t>(n));
    }
}

std::vector<double> SisterSeries::standardised(std::span<const double> row) const {
    std::vector<double> out(series_, 0);
    for (std::size_t i = 0; i < series_; ++i) {
        if (scales_[i] == 0 || !std::isfinite(row[i])) continue;
        out[i] = std::clamp((row[i] - means_[i]) / scales_[i], -kAwayMax, kAwayMax);
    }
    return out;
}

std::vector<double> SisterSeries::push(std::vector<double> row) {
    // Before there were rows, the first one stands for them.
    while (recent_.size() < size()) recent_.insert(recent_.end(), row.begin(), row.end());
    recent_.resize(size() - series_);
    recent_.insert(recent_.begin(), row.begin(), row.end());
    return recent_;
}

SisterSeries::Parts SisterSeries::parts_of(const std::vector<double>& vector) const {
    const std::size_t n = size();
    Parts out;
    out.along_parts.assign(series_, 0);
    out.off_parts.assign(series_, 0);
    std::vector<double> rest = vector, weights(n, 0);
    for (std::size_t axis = 0; axis < variances_.size(); ++axis) {
        const double* const direction = axes_.data() + axis * n;
        double along = 0;
        for (std::size_t i = 0; i < n; ++i) along += direction[i] * vector[i];
        for (std::size_t i = 0; i < n; ++i) {
            rest[i] -= along * direction[i];
            weights[i] += along / variances_[axis] * direction[i];
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        out.along_parts[i % series_] += vector[i] * weights[i];
        out.off_parts[i % series_] += rest[i] * rest[i];
    }
    out.along = std::accumulate(out.along_parts.begin(), out.along_parts.end(), 0.0);
    out.off = std::accumulate(out.off_parts.begin(), out.off_parts.end(), 0.0);
    return out;
}

SisterJudgement SisterSeries::judge(std::span<const double> row) {
    VD_CHECK(row.size() == series_ && is_settled_);
    const Parts parts = parts_of(push(standardised(row)));
    const double odd = parts.along / along_limit_ + parts.off / off_limit_;
    const double now = fixed_ln(1 + std::max(odd, 0.0));
    smoothed_ = has_smoothed_ ? smoothed_ + kNewest * (now - smoothed_) : now;
    has_smoothed_ = true;
    SisterJudgement out;
    out.score = smoothed_;
    out.parts.assign(series_, 0);
    if (odd <= 0) return out;
    for (std::size_t i = 0; i < series_; ++i) {
        const double share =
            (parts.along_parts[i] / along_limit_ + parts.off_parts[i] / off_limit_) / odd;
        out.parts[i] = smoothed_ * share;
    }
    // The largest takes the rounding.
    const double sum = std::accumulate(out.parts.begin(), out.parts.end(), 0.0);
    *std::max_element(out.parts.begin(), out.parts.end()) += smoothed_ - sum;
    return out;
}

void SisterSeries::save(StateWriter& out) const {
    out.varint(series_);
    out.integer(static_cast<std::uint8_t>(is_settled_));
    const auto put = [&](const std::vector<double>& values) {
        out.varint(values.size());
        for (const double value : values) out.real(value);
    };
    for (const auto* values : {&learned_, &means_, &scales_, &axes_, &variances_, &recent_}) {
        put(*values);
    }
    out.real(along_limit_);
    out.real(off_limit_);
    out.real(smoothed_);
    out.integer(static_cast<std::uint8_t>(has_smoothed_));
}

base::Result<void> SisterSeries::restore(StateReader& in) {
    const std::size_t series = series_;
    *this = SisterSeries(series);
    const auto read = [&]() -> base::Result<void> {
        if (in.varint() != series_) return not_ours(kKind, "it is of another number of series");
        const auto settled = in.integer<std::uint8_t>();
        is_settled_ = settled == 1;
        for (auto* values : {&learned_, &means_, &scales_, &axes_, &variances_, &recent_}) {
            const std::uint64_t count = in.varint();
            if (!in.has_room_for(count, sizeof(double))) break;
            for (std::uint64_t i = 0; i < count; ++i) values->push_back(in.real64());
        }
        along_limit_ = in.real64();
        off_limit_ = in.real64();
        smoothed_ = in.real64();
        const auto flag = in.integer<std::uint8_t>();
        has_smoothed_ = flag == 1;
        if (!in.is_good() || settled > 1 || flag > 1) {
            return not_ours(kKind, "it cannot be read");
        }
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = SisterSeries(series);
    return done;
}

std::size_t SisterSeries::memory_bytes() const {
    std::size_t values = 0;
    for (const auto* one : {&learned_, &means_, &scales_, &axes_, &variances_, &recent_}) {
        values += one->size();
    }
    return sizeof *this + values * sizeof(double);
}

base::Result<void> SisterSeries::check_invariants() const {
    const std::size_t n = size();
    if (learned_.size() % series_ != 0 || learned_.size() / series_ > kRowsMax) {
        return not_ours(kKind, "its rows are not whole");
    }
    if (!recent_.empty() && recent_.size() != n) return not_ours(kKind, "its lags are wrong");
    if (!is_settled_) {
        const bool is_bare = axes_.empty() && variances_.empty() && means_.empty() &&
                             scales_.empty() && recent_.empty();
        if (!is_bare) return not_ours(kKind, "it knows before it has settled");
        return {};
    }
    const bool fits = learned_.empty() && means_.size() == series_ && scales_.size() == series_ &&
                      !variances_.empty() && variances_.size() <= n &&
                      axes_.size() == variances_.size() * n && recent_.size() == n;
    if (!fits) return not_ours(kKind, "its parts do not fit together");
    const auto is_positive = [](double value) { return value > 0; };
    if (!std::all_of(variances_.begin(), variances_.end(), is_positive) || along_limit_ <= 0 ||
        off_limit_ <= 0 ||
        !std::all_of(scales_.begin(), scales_.end(), [](double value) { return value >= 0; })) {
        return not_ours(kKind, "a measure is not positive");
    }
    return {};
}

}  // namespace vedette::learn
