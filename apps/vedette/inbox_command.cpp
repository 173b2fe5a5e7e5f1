// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/server_client.h"
#include "base/json_text.h"
#include "parse/parser.h"
#include "parse/row_dump.h"
#include "report/text.h"
#include "store/state/state_reader.h"

namespace vedette::apps {

namespace {

using base::Result;
using store::InboxRow;

struct InboxOptions {
    std::string data_folder = default_data_folder();
    std::string stage = "parse";
    std::string format = "table";
    std::string as;
    std::size_t limit = 1'000;
    bool is_store = false;
};

/// Stages that give records up: decoding, the store, and the journal's own reader.
constexpr const char* kStages[] = {"parse", "store", "journal"};

Result<std::vector<InboxRow>> read_inbox_rows(const InboxOptions& options,
                                              store::InboxStatus& status) {
    VD_TRY(auto state, store::StateReader::open(options.data_folder + "/state.sqlite"));
    VD_TRY(status, state.inbox_status(options.stage));
    return state.inbox(options.stage, options.limit);
}

std::string id_of(const InboxRow& row) { return fmt::format("{}:{}", row.journal_offset, row.row); }

void print_json(const InboxRow& row) {
    std::string out = "{\"id\":";
    base::append_json_string(out, id_of(row));
    for (const auto& [key, text] : {std::pair<const char*, const std::string*>{"stage", &row.stage},
                                    {"source", &row.source},
                                    {"origin", &row.origin},
                                    {"reason", &row.reason},
                                    {"raw", &row.raw}}) {
        out += fmt::format(",\"{}\":", key);
        base::append_json_string(out, *text);
    }
    std::printf("%s,\"raw_size_bytes\":%llu}\n", out.c_str(),
                static_cast<unsigned long long>(row.raw_size_bytes));
}

/// What belongs together is shown once, with its newest record.
void print_table(const std::vector<InboxRow>& rows, const store::InboxStatus& status) {
    std::map<std::tuple<std::string, std::string, std::string>, std::vector<const InboxRow*>>
        groups;
    for (const InboxRow& row : rows) groups[{row.source, row.origin, row.reason}].push_back(&row);
    for (const auto& [key, group] : groups) {
        const InboxRow& newest = *group.front();
        std::printf("%6zux %s %s: %s\n", group.size(), report::plain(newest.source).c_str(),
                    report::plain(newest.origin).c_str(), report::plain(newest.reason).c_str());
        std::printf("        %s  %s\n", id_of(newest).c_str(),
                    report::plain(newest.raw.substr(0, 200)).c_str());
    }
    std::printf(
        "%zu of %llu kept records%s\n", rows.size(), static_cast<unsigned long long>(status.rows),
        status.dropped == 0
            ? ""
            : fmt::format(", {} older ones were let go for want of room", status.dropped).c_str());
}

int list(const InboxOptions& options) {
    store::InboxStatus status;
    const auto rows = read_inbox_rows(options, status);
    if (!rows) return report(rows.error());
    if (options.format == "json") {
        for (const InboxRow& row : *rows) print_json(row);
    } else {
        print_table(*rows, status);
    }
    return rows->empty() ? kExitGood : kExitNo;
}

/// One record through today's decoders, as if it came now.
class Again {
  public:
    explicit Again(std::string as) : as_(std::move(as)), batch_(fields_) {
        parse::register_all(formats_);
        declarations_ = formats_.declarations();
    }

    bool knows_format() const { return as_.empty() || formats_.find(as_) != nullptr; }

    /// Its rows as JSON lines; empty if it still does not fit. `format` gets the decoder's name.
    std::string decode(const InboxRow& row, std::string& format) {
        auto chunk = std::make_shared<event::Chunk>();
        chunk->add_record(row.raw);
        chunk->envelope.source = row.source;
        chunk->envelope.origin = row.origin;
        format = as_.empty() ? event::recognise(declarations_, {chunk->record(0)}).name : as_;
        chunk->envelope.format = format;
        std::string lines;
        bool fits = true;
        const auto take = [&](event::Batch& batch) {
            for (std::uint32_t i = 0; i < batch.row_count(); ++i) {
                fits = fits && (batch.rows()[i].flags & event::kRowNotDecoded) == 0;
                lines += fmt::format("{{\"id\":\"{}\",\"format\":\"{}\",\"row\":{}}}\n", id_of(row),
                                     format, parse::dump_row(batch, i, row.raw));
            }
        };
        parse::Parser parser(formats_, fields_);
        parser.parse(chunk, row.journal_offset, batch_, event::kBatchRowsMax, take);
        parser.finish(batch_);
        take(batch_);
        batch_.clear();
        return fits ? lines : std::string();
    }

