// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/sha256.h"
#include "engine/backup/limits.h"

namespace vedette::engine::backup {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kTitle = "vedette backup ";
constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kProgramBytesMax = 64;

auto corrupt(std::string text, std::size_t line) {
    return base::fail(ErrorCode::corrupt, std::move(text),
                      fmt::format("{}:{}", kManifestName, line),
                      "this backup is not whole, or was changed: take another one");
}

bool is_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool read_number(std::string_view text, std::uint64_t& out) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool read_number(std::string_view text, std::uint32_t& out) {
    std::uint64_t wide = 0;
    if (!read_number(text, wide) || wide > UINT32_MAX) return false;
    out = static_cast<std::uint32_t>(wide);
    return true;
}

/// Up to the next blank; `rest` goes on behind it.
std::string_view word(std::string_view& rest) {
    const std::string_view found = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), found.size() + 1));
    return found;
}

/// One line at a time, in the one order in which encode() writes them.
class Lines {
  public:
    explicit Lines(std::string_view text) : text_(text) {}

    /// The rest of the next line, if its first word is `key`.
    std::optional<std::string_view> take(std::string_view key) {
        const std::size_t end = text_.find('\n', at_);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view line = text_.substr(at_, end - at_);
        if (line.size() <= key.size() || !line.starts_with(key) || line[key.size()] != ' ') {
            return std::nullopt;
        }
        at_ = end + 1;
        ++number_;
        return line.substr(key.size() + 1);
    }
    std::size_t at() const { return at_; }
    std::size_t next_number() const { return number_ + 1; }
    bool is_at_end() const { return at_ == text_.size(); }

  private:
    std::string_view text_;
    std::size_t at_ = 0, number_ = 0;
};

Result<FileEntry> read_file_line(std::string_view rest, std::size_t line) {
    FileEntry file;
    const bool has_size = read_number(word(rest), file.size_bytes);
    file.sha256_hex = word(rest);
    file.name = rest;
    if (!has_size || file.size_bytes > kFileBytesMax || !is_hex(file.sha256_hex, kSha256Digits)) {
        return corrupt("this is no line of a file", line);
    }
    if (!is_good_name(file.name) || file.name == kManifestName) {
        return corrupt("a file of a backup may not have this name", line);
    }
    return file;
}

Result<void> read_heads(Lines& lines, Manifest& out) {
    const auto wrong = [&] {
        return corrupt("this is no line of a manifest", lines.next_number());
    };
    const auto program = lines.take("program");
    if (!program || program->size() > kProgramBytesMax) return wrong();
    out.program = *program;
    const auto taken = lines.take("taken");
    const auto time = taken ? base::parse_rfc3339(*taken) : std::nullopt;
    if (!time || base::format_rfc3339(*time, 9) != *taken) return wrong();
    out.taken = *time;
    auto journal = lines.take("journal");
    if (!journal || !read_number(word(*journal), out.journal_first) ||
        !read_number(*journal, out.journal_end) || out.journal_first == 0 ||
        out.journal_first - 1 > out.journal_end) {
        return wrong();
    }
    const auto judged = lines.take("judged");
    if (!judged || !read_number(*judged, out.judged_to)) return wrong();
    const auto stored = lines.take("stored");
    if (!stored || !read_number(*stored, out.stored_to)) return wrong();
    auto state = lines.take("state");
    if (!state || !read_number(word(*state), out.state_schema) || !is_hex(*state, kSha256Digits)) {
        return wrong();
    }
    out.state_digest = *state;
    if (auto store = lines.take("store")) {
        StorePart part;
        if (!read_number(word(*store), part.schema) || !read_number(*store, part.rows)) {
            return wrong();
        }
        out.store = part;
    }
    if (std::max(out.judged_to, out.stored_to) > out.journal_end) {
        return corrupt("the views are ahead of the journal", lines.next_number());
    }
    return {};
}

Result<void> read_files(Lines& lines, Manifest& out) {
    std::uint64_t total = 0;
    for (auto rest = lines.take("file"); rest; rest = lines.take("file")) {
        const std::size_t line = lines.next_number() - 1;
        VD_TRY(FileEntry file, read_file_line(*rest, line));
        if (!out.files.empty() && out.files.back().name >= file.name) {
            return corrupt("the files are not in the order of their names", line);
        }
        total += file.size_bytes;
        if (out.files.size() >= kFilesMax || total > kFileBytesMax) {
            return base::fail(ErrorCode::limit, "the backup has more files than one may have",
                              std::string(kManifestName));
        }
        out.files.push_back(std::move(file));
    }
    return {};
}

}  // namespace

std::uint64_t Manifest::size_bytes() const {
    std::uint64_t total = 0;
    for (const FileEntry& file : files) total += file.size_bytes;
    return total;
}

const FileEntry* Manifest::find(std::string_view name) const {
    const auto found = std::lower_bound(
        files.begin(), files.end(), name,
        [](const FileEntry& file, std::string_view wanted) { return file.name < wanted; });
    return found != files.end() && found->name == name ? &*found : nullptr;
}

std::string encode(const Manifest& manifest) {
    std::string out = fmt::format(
        "{}{}\nprogram {}\ntaken {}\njournal {} {}\njudged {}\nstored {}\nstate {} {}\n", kTitle,
        kForm, manifest.program, base::format_rfc3339(manifest.taken, 9), manifest.journal_first,
        manifest.journal_end, manifest.judged_to, manifest.stored_to, manifest.state_schema,
        manifest.state_digest);
    if (manifest.store) {
        out += fmt::format("store {} {}\n", manifest.store->schema, manifest.store->rows);
    }
    for (const FileEntry& file : manifest.files) {
        out += fmt::format("file {} {} {}\n", file.size_bytes, file.sha256_hex, file.name);
    }
    return out + "end " + base::sha256_hex(out) + "\n";
}

Result<Manifest> decode_manifest(std::string_view text) {
    if (text.size() > kManifestBytesMax) {
        return base::fail(ErrorCode::limit, "the manifest is too large",
                          std::string(kManifestName));
    }
    Lines lines(text);
    const auto form = lines.take("vedette");
    std::uint32_t number = 0;
    if (!form || !form->starts_with("backup ") || !read_number(form->substr(7), number)) {
        return corrupt("this is no manifest of a backup", 1);
    }
    if (number != kForm) {
        return base::fail(
            ErrorCode::unsupported,
            fmt::format("the backup has form {}, this program knows {}", number, kForm),
            std::string(kManifestName), "restore it with a newer vedette");
    }
    Manifest manifest;
    VD_TRY_DO(read_heads(lines, manifest));
    VD_TRY_DO(read_files(lines, manifest));
    const std::string_view covered = text.substr(0, lines.at());
    const auto end = lines.take("end");
    if (!end || !lines.is_at_end()) {
        return corrupt("the manifest does not end where it should", lines.next_number());
    }
    if (*end != base::sha256_hex(covered)) {
        return corrupt("the manifest is not as it was written", lines.next_number() - 1);
    }
    return manifest;
}

bool is_good_name(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax) return false;
    for (const char c : name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    }
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::string_view part = name.substr(begin, name.find('/', begin) - begin);
        if (part.empty() || part == "." || part == "..") return false;
        begin += part.size() + 1;
    }
    return true;
}

}  // namespace vedette::engine::backup
