// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "base/counters.h"
#include "base/json_text.h"
#include "engine/config.h"
#include "parse/parser.h"
#include "parse/row_dump.h"
#include "parse/user_made/format.h"
#include "parse/user_made/guess.h"
#include "report/text.h"
#include "source/file_reader.h"

namespace vedette::apps {

namespace {

namespace made = parse::user_made;
using base::Result;

struct FormatsOptions {
    std::string data_folder = default_data_folder();
    std::vector<std::string> folders;
    std::string format = "table";
    std::string name, from, output;      // new
    std::string definition, sample;      // test
    std::size_t rows = 3, failures = 5;  // test
};

/// What `list` shows of one format.
struct Shown {
    std::string name, kind, recognition, summary, makes;
};

Result<std::vector<Shown>> all_formats(const FormatsOptions& options,
                                       std::vector<base::Error>& problems) {
    parse::Registry registry;
    parse::register_all(registry);
    std::vector<Shown> out;
    for (const parse::Format& format : registry.formats()) {
        if (format.declaration.name == parse::kMissingDefinition) continue;
        out.push_back({format.declaration.name, "built-in",
                       format.declaration.recognise ? "by content" : "inside other formats",
                       format.summary, ""});
    }
    std::vector<std::string> folders = options.folders;
    const std::string usual = options.data_folder + "/formats";
    if (folders.empty() && std::filesystem::is_directory(usual)) folders.push_back(usual);
    for (const std::string& folder : folders) {
        VD_TRY(const auto own, made::read_folder(folder, registry, problems));
        for (const made::MadeFormat& format : own) {
            const made::Outline outline = made::outline(format);
            std::string makes = outline.take + " -> " + outline.dataset + ":";
            for (const std::string& field : outline.fields) makes += " " + field;
            if (outline.keeps_rest)
                makes += outline.fields.empty() ? " all fields" : " and the rest";
            out.push_back({format.name, format.where, outline.recognition, outline.summary, makes});
        }
    }
    std::sort(out.begin(), out.end(),
              [](const Shown& a, const Shown& b) { return a.name < b.name; });
    return out;
}

int list(const FormatsOptions& options) {
    std::vector<base::Error> problems;
    const auto formats = all_formats(options, problems);
    if (!formats) return report(formats.error());
    for (const Shown& shown : *formats) {
        if (options.format == "json") {
            std::string out = "{\"name\":";
            base::append_json_string(out, shown.name);
            for (const auto& [key, text] :
                 {std::pair<const char*, const std::string*>{"from", &shown.kind},
                  {"recognised", &shown.recognition},
                  {"summary", &shown.summary},
                  {"makes", &shown.makes}}) {
                out += fmt::format(",\"{}\":", key);
                base::append_json_string(out, *text);
            }
            std::printf("%s}\n", out.c_str());
            continue;
        }
        std::printf("%-16s %s\n", shown.name.c_str(), report::plain(shown.summary).c_str());
        if (shown.kind == "built-in") continue;
        std::printf("%-16s   %s\n%-16s   told: %s\n%-16s   %s\n", "",
                    report::plain(shown.kind).c_str(), "", report::plain(shown.recognition).c_str(),
                    "", report::plain(shown.makes).c_str());
    }
    for (const base::Error& problem : problems) report(problem);
    return problems.empty() ? kExitGood : kExitNo;
}

int make_new(const FormatsOptions& options) {
    event::FormatDeclarations text(1);
    text[0].name = "text";
    source::FileReaderOptions reader_options;
    reader_options.format = "text";
    auto reader = source::FileReader::open(options.from, text, reader_options);
    if (!reader) return report(reader.error());
    std::vector<std::string> lines;
    while (lines.size() < made::kGuessedLinesMax) {
        auto chunk = reader->next();
        if (!chunk) return report(chunk.error());
        if (!chunk->has_value()) break;
        for (std::size_t i = 0; i < (*chunk)->record_count(); ++i) {
            if (lines.size() < made::kGuessedLinesMax) lines.emplace_back((*chunk)->record(i));
        }
    }
    const auto definition = made::guess_definition(options.name, lines);
    if (!definition) return report(definition.error());
    if (options.output.empty()) {
        std::fwrite(definition->data(), 1, definition->size(), stdout);
        return kExitGood;
    }
    if (std::filesystem::exists(options.output)) {
        return report({base::ErrorCode::bad_input, "the file is there already", options.output,
                       "remove it first, or write to another one", false});
    }
    std::ofstream out(options.output, std::ios::binary);
    out << *definition;
    out.close();
    if (!out) {
        return report(
            {base::ErrorCode::io, "the file cannot be written", options.output, "", false});
    }
    return kExitGood;
}

/// What came of a sample.
struct Trial {
    std::uint64_t rows = 0, bytes = 0, not_decoded = 0, without_time = 0, cpu_ns = 0;
    std::map<std::string, std::uint64_t> fields;  // in how many rows
    std::vector<std::string> first_rows, first_failures;
};

void look_at(const event::Batch& batch, const made::MadeFormat& format,
             const FormatsOptions& options, Trial& trial) {
    for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
        const event::Row& head = batch.rows()[row];
        ++trial.rows;
        trial.bytes += head.raw.size() + 1;
        if ((head.flags & event::kRowNotDecoded) != 0) {
            ++trial.not_decoded;
            if (trial.first_failures.size() < options.failures) {
                trial.first_failures.push_back(fmt::format("line {}: {}: {}", head.line + 1,
                                                           made::why_not(format, head.raw),
                                                           report::plain(head.raw.substr(0, 200))));
            }
            continue;
        }
        if ((head.flags & event::kRowTimeGuessed) != 0) ++trial.without_time;
        if (trial.first_rows.size() < options.rows) {
            trial.first_rows.push_back(parse::dump_row(batch, row, head.raw));
        }
    }
    for (const event::Column& column : batch.columns()) {
        std::uint64_t count = 0;
        std::uint32_t last = 0xFFFF'FFFF;
        for (const event::Cell& cell : column.cells) {
            const bool is_failure = (batch.rows()[cell.row].flags & event::kRowNotDecoded) != 0;
            if (cell.row != last && !is_failure) ++count;
            last = cell.row;
        }
        if (count > 0) trial.fields[std::string(batch.fields().name(column.field))] += count;
    }
}

Result<Trial> try_out(const made::MadeFormat& format, const FormatsOptions& options) {
    parse::Registry registry;
    registry.add(format_of(format));
    const event::FormatDeclarations declarations = registry.declarations();
    source::FileReaderOptions reader_options;
    reader_options.format = format.name;
    VD_TRY(auto reader, source::FileReader::open(options.sample, declarations, reader_options));
    event::FieldDictionary fields;
    parse::Parser parser(registry, fields);
    event::Batch batch(fields);
    Trial trial;
    std::uint64_t began_ns = 0;
    const auto full = [&](event::Batch& done) {
        trial.cpu_ns += base::thread_cpu_ns() - began_ns;
        look_at(done, format, options, trial);
        began_ns = base::thread_cpu_ns();
    };
    for (std::uint64_t offset = 0;; ++offset) {
        VD_TRY(auto chunk, reader.next());
        if (!chunk) break;
        began_ns = base::thread_cpu_ns();
        parser.parse(std::make_shared<const event::Chunk>(std::move(*chunk)), offset, batch,
                     event::kBatchRowsMax, full);
        trial.cpu_ns += base::thread_cpu_ns() - began_ns;
    }
    parser.finish(batch);
    look_at(batch, format, options, trial);
    return trial;
}

double percent(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void print_json(const Trial& trial, double mb_per_s) {
    std::string out = fmt::format(
        "{{\"records\":{},\"decoded\":{},\"without_time\":{},\"mb_per_s\":{:.1f},\"fields\":{{",
        trial.rows, trial.rows - trial.not_decoded, trial.without_time, mb_per_s);
    bool is_first = true;
    for (const auto& [name, count] : trial.fields) {
        if (!std::exchange(is_first, false)) out += ',';
        base::append_json_string(out, name);
        out += fmt::format(":{}", count);
    }
    out += "},\"failures\":[";
    for (std::size_t i = 0; i < trial.first_failures.size(); ++i) {
        if (i > 0) out += ',';
        base::append_json_string(out, trial.first_failures[i]);
    }
    out += "],\"rows\":[";
    for (std::size_t i = 0; i < trial.first_rows.size(); ++i) {
        out += (i > 0 ? "," : "") + trial.first_rows[i];
    }
    std::printf("%s]}\n", out.c_str());
}

void print_table(const Trial& trial, double mb_per_s) {
    for (const std::string& row : trial.first_rows) std::printf("%s\n", report::plain(row).c_str());
    const std::uint64_t decoded = trial.rows - trial.not_decoded;
    std::printf("%s%llu of %llu records were taken apart (%.1f %%), %.0f MB/s\n",
                trial.first_rows.empty() ? "" : "\n", static_cast<unsigned long long>(decoded),
                static_cast<unsigned long long>(trial.rows), percent(decoded, trial.rows),
                mb_per_s);
    if (trial.without_time > 0) {
        std::printf("%llu of them have no time of their own\n",
                    static_cast<unsigned long long>(trial.without_time));
    }
    for (const auto& [name, count] : trial.fields) {
        std::printf("  %5.1f %%  %s\n", percent(count, decoded), report::plain(name).c_str());
    }
    if (trial.first_failures.empty()) return;
    std::printf("the first that did not fit:\n");
    for (const std::string& failure : trial.first_failures) std::printf("  %s\n", failure.c_str());
}

int test(const FormatsOptions& options) {
    const auto format = made::read_format(options.definition);
    if (!format) return report(format.error());
    const auto trial = try_out(*format, options);
    if (!trial) return report(trial.error());
    const double mb_per_s = trial->cpu_ns == 0 ? 0
                                               : static_cast<double>(trial->bytes) * 1e3 /
                                                     static_cast<double>(trial->cpu_ns);
    options.format == "json" ? print_json(*trial, mb_per_s) : print_table(*trial, mb_per_s);
    return trial->not_decoded == 0 && trial->rows > 0 ? kExitGood : kExitNo;
}

}  // namespace

void add_formats_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<FormatsOptions>();
    CLI::App* command = app.add_subcommand("formats", "the log formats there are, and your own");
    command->require_subcommand(1);
    const auto add_output = [&](CLI::App& to, const std::string& json) {
        to.add_option("--format", options->format, "table, or json (" + json + ")")
            ->check(CLI::IsMember({"table", "json"}))
            ->capture_default_str();
    };
    CLI::App* listing = command->add_subcommand("list", "built-in ones and your own");
    add_data_option(*listing, options->data_folder, "your formats are in its folder `formats`");
    listing->add_option("--formats", options->folders, "folder of your formats (may be repeated)")
        ->allow_extra_args(false);
    add_output(*listing, "one a line");
    listing->footer("Exit codes: 0 good, 1 a definition is wrong, 2 an error.");
    listing->callback([&chosen, options] { chosen = [options] { return list(*options); }; });
    CLI::App* making = command->add_subcommand(
        "new", "looks at sample lines and writes a definition to begin with");
    making->add_option("name", options->name, "the format's name")->required();
    making->add_option("--from", options->from, "file of sample lines, also compressed")
        ->required();
    making->add_option("-o,--output", options->output, "file to write; default: standard output");
    making->callback([&chosen, options] { chosen = [options] { return make_new(*options); }; });
    CLI::App* trying = command->add_subcommand("test", "runs a definition over a sample");
    trying->add_option("definition", options->definition, "the YAML file")->required();
    trying->add_option("sample", options->sample, "file of lines, also compressed")->required();
    trying->add_option("--rows", options->rows, "rows to show")->capture_default_str();
    trying->add_option("--failures", options->failures, "records that did not fit to show")
        ->capture_default_str();
    add_output(*trying, "one object");
    trying->footer("Exit codes: 0 every record fits, 1 some do not, 2 an error.");
    trying->callback([&chosen, options] { chosen = [options] { return test(*options); }; });
}

}  // namespace vedette::apps
