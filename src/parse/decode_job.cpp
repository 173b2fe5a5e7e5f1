// SPDX-License-Identifier: Apache-2.0
#include "parse/decode_job.h"

#include <memory>

#include "parse/registry.h"
#include "parse/row_wire.h"

namespace vedette::parse {

namespace {

using base::ErrorCode;
using base::Result;

// Fields and decoder are made anew for each job: nothing of one record stays for the next.
Result<void> decode_chunk_of(const Registry& registry, const sandbox::Job& job,
                             sandbox::Output& output) {
    std::string bytes(job.input);
    VD_TRY(const event::Chunk chunk, event::decode_chunk(bytes));
    const Format* const format = registry.find(chunk.envelope.format);
    if (format == nullptr) {
        return base::fail(ErrorCode::unsupported,
                          "this worker knows no format '" + chunk.envelope.format + "'");
    }
    event::FieldDictionary fields;
    const std::unique_ptr<Decoder> decoder = format->make(fields);
    decoder->attach(registry, fields);
    RowWriter rows(fields, chunk, output);
    decoder->begin_chunk(chunk);
    for (std::size_t i = 0; i < chunk.record_count(); ++i) {
        rows.begin_record(i);
        decoder->decode(chunk.record(i), chunk.envelope, rows);
        VD_TRY_DO(rows.end_record());
    }
    return rows.end();
}

}  // namespace

void add_decode_job(sandbox::Jobs& jobs) {
    const auto registry = std::make_shared<Registry>();  // the handler is copied, it is not
    register_all(*registry);
    jobs.add(std::string(kDecodeJob), [registry](const sandbox::Job& job, sandbox::Output& output) {
        return decode_chunk_of(*registry, job, output);
    });
}

}  // namespace vedette::parse
