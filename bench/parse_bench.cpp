// SPDX-License-Identifier: Apache-2.0
// Decoding, mapping and event time against simdjson's DOM parse of the same records, or against
// another program that reads the same files; one core, CPU time.

#include <fcntl.h>
#include <simdjson.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/counters.h"
#include "base/json_text.h"
#include "bench/bench_data.h"
#include "bench/suites.h"
#include "parse/parser.h"
#include "parse/user_made/format.h"
#include "sandbox/pool.h"
#include "source/file_reader.h"

namespace vedette::bench {

namespace {

struct ParseSettings {
    std::string data;
    std::string format = "json";
    std::string definition, context;
    int repeat = 10;
    std::size_t rows_max = event::kBatchRowsMax;
    bool is_confined = false;
    bool is_whole = false;
    std::vector<std::string> peer;  // program and arguments; the file's path is the last one
};

using Chunks = std::vector<std::shared_ptr<const event::Chunk>>;

struct ParsePassed {
    std::uint64_t cpu_ns = 0;
    std::uint64_t rows = 0;
    std::uint64_t values = 0;
};

/// All chunks through the parser, as engine has it: one batch that is emptied and filled again.
ParsePassed decode_all(parse::Parser& parser, event::Batch& batch, const Chunks& chunks,
                       std::size_t rows_max) {
    ParsePassed passed;
    const auto full = [&](event::Batch& done) {
        passed.rows += done.row_count();
        for (const event::Column& column : done.columns()) passed.values += column.cells.size();
    };
    const std::uint64_t begin = base::thread_cpu_ns();
    std::uint64_t offset = 0;
    for (const auto& chunk : chunks) parser.parse(chunk, offset++, batch, rows_max, full);
    parser.finish(batch);
    full(batch);
    batch.clear();
    passed.cpu_ns = base::thread_cpu_ns() - begin;
    return passed;
}

/// The same records through simdjson's DOM parser, one after the other. Lines that are not JSON
/// count as time only.
std::uint64_t dom_all_ns(const Chunks& chunks) {
    simdjson::dom::parser parser;
    const std::uint64_t begin = base::thread_cpu_ns();
    std::uint64_t good = 0;
    for (const auto& chunk : chunks) {
        for (std::size_t i = 0; i < chunk->record_count(); ++i) {
            const std::string_view record = chunk->record(i);
            // Bytes of later records, or of the capacity reserved below, are the padding.
            const auto parsed = parser.parse(record.data(), record.size(), false);
            good += parsed.error() == simdjson::SUCCESS ? 1 : 0;
        }
    }
    const std::uint64_t cpu_ns = base::thread_cpu_ns() - begin;
    return good == 0 ? 0 : cpu_ns;
}

/// All records of a file or of all files below a folder.
base::Result<Chunks> read_chunks(const std::vector<std::string>& paths,
                                 const event::FormatDeclaration& format) {
    Chunks chunks;
    for (const std::string& path : paths) {
        VD_TRY(const std::string bytes, read_data(path));
        for (auto& chunk : chunks_of(bytes, format)) chunks.push_back(std::move(chunk));
    }
    return chunks;
}

/// Microseconds of CPU that all ended children have used.
std::uint64_t children_cpu_us() {
    struct rusage usage {};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const auto us = [](const timeval& time) {
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
               static_cast<std::uint64_t>(time.tv_usec);
    };
    return us(usage.ru_utime) + us(usage.ru_stime);
}

/// Runs the peer once for each file, its output thrown away. Zero if it cannot be run.
std::uint64_t peer_cpu_us(const std::vector<std::string>& peer,
                          const std::vector<std::string>& paths) {
    if (peer.empty()) return 0;
    const std::uint64_t before = children_cpu_us();
    for (const std::string& path : paths) {
        std::vector<char*> arguments;
        for (const std::string& word : peer) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(const_cast<char*>(path.c_str()));
        arguments.push_back(nullptr);
        const pid_t child = ::fork();
        if (child == 0) {
            const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
            ::dup2(null, STDOUT_FILENO);
            ::dup2(null, STDERR_FILENO);
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        int status = 0;
        if (child < 0 || ::waitpid(child, &status, 0) != child || status == 127 << 8) return 0;
    }
    return children_cpu_us() - before;
}

/// As decode_all, with workers where the format asks for them: the mean of all passes, with the CPU
/// time of the workers, their start among it.
ParsePassed decode_all_confined(const parse::Registry& registry, const Chunks& chunks,
                                const ParseSettings& settings) {
    const std::uint64_t children_before_us = children_cpu_us();
    ParsePassed sum;
    {
        sandbox::Pool workers;
        event::FieldDictionary fields;
        parse::Parser parser(registry, fields, &workers);
        event::Batch batch(fields);
        for (int i = 0; i < settings.repeat; ++i) {
            const ParsePassed passed = decode_all(parser, batch, chunks, settings.rows_max);
            sum = {sum.cpu_ns + passed.cpu_ns, passed.rows, passed.values};
        }
    }
    sum.cpu_ns += (children_cpu_us() - children_before_us) * 1'000;
    sum.cpu_ns /= static_cast<std::uint64_t>(settings.repeat);
    return sum;
}

int run_parse(const ParseSettings& settings) {
    parse::Registry registry;
    parse::register_all(registry);
    std::string name = settings.format;
    if (!settings.definition.empty()) {
        const auto made = parse::user_made::read_format(settings.definition);
        if (!made) {
            std::fprintf(stderr, "vedette-bench: %s\n", made.error().message().c_str());
            return 2;
        }
        registry.add(format_of(*made));
        name = made->name;
    }
    const parse::Format* const format = registry.find(name);
    if (format == nullptr) {
        std::fprintf(stderr, "vedette-bench: there is no format %s\n", name.c_str());
        return 2;
    }
    const auto paths = source::files_below(settings.data);
    event::FormatDeclaration declaration = format->declaration;
    if (settings.is_whole) declaration.framing = {.kind = event::Framing::Kind::whole};
    const auto read = paths ? read_chunks(*paths, declaration)
                            : base::Result<Chunks>(tl::unexpected(paths.error()));
    if (!read) {
        std::fprintf(stderr, "vedette-bench: %s\n", read.error().message().c_str());
        return 2;
    }
    Chunks chunks;
    for (const auto& chunk : *read) {
        auto made = std::make_shared<event::Chunk>(*chunk);
        if (!settings.context.empty()) made->envelope.context = settings.context;
        chunks.push_back(std::move(made));
    }
    std::size_t record_bytes = 0;
    for (const auto& chunk : chunks) record_bytes += chunk->bytes.size();
    Chunks padded;
    for (const auto& chunk : chunks) {
        auto copy = std::make_shared<event::Chunk>(*chunk);
        copy->bytes.reserve(copy->bytes.size() + simdjson::SIMDJSON_PADDING);
        padded.push_back(std::move(copy));
    }
    event::FieldDictionary fields;
    parse::Parser parser(registry, fields);
    event::Batch batch(fields);
    ParsePassed best;
    std::uint64_t dom_ns = 0;
    for (int i = 0; i < settings.repeat; ++i) {
        const ParsePassed passed = decode_all(parser, batch, chunks, settings.rows_max);
        if (i == 0 || passed.cpu_ns < best.cpu_ns) best = passed;
        const std::uint64_t once_ns = dom_all_ns(padded);
        if (i == 0 || once_ns < dom_ns) dom_ns = once_ns;
    }
    ParsePassed confined;
    if (settings.is_confined) confined = decode_all_confined(registry, chunks, settings);
    if (best.rows == 0) {
        std::fprintf(stderr, "vedette-bench: %s holds no record\n", settings.data.c_str());
        return 2;
    }
    const auto per_second = [&](double amount, std::uint64_t ns) {
        return ns == 0 ? 0.0 : amount * 1e9 / static_cast<double>(ns);
    };
    const double megabytes = static_cast<double>(record_bytes) / 1e6;
    const double dom_mb = per_second(megabytes, dom_ns);
    const double ours_mb = per_second(megabytes, best.cpu_ns);
    const double confined_mb = per_second(megabytes, confined.cpu_ns);
    const double peer_mb = per_second(megabytes, peer_cpu_us(settings.peer, *paths) * 1'000);
    std::string names;
    base::append_json_string(names, settings.data);
    names += ",\"machine\":";
    base::append_json_string(names, machine_name());
    names += ",\"commit\":";
    base::append_json_string(names, commit_name());
    std::printf(
        "{\"suite\":\"parse\",\"format\":\"%s\",\"mb_per_s\":%.1f,\"events_per_s\":%.0f,"
        "\"cpu_us_per_event\":%.3f,\"dom_mb_per_s\":%.1f,\"ratio_to_dom\":%.3f,"
        "\"confined_mb_per_s\":%.1f,\"confined_rows\":%llu,\"peer_mb_per_s\":%.1f,\"ratio_to_"
        "peer\":%.1f,\"rows\":%llu,\"values\":%llu,\"bytes\":%zu,"
        "\"batch_bytes\":%zu,\"data\":%s}\n",
        name.c_str(), ours_mb, per_second(static_cast<double>(best.rows), best.cpu_ns),
        static_cast<double>(best.cpu_ns) / 1e3 / static_cast<double>(best.rows), dom_mb,
        dom_mb == 0 ? 0.0 : ours_mb / dom_mb, confined_mb,
        static_cast<unsigned long long>(confined.rows), peer_mb,
        peer_mb == 0 ? 0.0 : ours_mb / peer_mb, static_cast<unsigned long long>(best.rows),
        static_cast<unsigned long long>(best.values), record_bytes, batch.memory_bytes(),
        names.c_str());
    return 0;
}

}  // namespace

void add_parse(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("parse", "decode and map records, against simdjson or a peer");
    const auto settings = std::make_shared<ParseSettings>();
    command->add_option("--data", settings->data, "file of records, also .gz or .zst, or a folder")
        ->required();
    command->add_option("--format", settings->format, "name of the decoder")->capture_default_str();
    command->add_option("--definition", settings->definition,
                        "definition of a user-made format, instead of --format");
    command->add_option("--context", settings->context,
                        "what the framer would have learned: the header line of a table");
    command->add_option("--repeat", settings->repeat, "passes; the best counts")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command->add_option("--peer", settings->peer,
                        "program and its arguments, run once for each file of --data");
    command->add_flag("--confined", settings->is_confined,
                      "also in workers, if the format asks for them");
    command->add_flag("--whole", settings->is_whole,
                      "each file is one record, as a binary request over HTTP is");
    command->add_option("--rows-max", settings->rows_max, "rows of a batch")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, event::kBatchRowsMax));
    command->callback(
        [settings, &chosen] { chosen = [settings] { return run_parse(*settings); }; });
}

}  // namespace vedette::bench
