// SPDX-License-Identifier: Apache-2.0
#include "bench/history.h"

#include <charconv>
#include <chrono>

#include "base/time.h"
#include "bench/bench_data.h"
#include "parse/parser.h"
#include "store/schema.h"
#include "store/writer.h"

namespace vedette::bench {

namespace {

using base::Result;

constexpr std::int64_t kDayNs = 86'400'000'000'000;
/// So much is told on standard error while filling, which takes minutes.
constexpr std::uint64_t kProgressRows = 1'000'000;

/// Gives each row the time that its number among all of them stands for. A chunk's rows keep one
/// arrival, because an insert holds rows of one arrival day.
struct Calendar {
    base::Timestamp begin;
    std::int64_t step_ns;

    void set(event::Batch& batch, std::uint64_t number) const {
        for (event::Row& row : batch.rows()) {
            row.time.unix_ns = begin.unix_ns + static_cast<std::int64_t>(number++) * step_ns;
            row.arrival = row.time;
        }
    }
};

}  // namespace

Result<std::unique_ptr<History>> History::open(const HistoryOptions& options,
                                               const std::vector<std::string>& lines) {
    store::SupervisorOptions supervision;
    supervision.data_folder = options.folder;
    std::unique_ptr<History> history(new History(std::move(supervision)));
    VD_TRY_DO(history->supervisor_.start());
    history->client_options_.endpoint = history->supervisor_.endpoint();
    history->client_options_.idle_timeout_ms = 600'000;
    store::Client client(history->client_options_);
    VD_TRY_DO(store::open_schema(client));
    VD_TRY(history->rows_, history->count());
    if (history->rows_ < options.events) VD_TRY_DO(history->fill(options, lines));
    return history;
}

History::~History() { supervisor_.stop(); }

Result<std::uint64_t> History::count() {
    store::Client client(client_options_);
    VD_TRY(const std::string text, client.query("SELECT count() FROM events"));
    std::uint64_t rows = 0;
    std::from_chars(text.data(), text.data() + text.size(), rows);
    return rows;
}

Result<void> History::fill(const HistoryOptions& options, const std::vector<std::string>& lines) {
    if (lines.empty()) return base::fail(base::ErrorCode::bad_input, "there are no lines");
    std::string text;
    for (const std::string& line : lines) (text += line) += '\n';
    event::FormatDeclaration declaration;  // a record a line
    declaration.name = "json";
    const auto chunks = chunks_of(text, declaration);

    parse::Registry formats;
    parse::register_all(formats);
    event::FieldDictionary fields;
    parse::Parser parser(formats, fields);
    event::Batch batch(fields);
    base::CounterRegistry counters;
    store::WriterOptions writing;
    writing.store = client_options_;
    writing.node = 1;
    writing.connections = static_cast<std::size_t>(options.writers);
    store::EventWriter writer(writing, 0, {[](std::uint64_t) {}, [](const store::RefusedRow&) {}},
                              counters.stage("store"));
    const base::Timestamp now = base::SystemClock().now();
    const Calendar calendar{{now.unix_ns - options.days * kDayNs},
                            options.days * kDayNs / static_cast<std::int64_t>(options.events)};
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t number = 0, offset = 0;
    while (number < options.events) {
        const auto& chunk = chunks[offset % chunks.size()];
        ++offset;
        // More rows than a chunk has: a batch is a chunk here.
        parser.parse(chunk, offset, batch, 2 * event::kChunkRecordsMax, [](event::Batch&) {});
        parser.finish(batch);
        calendar.set(batch, number);
        const std::uint64_t before = number;
        number += batch.row_count();
        if (!writer.write(batch)) break;
        writer.chunk_ended(offset);
        batch.clear();
        if (number / kProgressRows != before / kProgressRows) {
            std::fprintf(stderr, "vedette-bench: %llu of %llu events\n",
                         static_cast<unsigned long long>(number),
                         static_cast<unsigned long long>(options.events));
        }
    }
    writer.flush();
    writer.stop();
    fill_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    VD_TRY(rows_, count());
    if (rows_ >= options.events) return {};
    return base::fail(base::ErrorCode::io, "the store has fewer rows than were written",
                      options.folder, "see store-host.log there");
}

}  // namespace vedette::bench
