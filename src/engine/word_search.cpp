// SPDX-License-Identifier: Apache-2.0
#include "engine/word_search.h"

#include <algorithm>
#include <filesystem>

#include "base/files.h"

namespace vedette::engine {

namespace {

using base::Result;

constexpr std::uint64_t kBlockBytes = 4u << 20;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

bool is_word_character(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Characters are `step` bytes apart.
bool has_word(std::string_view text, std::string_view needle, std::size_t step,
              std::size_t length) {
    for (std::size_t at = text.find(needle); at != std::string_view::npos;
         at = text.find(needle, at + 1)) {
        const bool is_at_begin = at < step;
        const char before = is_at_begin ? ' ' : text[at - step];
        const char direct = at == 0 ? ' ' : text[at - 1];
        const std::size_t end = at + needle.size();
        const char after = end >= text.size() ? ' ' : text[end];
        const bool is_counted = static_cast<unsigned char>(direct) == length;
        if ((!is_word_character(before) || is_counted) && !is_word_character(after)) return true;
    }
    return false;
}

std::string as_utf16(std::string_view word) {
    std::string out;
    for (const char c : word) {
        out += c;
        out += '\0';
    }
    return out;
}

Result<bool> file_has(base::Files& files, const std::string& path, std::string_view word,
                      const std::function<bool()>& is_stopping) {
    const std::size_t overlap = word.size() * 2 + 2;
    std::string block;
    for (std::uint64_t position = 0;;) {
        if (is_stopping()) return base::fail(base::ErrorCode::cancelled, "asked to stop");
        const std::size_t kept = block.size();
        if (const auto read = files.read_more(path, position, kBlockBytes, block); !read) {
            if (read.error().code == base::ErrorCode::not_found) return false;
            return tl::unexpected(read.error());
        }
        const std::size_t fresh = block.size() - kept;
        if (contains_word(block, word)) return true;
        if (fresh < kBlockBytes) return false;
        position += fresh;
        block.erase(0, block.size() - std::min(block.size(), overlap));
    }
}

}  // namespace

bool contains_word(std::string_view bytes, std::string_view word) {
    if (word.empty()) return false;
    const std::string text = lowered(bytes);
    const std::string needle = lowered(word);
    return has_word(text, needle, 1, word.size()) ||
           has_word(text, as_utf16(needle), 2, word.size());
}

Result<std::vector<std::string>> files_with_word(const std::string& folder, std::string_view word,
                                                 const std::function<bool()>& is_stopping) {
    namespace fs = std::filesystem;
    std::vector<std::string> found;
    base::SystemFiles files;
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(folder, options, error), end; !error && at != end;
         at.increment(error)) {
        std::error_code gone;
        if (!at->is_regular_file(gone) || at->is_symlink(gone)) continue;
        VD_TRY(const bool has, file_has(files, at->path().string(), word, is_stopping));
        if (has) found.push_back(at->path().lexically_relative(folder).string());
    }
    // A folder of the store that was merged away while we looked ends the walk: what it held is
    // elsewhere, and counted there the next time.
    if (error && error != std::errc::no_such_file_or_directory) {
        return base::fail(base::ErrorCode::io, "cannot look through the folder: " + error.message(),
                          folder);
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace vedette::engine
