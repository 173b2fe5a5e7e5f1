// SPDX-License-Identifier: Apache-2.0
#include "learn/vector_model/nearest_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vedette::learn {

namespace {

constexpr std::size_t kBlock = 16;
/// A tenth of a column's range of ranks: closer than that, rows are as good as alike.
constexpr float kReachMin = 20;
constexpr std::size_t up(std::size_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

std::uint32_t square(std::uint8_t a, std::uint8_t b) {
    const int apart = int{a} - int{b};
    return static_cast<std::uint32_t>(apart * apart);
}

#if defined(__SSE2__)
std::uint32_t distance(const std::uint8_t* a, const std::uint8_t* b, std::size_t number_bytes,
                       std::size_t bytes) {
    const auto load = [](const std::uint8_t* at) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    };
    const __m128i zero = _mm_setzero_si128(), one = _mm_set1_epi8(1);
    __m128i sum = zero, unequal = zero;
    for (std::size_t i = 0; i < number_bytes; i += kBlock) {
        const __m128i here = load(a + i), there = load(b + i);
        const __m128i apart = _mm_or_si128(_mm_subs_epu8(here, there), _mm_subs_epu8(there, here));
        const __m128i low = _mm_unpacklo_epi8(apart, zero), high = _mm_unpackhi_epi8(apart, zero);
        sum = _mm_add_epi32(sum, _mm_madd_epi16(low, low));
        sum = _mm_add_epi32(sum, _mm_madd_epi16(high, high));
    }
    for (std::size_t i = number_bytes; i < bytes; i += kBlock) {
        const __m128i same = _mm_cmpeq_epi8(load(a + i), load(b + i));
        unequal = _mm_add_epi64(unequal, _mm_sad_epu8(_mm_andnot_si128(same, one), zero));
    }
    sum = _mm_add_epi32(sum, _mm_srli_si128(sum, 8));
    sum = _mm_add_epi32(sum, _mm_srli_si128(sum, 4));
    unequal = _mm_add_epi64(unequal, _mm_srli_si128(unequal, 8));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(sum)) +
           static_cast<std::uint32_t>(_mm_cvtsi128_si32(unequal)) *
               NearestRows::kCategoryDifference;
}
#else
std::uint32_t distance(const std::uint8_t* a, const std::uint8_t* b, std::size_t number_bytes,
                       std::size_t bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < number_bytes; ++i) sum += square(a[i], b[i]);
    for (std::size_t i = number_bytes; i < bytes; ++i) {
        sum += a[i] == b[i] ? 0 : NearestRows::kCategoryDifference;
    }
    return sum;
}
#endif

/// Root of the mean of the squared distances, and never nothing.
float reach_of(const NearestRows::Found& found) {
    if (found.count == 0) return kReachMin;
    return kReachMin +
           std::sqrt(static_cast<float>(found.total()) / static_cast<float>(found.count));
}

}  // namespace

std::uint32_t NearestRows::Found::total() const {
    return std::accumulate(distance.begin(), distance.begin() + static_cast<std::ptrdiff_t>(count),
                           0U);
}

NearestRows::NearestRows(std::size_t numbers, std::size_t categories)
    : numbers_(numbers),
      categories_(categories),
      number_bytes_(up(numbers)),
      stride_(up(numbers) + up(categories)) {}

std::vector<std::uint8_t> NearestRows::padded(std::span<const std::uint8_t> positions) const {
    std::vector<std::uint8_t> row(stride_);
    for (std::size_t i = 0; i < positions.size(); ++i) row[offset_of(i)] = positions[i];
    return row;
}

void NearestRows::add(std::span<const std::uint8_t> positions) {
    const auto row = padded(positions);
    bytes_.insert(bytes_.end(), row.begin(), row.end());
}

NearestRows::Found NearestRows::nearest(std::span<const std::uint8_t> positions) const {
    return nearest_but(padded(positions), size());
}

NearestRows::Found NearestRows::nearest_but(std::span<const std::uint8_t> row,
                                            std::size_t left_out) const {
    Found found;
    const std::size_t rows = size();
    for (std::size_t i = 0; i < rows; ++i) {
        if (i == left_out) continue;
        const std::uint32_t d = distance(row.data(), &bytes_[i * stride_], number_bytes_, stride_);
        if (found.count == kNeighbours && d >= found.distance[kNeighbours - 1]) continue;
        std::size_t at = found.count < kNeighbours ? found.count++ : kNeighbours - 1;
        for (; at > 0 && found.distance[at - 1] > d; --at) {
            found.distance[at] = found.distance[at - 1];
            found.row[at] = found.row[at - 1];
        }
        found.distance[at] = d;
        found.row[at] = static_cast<std::uint32_t>(i);
    }
    return found;
}

void NearestRows::settle() {
    reaches_.clear();
    for (std::size_t i = 0; i < size(); ++i) {
        reaches_.push_back(reach_of(nearest_but({&bytes_[i * stride_], stride_}, i)));
    }
}

double NearestRows::relative(const Found& found) const {
    VD_CHECK(reaches_.size() == size());
    if (found.count == 0) return 1;
    double sum = 0;
    for (std::size_t i = 0; i < found.count; ++i)
        sum += static_cast<double>(reaches_[found.row[i]]);
    return static_cast<double>(reach_of(found)) * static_cast<double>(found.count) / sum;
}

std::uint32_t NearestRows::part(const Found& found, std::span<const std::uint8_t> positions,
                                std::size_t column) const {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < found.count; ++i) {
        const std::uint8_t there = bytes_[found.row[i] * stride_ + offset_of(column)];
        const std::uint8_t here = positions[column];
        if (column >= numbers_) {
            sum += there == here ? 0 : kCategoryDifference;
        } else {
            sum += square(there, here);
        }
    }
    return sum;
}

}  // namespace vedette::learn
