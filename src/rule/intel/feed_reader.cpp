// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/feed_reader.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/compressed.h"
#include "base/files.h"
#include "event/table_text.h"
#include "rule/intel/feed_input.h"
#include "rule/intel/json_object.h"
#include "rule/intel/limits.h"

namespace vedette::rule::intel {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::array<std::string_view, 5> kFormats = {"recognised", "plain", "csv", "stix", "misp"};

std::string_view without_mark(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return text;
}

FeedFormat recognise(const FeedSettings& settings, std::string_view text) {
    if (settings.format != FeedFormat::recognised) return settings.format;
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    const char first = begin == std::string_view::npos ? 0 : text[begin];
    if (first == '{' || first == '[') {
        // Both are objects with few members; which of them tells what they are.
        const JsonObject top(text);
        return top.member("objects").empty() ? FeedFormat::misp : FeedFormat::stix;
    }
    return !settings.columns.empty() || has_known_header(text) ? FeedFormat::csv
                                                               : FeedFormat::plain;
}

Result<void> read_text(FeedInput& input, std::string_view where, std::string_view text) {
    text = without_mark(text);
    const FeedFormat format = recognise(input.settings(), text);
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    const bool is_table = format == FeedFormat::plain || format == FeedFormat::csv;
    if (is_table && begin != std::string_view::npos && text[begin] == '<') {
        // What a server says instead of the feed.
        return base::fail(ErrorCode::bad_input, "this is a page of HTML or XML, not a feed",
                          std::string(where));
    }
    input.set_format(format);
    switch (format) {
        case FeedFormat::csv: return read_csv(input, where, text);
        case FeedFormat::stix: return read_stix(input, where, text);
        case FeedFormat::misp: return read_misp(input, where, text);
        default: return read_plain(input, where, text);
    }
}

Result<std::string> opened(const std::string& path, std::uint64_t bytes_max) {
    VD_TRY(const std::string bytes, base::read_file(path, bytes_max));
    base::Decompressor decompressor({bytes_max, 0});
    std::string out;
    const auto sink = [&](std::string_view piece) {
        out.append(piece);
        return Result<void>();
    };
    auto done = decompressor.feed(bytes, sink);
    if (done) done = decompressor.finish(sink);
    if (done) return out;
    base::Error error = done.error();
    if (error.where.empty()) error.where = path;
    return tl::unexpected<base::Error>(std::move(error));
}

}  // namespace

std::string_view name(FeedFormat format) { return kFormats[static_cast<std::size_t>(format)]; }

std::optional<FeedFormat> parse_feed_format(std::string_view text) {
    const auto found = std::find(kFormats.begin(), kFormats.end(), text);
    if (found == kFormats.end()) return std::nullopt;
    return static_cast<FeedFormat>(found - kFormats.begin());
}

Result<ReadFeed> read_feed(const FeedSettings& settings, const WarningLists& warnings,
                           std::string_view where, std::string_view text) {
    FeedInput input(settings, warnings);
    VD_TRY_DO(read_text(input, where, text));
    return input.finish();
}

Result<ReadFeed> read_feed_path(const FeedSettings& settings, const WarningLists& warnings,
                                const std::string& path) {
    namespace fs = std::filesystem;
    FeedInput input(settings, warnings);
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        VD_TRY(const std::string text, opened(path, kFeedBytesMax));
        VD_TRY_DO(read_text(input, path, text));
        return input.finish();
    }
    std::vector<std::string> files;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string file = entry->path().filename().string();
        // The table of contents of a folder of MISP's events is no event.
        if (file.starts_with('.') || file == "manifest.json" || file == "hashes.csv") continue;
        if (entry->is_regular_file(error)) files.push_back(entry->path().string());
        if (files.size() > kFeedFilesMax) {
            return base::fail(ErrorCode::limit, "too many files in one feed", path);
        }
    }
    if (error) return base::fail(ErrorCode::io, "cannot list: " + error.message(), path);
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
        VD_TRY(const std::string text, opened(file, kFeedFileBytesMax));
        VD_TRY_DO(read_text(input, file, text));
    }
    return input.finish();
}

}  // namespace vedette::rule::intel
