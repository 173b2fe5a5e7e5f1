// SPDX-License-Identifier: Apache-2.0
#include "parse/prometheus/write_request.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/protobuf_wire.h"
#include "parse/prometheus/limits.h"
#include "parse/prometheus/text_line.h"

namespace vedette::parse::prometheus {

using base::ProtobufField;
using base::ProtobufReader;
using Wire = ProtobufField::Wire;

namespace {

// Numbers of fields.   Source: prompb/remote.proto and prompb/types.proto
constexpr std::uint32_t kTimeSeries = 1;                             // of WriteRequest
constexpr std::uint32_t kLabels = 1, kSamples = 2, kHistograms = 4;  // of TimeSeries
constexpr std::uint32_t kLabelName = 1, kLabelValue = 2;
constexpr std::uint32_t kSampleValue = 1, kSampleTime = 2;
constexpr std::uint32_t kCountInt = 1, kCountFloat = 2, kSum = 3, kHistogramTime = 15;

/// The NaN that says "this series has ended". Source: Prometheus Remote-Write 1.0, "Stale markers"
constexpr std::uint64_t kStaleNan = 0x7ff0000000000002;

/// Times that the text of a line can say and be read again: from 1970 to the year 5138.
constexpr std::int64_t kSecondsBelowMs = 100'000'000'000, kTimeMaxMs = 100'000'000'000'000;

struct Series {
    std::string_view name;
    std::vector<MetricLabel> labels;
    std::size_t label_bytes = 0;
};

bool read_label(std::string_view message, Series& out) {
    ProtobufReader reader(message);
    ProtobufField field;
    MetricLabel label;
    while (reader.next(field)) {
        if (field.wire != Wire::bytes) continue;
        if (field.number == kLabelName) label.name = field.bytes;
        if (field.number == kLabelValue) label.value = field.bytes;
    }
    out.label_bytes += label.name.size() + label.value.size();
    if (!reader.is_good() || out.label_bytes > kLabelBytesMax) return false;
    if (label.name == "__name__") {
        out.name = label.value;
        return true;
    }
    out.labels.push_back(label);
    return out.labels.size() <= kLabelsMax;
}

void append_value(std::string& line, std::uint64_t bits) {
    const auto value = std::bit_cast<double>(bits);
    line += ' ';
    if (bits == kStaleNan) {
        line += kStaleText;
    } else if (std::isnan(value)) {
        line += "NaN";
    } else if (std::isinf(value)) {
        line += value > 0 ? "+Inf" : "-Inf";
    } else {
        std::array<char, 32> room{};
        const auto written = std::to_chars(room.data(), room.data() + room.size(), value);
        line.append(room.data(), written.ptr);
    }
}

void append_time(std::string& line, std::int64_t time_ms) {
    if (time_ms < 0 || time_ms >= kTimeMaxMs) return;
    line += ' ';
    if (time_ms >= kSecondsBelowMs) {
        line += std::to_string(time_ms);
        return;
    }
    // So early a time would be read as seconds: it is written as such.
    const std::string thousandths = std::to_string(1'000 + time_ms % 1'000);
    line += std::to_string(time_ms / 1'000);
    line.append(".").append(thousandths, 1);
}

struct Point {
    std::uint64_t value = 0;
    std::int64_t time_ms = 0;
};

bool read_sample(std::string_view message, Point& out) {
    ProtobufReader reader(message);
    ProtobufField field;
    while (reader.next(field)) {
        if (field.number == kSampleValue && field.wire == Wire::fixed64) out.value = field.value;
        if (field.number == kSampleTime && field.wire == Wire::varint) {
            out.time_ms = static_cast<std::int64_t>(field.value);
        }
    }
    return reader.is_good();
}

struct HistogramPoint {
    std::uint64_t count = 0, sum = 0;  // bits of doubles
    std::int64_t time_ms = 0;
};

bool read_histogram(std::string_view message, HistogramPoint& out) {
    ProtobufReader reader(message);
    ProtobufField field;
    while (reader.next(field)) {
        if (field.number == kCountInt && field.wire == Wire::varint) {
            out.count = std::bit_cast<std::uint64_t>(static_cast<double>(field.value));
        }
        if (field.number == kCountFloat && field.wire == Wire::fixed64) out.count = field.value;
        if (field.number == kSum && field.wire == Wire::fixed64) out.sum = field.value;
        if (field.number == kHistogramTime && field.wire == Wire::varint) {
            out.time_ms = static_cast<std::int64_t>(field.value);
        }
    }
    // The marker stands in the sum.
    if (out.sum == kStaleNan) out.count = kStaleNan;
    return reader.is_good();
}

using OnLine = std::function<void(std::string_view line)>;

class SeriesWalk {
  public:
    SeriesWalk(std::string_view message, const OnLine& on_line)
        : message_(message), on_line_(on_line) {}

    /// Everything is read before anything is handed out.
    bool is_good() {
        return each([&](const ProtobufField& field) {
            if (field.number == kLabels) return read_label(field.bytes, series_);
            Point point;
            HistogramPoint histogram;
            if (field.number == kSamples) return read_sample(field.bytes, point);
            if (field.number == kHistograms) return read_histogram(field.bytes, histogram);
            return true;
        });
    }

    void hand_out() {
        const std::string head = head_of(series_.name);
        std::string count_head, sum_head;
        (void)each([&](const ProtobufField& field) {
            if (field.number == kSamples) {
                Point point;
                (void)read_sample(field.bytes, point);
                tell(head, point.value, point.time_ms);
            }
            if (field.number == kHistograms) {
                if (count_head.empty()) {
                    count_head = head_of(std::string(series_.name) + "_count");
                    sum_head = head_of(std::string(series_.name) + "_sum");
                }
                HistogramPoint point;
                (void)read_histogram(field.bytes, point);
                tell(count_head, point.count, point.time_ms);
                tell(sum_head, point.sum, point.time_ms);
            }
            return true;
        });
    }

  private:
    template <class OnField>
    bool each(OnField&& on_field) {
        ProtobufReader reader(message_);
        ProtobufField field;
        while (reader.next(field)) {
            if (field.wire == Wire::bytes && !on_field(field)) return false;
        }
        return reader.is_good();
    }

    std::string head_of(std::string_view name) const {
        std::string out;
        append_series(out, name, series_.labels);
        if (out.empty()) out = "{}";
        return out;
    }

    void tell(const std::string& head, std::uint64_t value, std::int64_t time_ms) {
        line_ = head;
        append_value(line_, value);
        append_time(line_, time_ms);
        on_line_(line_);
    }

    std::string_view message_;
    const OnLine& on_line_;
    Series series_;
    std::string line_;
};

}  // namespace

bool walk_write_request(std::string_view request, const OnLine& on_line,
                        const std::function<void(std::string_view bytes)>& on_damaged) {
    ProtobufReader reader(request);
    ProtobufField field;
    while (reader.next(field)) {
        if (field.number != kTimeSeries || field.wire != Wire::bytes) continue;
        SeriesWalk series(field.bytes, on_line);
        if (series.is_good()) {
            series.hand_out();
        } else {
            on_damaged(field.bytes);
        }
    }
    return reader.is_good();
}

}  // namespace vedette::parse::prometheus
