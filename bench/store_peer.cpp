// SPDX-License-Identifier: Apache-2.0
#include "bench/store_peer.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

#include "bench/bench_data.h"
#include "bench/process_info.h"
#include "parse/parser.h"
#include "store/encoder.h"
#include "store/schema.h"
#include "store/supervisor.h"

namespace vedette::bench {

namespace {

using base::Result;

/// Encoded beforehand; more would measure this program's memory.
constexpr std::uint64_t kPeerRowsMax = 240'000;

std::vector<std::unique_ptr<store::Block>> encode_all(const std::vector<std::string>& lines,
                                                      const std::string& format,
                                                      std::uint64_t events, std::uint64_t rows) {
    std::string text;
    for (std::uint64_t i = 0; i < std::min(events, kPeerRowsMax); ++i) {
        text += lines[i % lines.size()];
        text += '\n';
    }
    parse::Registry formats;
    parse::register_all(formats);
    event::FieldDictionary fields;
    parse::Parser parser(formats, fields);
    event::Batch batch(fields);
    store::BlockBuilder builder(1);
    std::vector<std::unique_ptr<store::Block>> blocks;
    const auto add = [&](event::Batch& full) {
        if (full.is_empty()) return;
        if (blocks.empty() || blocks.back()->row_count() + full.row_count() > rows) {
            blocks.push_back(std::make_unique<store::Block>());
            builder.begin(*blocks.back(), full.rows()[0].arrival.day());
        }
        builder.add(full, 0, full.row_count());
    };
    std::uint64_t offset = 0;
    event::FormatDeclaration declaration;  // a record a line
    declaration.name = format;
    for (const auto& chunk : chunks_of(text, declaration)) {
        parser.parse(chunk, ++offset, batch, event::kBatchRowsMax, add);
    }
    parser.finish(batch);
    add(batch);
    return blocks;
}

}  // namespace

Result<BareInsert> bare_insert(const std::vector<std::string>& lines, const std::string& format,
                               std::uint64_t events, std::uint64_t rows, int connections) {
    const auto blocks = encode_all(lines, format, events, rows);
    std::string pattern = (std::filesystem::temp_directory_path() / "vedette-peer-XXXXXX").string();
    const std::string folder = ::mkdtemp(pattern.data());
    store::SupervisorOptions options;
    options.data_folder = folder;
    BareInsert out;
    {
        store::Supervisor supervisor(options);
        VD_TRY_DO(supervisor.start());
        store::ClientOptions client_options;
        client_options.endpoint = supervisor.endpoint();
        store::Client client(client_options);
        VD_TRY_DO(store::open_schema(client));
        std::atomic<std::uint64_t> next{0}, inserted{0};
        std::atomic<bool> has_failed{false};
        const std::uint64_t cpu_before = cpu_ns(supervisor.child_pid());
        const auto begin = std::chrono::steady_clock::now();
        const auto send = [&] {
            store::Client own(client_options);
            while (inserted < events && !has_failed) {
                const std::uint64_t number = next++;
                const store::Block& block = *blocks[number % blocks.size()];
                const store::NativeBytes bytes = block.native();
                inserted += block.row_count();
                // A token of its own, or the store would know a block sent again.
                const auto done =
                    own.insert(store::kEventsTable, "Native", bytes.parts,
                               {{"async_insert", "0"},
                                {"insert_deduplication_token", "peer-" + std::to_string(number)}});
                if (!done) has_failed = true;
            }
        };
        std::vector<std::thread> senders;
        for (int i = 0; i < connections; ++i) senders.emplace_back(send);
        for (std::thread& sender : senders) sender.join();
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        const auto count = static_cast<double>(inserted.load());
        out.rows_per_second = count / seconds;
        out.child_cpu_us_per_row =
            static_cast<double>(cpu_ns(supervisor.child_pid()) - cpu_before) / 1e3 / count;
        supervisor.stop();
        if (has_failed) {
            return base::fail(base::ErrorCode::io, "a bare insert was refused", folder,
                              "see store-host.log there");
        }
    }
    std::filesystem::remove_all(folder);
    return out;
}

}  // namespace vedette::bench
