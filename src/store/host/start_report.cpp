// SPDX-License-Identifier: Apache-2.0
#include "store/host/start_report.h"

#include <unistd.h>

#include <cerrno>

#include "store/host/limits.h"

namespace vedette::store::host {

namespace {

// The code as one byte, then three texts, each ended by a zero byte.
constexpr char kCodeBase = 'A';
constexpr char kCodeLast = kCodeBase + static_cast<char>(base::ErrorCode::cancelled);

void append_text(std::string& out, std::string_view text) {
    for (const char c : text.substr(0, kStartReportTextBytesMax)) {
        out.push_back(c == '\0' ? ' ' : c);
    }
    out.push_back('\0');
}

std::optional<std::string> take_text(std::string_view& bytes) {
    const std::size_t end = bytes.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    return text;
}

}  // namespace

int exit_status_of(const base::Error& error) {
    return error.code == base::ErrorCode::unavailable ? kExitFolderHeld : kExitFailed;
}

std::string encode_start_report(const base::Error& error) {
    std::string out(1, static_cast<char>(kCodeBase + static_cast<char>(error.code)));
    append_text(out, error.text);
    append_text(out, error.where);
    append_text(out, error.hint);
    return out;
}

std::optional<base::Error> decode_start_report(std::string_view bytes) {
    if (bytes.empty() || bytes.front() < kCodeBase || bytes.front() > kCodeLast)
        return std::nullopt;
    const auto code = static_cast<base::ErrorCode>(bytes.front() - kCodeBase);
    bytes.remove_prefix(1);
    auto text = take_text(bytes);
    auto where = take_text(bytes);
    auto hint = take_text(bytes);
    if (!text || !where || !hint || !bytes.empty()) return std::nullopt;
    return base::fail(code, std::move(*text), std::move(*where), std::move(*hint)).value();
}

void send_start_report(int fd, const base::Error& error) {
    const std::string bytes = encode_start_report(error);
    // One write: it is far below what a pipe takes without a reader.
    while (::write(fd, bytes.data(), bytes.size()) < 0 && errno == EINTR) {
    }
    ::close(fd);
}

}  // namespace vedette::store::host
