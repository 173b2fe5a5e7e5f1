// SPDX-License-Identifier: Apache-2.0
// What the formats make of a folder of logs, file by file: the table of docs/formats.md.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "base/counters.h"
#include "bench/suites.h"
#include "event/schema.h"
#include "parse/parser.h"
#include "source/file_reader.h"

namespace vedette::bench {

namespace {

/// What one format made of one file, or of all members of an archive that it read.
struct Told {
    std::uint64_t inputs = 0, records = 0, rows = 0, failures = 0, bytes = 0, cpu_ns = 0;
    std::set<std::string> datasets;
    std::map<std::string, std::uint64_t> reasons;  // of failures
};

class FormatTable {
  public:
    FormatTable() : batch_(fields_) {
        parse::register_all(registry_);
        declarations_ = registry_.declarations();
        parser_ = std::make_unique<parse::Parser>(registry_, fields_, &decoders_);
        reason_ = fields_.intern("error.message").value();
    }

    void read(const std::string& path, const std::string& name) {
        source::FileReaderOptions options;
        options.workers = &archives_;
        auto reader = source::FileReader::open(path, declarations_, options);
        if (!reader) return unread_.emplace_back(name, reader.error().text), void();
        std::map<std::string, Told> by_format;
        for (;;) {
            auto chunk = reader->next();
            if (!chunk || !chunk->has_value()) break;
            const auto taken = std::make_shared<const event::Chunk>(std::move(**chunk));
            decode(taken, by_format[taken->envelope.format]);
        }
        for (const source::ReadInput& input : reader->inputs()) {
            if (!input.why_unread.empty()) unread_.emplace_back(name, input.why_unread);
            if (!input.format.empty()) ++by_format[input.format].inputs;
        }
        for (const auto& [format, told] : by_format) print(name, format, told);
    }

    /// Files that are no logs, by the reason.
    void print_unread() const {
        std::map<std::string, std::vector<std::string>> by_reason;
        for (const auto& [name, reason] : unread_) by_reason[reason].push_back(name);
        for (const auto& [reason, names] : by_reason) {
            std::printf("\nnot read: %s (%zu):", reason.c_str(), names.size());
            for (const std::string& name : names) std::printf(" %s", name.c_str());
            std::printf("\n");
        }
    }

  private:
    void decode(const std::shared_ptr<const event::Chunk>& chunk, Told& told) {
        const auto count = [&](event::Batch& full) { look(full, told); };
        const std::uint64_t begin_ns = base::thread_cpu_ns();
        parser_->parse(chunk, offset_++, batch_, event::kBatchRowsMax, count);
        parser_->finish(batch_);
        told.cpu_ns += base::thread_cpu_ns() - begin_ns;
        look(batch_, told);
        batch_.clear();
        told.records += chunk->record_count();
        told.bytes += chunk->bytes.size();
    }

    void look(const event::Batch& batch, Told& told) const {
        told.rows += batch.row_count();
        for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
            const event::Row& read = batch.rows()[row];
            if ((read.flags & event::kRowNotDecoded) == 0) {
                told.datasets.emplace(batch.dataset(read.dataset));
                continue;
            }
            ++told.failures;
            constexpr std::size_t kShownBytes = 60;
            const auto why = batch.first(reason_, row);
            ++told.reasons[std::string(why ? *why : read.raw.substr(0, kShownBytes))];
        }
    }

    static void print(const std::string& name, const std::string& format, const Told& told) {
        constexpr std::size_t kNamedMax = 4;
        std::string datasets, reasons;
        std::size_t named = 0;
        for (const std::string& dataset : told.datasets) {
            if (++named <= kNamedMax) datasets += (datasets.empty() ? "" : ", ") + dataset;
        }
        if (named > kNamedMax) datasets += " and " + std::to_string(named - kNamedMax) + " more";
        named = 0;
        for (const auto& [reason, rows] : told.reasons) {
            if (++named > kNamedMax) break;
            reasons += (reasons.empty() ? " " : "; ") + std::to_string(rows) + " x " + reason;
        }
        const double mb_per_s = told.cpu_ns == 0 ? 0
                                                 : static_cast<double>(told.bytes) * 1e3 /
                                                       static_cast<double>(told.cpu_ns);
        const std::string inputs =
            told.inputs > 1 ? " (" + std::to_string(told.inputs) + " members)" : "";
        std::printf("| %s%s | %s | %s | %llu | %llu%s | %.0f |\n", name.c_str(), inputs.c_str(),
                    format.c_str(), datasets.c_str(), static_cast<unsigned long long>(told.rows),
                    static_cast<unsigned long long>(told.failures), reasons.c_str(), mb_per_s);
        std::fflush(stdout);
    }

    parse::Registry registry_;
    event::FormatDeclarations declarations_;
    sandbox::Pool archives_, decoders_;
    event::FieldDictionary fields_;
    event::Batch batch_;
    std::unique_ptr<parse::Parser> parser_;
    event::FieldId reason_ = event::kNoField;
    std::uint64_t offset_ = 0;
    std::vector<std::pair<std::string, std::string>> unread_;
};

int run_formats(const std::vector<std::string>& wanted) {
    FormatTable table;
    std::printf(
        "| file | format | data sets | rows | failures | MB/s |\n|---|---|---|---|---|---|\n");
    for (const std::string& below : wanted) {
        const auto paths = source::files_below(below);
        if (!paths) {
            std::fprintf(stderr, "vedette-bench: %s\n", paths.error().message().c_str());
            return 2;
        }
        for (const std::string& path : *paths) {
            const auto name = std::filesystem::path(path).lexically_relative(
                std::filesystem::path(below).parent_path());
            table.read(path, name.string());
        }
    }
    table.print_unread();
    return 0;
}

}  // namespace

void add_formats(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("formats", "which format each file is read as, and how well");
    const auto paths = std::make_shared<std::vector<std::string>>();
    command->add_option("paths", *paths, "files and folders")->required();
    command->callback([paths, &chosen] { chosen = [paths] { return run_formats(*paths); }; });
}

}  // namespace vedette::bench
