// SPDX-License-Identifier: Apache-2.0
#include "engine/rules/event_texts.h"

#include <utility>

#include "base/files.h"
#include "parse/user_made/format.h"
#include "source/file_reader.h"

namespace vedette::engine {

namespace {

using base::Result;

constexpr std::uint64_t kEventFileBytesMax = 64u << 20;

}  // namespace

EventTexts::EventTexts() : batch_(fields_) { parse::register_all(formats_); }

Result<void> EventTexts::add_formats(const std::string& folder) {
    std::vector<base::Error> problems;
    VD_TRY(const auto made, parse::user_made::read_folder(folder, formats_, problems));
    if (!problems.empty()) return tl::unexpected<base::Error>(problems[0]);
    for (const auto& format : made) formats_.add(format_of(format));
    return {};
}

Result<void> EventTexts::check_format(const std::string& format) const {
    if (format.empty() || formats_.find(format) != nullptr) return {};
    std::string known;
    for (const parse::Format& one : formats_.formats()) known += " " + one.declaration.name;
    return base::fail(base::ErrorCode::bad_input, "there is no format '" + format + "'",
                      "--event-format", "the formats are:" + known);
}

Result<const event::Batch*> EventTexts::decode(const std::vector<std::string>& records,
                                               const std::string& format) {
    VD_TRY_DO(check_format(format));
    auto chunk = std::make_shared<event::Chunk>();
    for (const std::string& record : records) chunk->add_record(record);
    const std::vector<std::string_view> views(records.begin(), records.end());
    const event::FormatDeclarations declared = formats_.declarations();
    const event::FormatDeclaration& declaration =
        format.empty() ? event::recognise(declared, views) : formats_.find(format)->declaration;
    chunk->envelope.source = "text";
    chunk->envelope.format = declaration.name;
    chunk->envelope.format_version = declaration.version;
    chunk->envelope.arrival = base::SystemClock().now();
    batch_.clear();
    parse::Parser parser(formats_, fields_, &decoders_);
    parser.parse(chunk, 1, batch_, SIZE_MAX, [](event::Batch&) {});
    parser.finish(batch_);
    return &batch_;
}

Result<const event::Batch*> EventTexts::decode_file(const std::string& path,
                                                    const std::string& format,
                                                    std::size_t rows_max) {
    VD_TRY_DO(check_format(format));
    source::FileReaderOptions options;
    options.source = "text";
    options.format = format;
    options.workers = &archives_;
    const event::FormatDeclarations declared = formats_.declarations();
    VD_TRY(auto reader, source::FileReader::open(path, declared, options));
    batch_.clear();
    parse::Parser parser(formats_, fields_, &decoders_);
    for (std::uint64_t number = 1; batch_.row_count() < rows_max; ++number) {
        VD_TRY(auto chunk, reader.next());
        if (!chunk) break;
        parser.parse(std::make_shared<const event::Chunk>(std::move(*chunk)), number, batch_,
                     SIZE_MAX, [](event::Batch&) {});
    }
    parser.finish(batch_);
    return &batch_;
}

Result<std::vector<std::vector<std::string>>> event_blocks(const std::string& path) {
    VD_TRY(std::string text, base::read_file(path, kEventFileBytesMax));
    text.push_back('\n');
    std::vector<std::vector<std::string>> blocks(1);
    std::string line;
    for (const char c : text) {
        if (c != '\n') {
            if (c != '\r') line.push_back(c);
        } else if (!line.empty()) {
            blocks.back().push_back(std::exchange(line, {}));
        } else if (!blocks.back().empty()) {
            blocks.emplace_back();
        }
    }
    std::erase(blocks, std::vector<std::string>());
    return blocks;
}

}  // namespace vedette::engine