  private:
    std::string as_;
    parse::Registry formats_;
    event::FormatDeclarations declarations_;
    event::FieldDictionary fields_;
    event::Batch batch_;
};

/// The running server journals what fits now as new records.
int take_up(const InboxOptions& options) {
    const auto answer =
        ask_server(options.data_folder,
                   {"POST",
                    fmt::format("/api/inbox/parse?limit={}&as={}", options.limit, options.as),
                    {},
                    {}});
    if (!answer) return report(answer.error());
    if (!*answer) {
        return report({base::ErrorCode::unavailable, "no server runs on this folder",
                       options.data_folder, "start `vedette serve`, or leave out --store", true});
    }
    simdjson::dom::parser parser;
    simdjson::dom::element counts;
    std::uint64_t looked_at = 0, fit = 0;
    if (parser.parse(simdjson::padded_string(**answer)).get(counts) != simdjson::SUCCESS ||
        counts["looked_at"].get(looked_at) != simdjson::SUCCESS ||
        counts["fit"].get(fit) != simdjson::SUCCESS) {
        return report(
            {base::ErrorCode::corrupt, "the server's answer is not understood", {}, {}, false});
    }
    std::printf("%s", (*answer)->c_str());
    return fit == looked_at ? kExitGood : kExitNo;
}

int parse_again(const InboxOptions& options) {
    Again again(options.as);
    if (!again.knows_format()) {
        return report({base::ErrorCode::bad_input, "there is no format '" + options.as + "'",
                       "--as", "leave it out to have the format recognised", false});
    }
    store::InboxStatus status;
    const auto rows = read_inbox_rows(options, status);
    if (!rows) return report(rows.error());
    std::size_t fits = 0, cut = 0;
    for (const InboxRow& row : *rows) {
        if (row.raw_size_bytes > row.raw.size()) {
            ++cut;  // a part of a record proves nothing
            continue;
        }
        std::string format;
        const std::string lines = again.decode(row, format);
        if (lines.empty()) continue;
        ++fits;
        std::printf("%s", lines.c_str());
    }
    std::fprintf(stderr, "%zu of %zu records fit now%s\n", fits, rows->size(),
                 cut == 0 ? "" : fmt::format(", {} were kept in part only", cut).c_str());
    return fits == rows->size() ? kExitGood : kExitNo;
}

void add_common(CLI::App& command, InboxOptions& options) {
    add_data_option(command, options.data_folder);
    command.add_option("--stage", options.stage, "who gave the records up")
        ->check(CLI::IsMember(std::vector<std::string>(std::begin(kStages), std::end(kStages))))
        ->capture_default_str();
    command.add_option("--limit", options.limit, "records, the newest first")
        ->capture_default_str();
}

}  // namespace

void add_inbox_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<InboxOptions>();
    CLI::App* command = app.add_subcommand("inbox", "records that could not be read, kept raw");
    command->require_subcommand(1);
    CLI::App* listing = command->add_subcommand("list", "what is there, and why");
    add_common(*listing, *options);
    listing->add_option("--format", options->format, "table, or json (one record a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    listing->footer("Exit codes: 0 nothing there, 1 records there, 2 an error.");
    listing->callback([&chosen, options] { chosen = [options] { return list(*options); }; });
    CLI::App* trying = command->add_subcommand(
        "parse",
        "reads them again with the formats of this program and prints the rows; changes nothing "
        "unless --store is given");
    add_common(*trying, *options);
    trying->add_option("--as", options->as, "format; default: recognised by content");
    trying->add_flag("--store", options->is_store,
                     "the running server takes those that fit as new records, judges and stores "
                     "them, and lets them go from the inbox");
    trying->footer("Exit codes: 0 all fit now, 1 some do not, 2 an error.");
    trying->callback([&chosen, options] {
        chosen = [options] {
            return options->is_store ? take_up(*options) : parse_again(*options);
        };
    });
}

}  // namespace vedette::apps
