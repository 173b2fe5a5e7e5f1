// SPDX-License-Identifier: Apache-2.0
#include "source/remote_write/request_cut.h"

#include "base/protobuf_wire.h"
#include "source/limits.h"
#include "source/remote_write/limits.h"

namespace vedette::source::remote_write {

using base::ErrorCode;
using base::fail;
using base::ProtobufField;
using base::ProtobufReader;
using base::Result;

namespace {

// Numbers of fields.   Source: prompb/remote.proto and prompb/types.proto
constexpr std::uint32_t kTimeSeries = 1;                // of WriteRequest
constexpr std::uint32_t kSamples = 2, kHistograms = 4;  // of TimeSeries

/// Tag and size of a message within a request.
constexpr std::size_t kAroundBytes = 16;

bool is_message(const ProtobufField& field, std::uint32_t number) {
    return field.number == number && field.wire == ProtobufField::Wire::bytes;
}

/// Rows that a field of a series gives.
std::size_t rows_of(const ProtobufField& field) {
    return is_message(field, kSamples) ? 1 : is_message(field, kHistograms) ? 2 : 0;
}

/// Calls `on_field` with each field of a message.
template <class OnField>
Result<void> each(std::string_view message, std::string_view name, OnField&& on_field) {
    ProtobufReader reader(message);
    ProtobufField field;
    while (reader.next(field)) VD_TRY_DO(on_field(field));
    if (reader.is_good()) return {};
    return fail(ErrorCode::bad_input, "not a protobuf message", std::string(name));
}

Result<std::size_t> count_samples(std::string_view body) {
    std::size_t count = 0;
    const auto count_one = [&](const ProtobufField& field) -> Result<void> {
        count += rows_of(field);
        if (count <= kSamplesMax) return {};
        return fail(ErrorCode::limit, "more than " + std::to_string(kSamplesMax) + " samples",
                    "request", "send smaller requests");
    };
    VD_TRY_DO(each(body, "WriteRequest", [&](const ProtobufField& field) -> Result<void> {
        if (!is_message(field, kTimeSeries)) return {};
        return each(field.bytes, "TimeSeries", count_one);
    }));
    return count;
}

/// Gathers series until they fill a part.
class Parts {
  public:
    explicit Parts(RecordChunks& chunks) : chunks_(chunks) {}

    Result<void> add_series(std::string_view series) {
        std::string head;
        std::size_t rows = 0;
        VD_TRY_DO(each(series, "TimeSeries", [&](const ProtobufField& field) -> Result<void> {
            const std::size_t more = rows_of(field);
            if (more == 0) head.append(field.whole);
            rows += more;
            return {};
        }));
        if (rows == 0) return {};
        std::string samples;
        std::size_t sample_rows = 0;
        const auto flush = [&]() -> Result<void> {
            if (sample_rows == 0) return {};
            VD_TRY_DO(add_message(head + samples, sample_rows));
            samples.clear();
            sample_rows = 0;
            return {};
        };
        VD_TRY_DO(each(series, "TimeSeries", [&](const ProtobufField& field) -> Result<void> {
            const std::size_t more = rows_of(field);
            if (more == 0) return {};
            if (head.size() + field.whole.size() + kAroundBytes > kSampleBytesMax) {
                counts_.too_long += more;
                return {};
            }
            const std::size_t size = head.size() + samples.size() + field.whole.size();
            if (sample_rows + more > kPartSamplesMax || size > kPartBytesMax) VD_TRY_DO(flush());
            samples.append(field.whole);
            sample_rows += more;
            return {};
        }));
        return flush();
    }

    Result<void> end_part() {
        if (rows_ == 0) return {};
        bytes_ += part_.size();
        if (bytes_ > kOpenedBytesMax) {
            return fail(ErrorCode::limit, "labels are too large to be kept with every part",
                        "request", "send smaller requests");
        }
        chunks_.add(part_, {}, {}, rows_);
        counts_.samples += rows_;
        rows_ = 0;
        part_.clear();
        return {};
    }

    const CutCounts& counts() const { return counts_; }

  private:
    Result<void> add_message(const std::string& series, std::size_t rows) {
        const bool is_full = rows_ + rows > kPartSamplesMax ||
                             part_.size() + series.size() + kAroundBytes > kPartBytesMax;
        if (is_full) VD_TRY_DO(end_part());
        base::append_protobuf_bytes(part_, kTimeSeries, series);
        rows_ += rows;
        return {};
    }

    RecordChunks& chunks_;
    std::string part_;
    std::size_t rows_ = 0;   // in part_
    std::size_t bytes_ = 0;  // of all parts
    CutCounts counts_;
};

}  // namespace

Result<CutCounts> cut_request(std::string_view body, RecordChunks& chunks) {
    VD_TRY(const std::size_t count, count_samples(body));
    if (count == 0) return CutCounts{};
    // The decoder tells a request by its first byte, which in anybody's is a series or metadata.
    constexpr char kSeriesTag = 0x0A, kMetadataTag = 0x1A;
    const bool is_told = body.front() == kSeriesTag || body.front() == kMetadataTag;
    if (is_told && body.size() <= kPartBytesMax && count <= kPartSamplesMax) {
        chunks.add(body, {}, {}, count);
        return CutCounts{count, 0};
    }
    Parts parts(chunks);
    VD_TRY_DO(each(body, "WriteRequest", [&](const ProtobufField& field) -> Result<void> {
        return is_message(field, kTimeSeries) ? parts.add_series(field.bytes) : Result<void>{};
    }));
    VD_TRY_DO(parts.end_part());
    return parts.counts();
}

}  // namespace vedette::source::remote_write
