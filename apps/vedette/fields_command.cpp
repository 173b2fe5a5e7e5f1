// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/server_client.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;

struct FieldsOptions {
    std::string data_folder = default_data_folder();
    std::string name, format = "table";
};

base::Result<std::string> ask(const FieldsOptions& options, const std::string& method,
                              const std::string& target) {
    base::HttpClientRequest request;
    request.method = method;
    request.target = target;
    VD_TRY(auto body, ask_server(options.data_folder, request));
    if (body) return std::move(*body);
    return base::fail(ErrorCode::unavailable, "no server runs on this folder", options.data_folder,
                      "columns belong to the server's store: start `vedette serve` first");
}

std::string share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? "-" : fmt::format("{}%", part * 100 / whole);
}

void print_table(const std::string& lines) {
    fmt::print("{:<40} {:>8} {:>9} {}\n", "field", "asked", "rows have", "column");
    simdjson::dom::parser parser;
    simdjson::dom::document_stream stream;
    const simdjson::padded_string padded(lines);
    if (parser.parse_many(padded).get(stream) != simdjson::SUCCESS) return;
    for (auto document : stream) {
        std::string_view name;
        std::uint64_t asked = 0, sample = 0, with = 0, rows = 0, filled = 0;
        bool is_promoted = false;
        if (document["field"].get(name) != simdjson::SUCCESS ||
            document["asked"].get(asked) != simdjson::SUCCESS ||
            document["sample_rows"].get(sample) != simdjson::SUCCESS ||
            document["sample_with_field"].get(with) != simdjson::SUCCESS ||
            document["promoted"].get(is_promoted) != simdjson::SUCCESS ||
            document["rows"].get(rows) != simdjson::SUCCESS ||
            document["rows_in_column"].get(filled) != simdjson::SUCCESS) {
            continue;
        }
        const std::string column = !is_promoted     ? "in the map"
                                   : filled == rows ? "its own"
                                                    : "filling, " + share(filled, rows);
        fmt::print("{:<40} {:>8} {:>9} {}\n", name, asked, share(with, sample), column);
    }
}

int list(const FieldsOptions& options) {
    const auto lines = ask(options, "GET", "/api/fields");
    if (!lines) return report(lines.error());
    if (options.format == "json") {
        std::fwrite(lines->data(), 1, lines->size(), stdout);
    } else {
        print_table(*lines);
    }
    return kExitGood;
}

int change(const FieldsOptions& options, const std::string& what) {
    std::string target = "/api/fields/" + what + "?field=";
    base::append_url_encoded(target, options.name);
    const auto done = ask(options, "POST", target);
    return done ? kExitGood : report(done.error());
}

int promote(const FieldsOptions& options) { return change(options, "promote"); }
int demote(const FieldsOptions& options) { return change(options, "demote"); }

}  // namespace

void add_fields_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<FieldsOptions>();
    CLI::App* command = app.add_subcommand(
        "fields", "fields that searches ask for, and which have a column of their own");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& help,
                         int (*run)(const FieldsOptions&)) {
        CLI::App* to = command->add_subcommand(name, help);
        add_data_option(*to, options->data_folder, "the folder of data of a running server");
        to->callback(
            [&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
        return to;
    };
    add("list", "the most asked first: how often, in how many of the newest rows, column or map",
        list)
        ->add_option("--format", options->format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    add("promote", "gives a field a column of its own; old events get it in the background",
        promote)
        ->add_option("field", options->name, "the field, as it is called in searches")
        ->required();
    add("demote", "takes the column away; the values stay where they were", demote)
        ->add_option("field", options->name, "the field")
        ->required();
}

}  // namespace vedette::apps
