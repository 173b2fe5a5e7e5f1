// SPDX-License-Identifier: Apache-2.0
// Measures nothing: prints the rows of files as JSON lines, for comparison with what other programs
// read in them.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/json_text.h"
#include "bench/suites.h"
#include "parse/parser.h"
#include "parse/row_dump.h"
#include "source/file_reader.h"

namespace vedette::bench {

namespace {

struct RowsSettings {
    std::vector<std::string> paths;
    std::string format;
};

int complain(const base::Error& error) {
    std::fprintf(stderr, "vedette-bench: %s\n", error.message().c_str());
    return 2;
}

/// `{"file":...,"row":{...}}` for each row.
base::Result<void> print_rows(const std::string& path, const parse::Registry& registry,
                              const std::string& format) {
    const event::FormatDeclarations declarations = registry.declarations();
    source::FileReaderOptions options;
    options.format = format;
    VD_TRY(auto reader, source::FileReader::open(path, declarations, options));
    event::FieldDictionary fields;
    parse::Parser parser(registry, fields);
    event::Batch batch(fields);
    std::string name;
    base::append_json_string(name, path);
    const auto print = [&](event::Batch& full) {
        for (std::uint32_t row = 0; row < full.row_count(); ++row) {
            std::printf("{\"file\":%s,\"row\":%s}\n", name.c_str(),
                        parse::dump_row(full, row).c_str());
        }
    };
    for (std::uint64_t offset = 0;; ++offset) {
        VD_TRY(auto chunk, reader.next());
        if (!chunk) break;
        parser.parse(std::make_shared<const event::Chunk>(std::move(*chunk)), offset, batch,
                     event::kBatchRowsMax, print);
    }
    parser.finish(batch);
    print(batch);
    return {};
}

int run_rows(const RowsSettings& settings) {
    parse::Registry registry;
    parse::register_all(registry);
    for (const std::string& wanted : settings.paths) {
        const auto paths = source::files_below(wanted);
        if (!paths) return complain(paths.error());
        for (const std::string& path : *paths) {
            const auto printed = print_rows(path, registry, settings.format);
            if (!printed) return complain(printed.error());
        }
    }
    return 0;
}

}  // namespace

void add_rows(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command = app.add_subcommand("rows", "print the rows of files as JSON lines");
    const auto settings = std::make_shared<RowsSettings>();
    command->add_option("paths", settings->paths, "files and folders")->required();
    command->add_option("--format", settings->format, "default: recognised by content");
    command->callback([settings, &chosen] { chosen = [settings] { return run_rows(*settings); }; });
}

}  // namespace vedette::bench
