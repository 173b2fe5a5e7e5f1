// SPDX-License-Identifier: Apache-2.0
#include "source/archive_job.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "source/limits.h"

namespace vedette::source {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kBlockBytes = 256u << 10;

struct FreeArchive {
    void operator()(archive* opened) const { ::archive_read_free(opened); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;

std::string reason_of(archive* opened) {
    const char* text = ::archive_error_string(opened);
    return text == nullptr ? "it cannot be read" : text;
}

Result<Archive> open_archive(int file) {
    Archive opened(::archive_read_new());
    if (!opened) return base::fail(ErrorCode::limit, "no memory to open the archive");
    archive* const a = opened.get();
    // By name and not "all": mtree and its like take any text for an archive, and the readers of
    // disk images and old formats are what nobody logs in.
    ::archive_read_support_format_tar(a);
    ::archive_read_support_format_zip(a);
    ::archive_read_support_format_7zip(a);
    ::archive_read_support_format_cpio(a);
    ::archive_read_support_format_raw(a);
    ::archive_read_support_filter_gzip(a);
    ::archive_read_support_filter_bzip2(a);
    ::archive_read_support_filter_xz(a);
    ::archive_read_support_filter_lzma(a);
    ::archive_read_support_filter_zstd(a);
    ::archive_read_support_filter_lz4(a);
    if (::archive_read_open_fd(a, file, kBlockBytes) == ARCHIVE_OK) return opened;
    return base::fail(ErrorCode::corrupt, reason_of(a));
}

/// `name` is nullptr if it has none that can be read.
Result<void> tell_member(sandbox::Output& output, const char* name, archive_entry* entry) {
    std::string out = "M";
    base::put_text(out,
                   std::string_view(name == nullptr ? "?" : name).substr(0, kArchiveNameBytesMax));
    base::put_varint(out, static_cast<std::uint64_t>(::archive_entry_size(entry)));
    const auto changed = static_cast<std::int64_t>(::archive_entry_mtime(entry));
    base::put_varint(out, static_cast<std::uint64_t>(std::max<std::int64_t>(changed, 0)));
    return output.write(out);
}

Result<void> tell_broken(sandbox::Output& output, std::string_view why) {
    std::string out = "X";
    base::put_text(out, why.substr(0, kArchiveNameBytesMax));
    return output.write(out);
}

/// The bytes of the member that was just begun. Sparse holes are zeros; logs have none.
Result<void> give_member(archive* opened, sandbox::Output& output) {
    std::int64_t at = 0;
    for (;;) {
        const void* block = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        const int status = ::archive_read_data_block(opened, &block, &size, &offset);
        if (status == ARCHIVE_EOF) return output.write("E");
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
            return tell_broken(output, reason_of(opened));
        }
        if (offset > at) return tell_broken(output, "it has holes");
        at = offset + static_cast<std::int64_t>(size);
        if (size == 0) continue;
        std::string head = "D";
        base::put_varint(head, size);
        VD_TRY_DO(output.write(head));
        VD_TRY_DO(output.write(std::string_view(static_cast<const char*>(block), size)));
    }
}

Result<void> open_and_give(const sandbox::Job& job, sandbox::Output& output) {
    VD_TRY(const Archive opened, open_archive(job.file));
    for (std::uint64_t count = 0;; ++count) {
        archive_entry* entry = nullptr;
        const int status = ::archive_read_next_header(opened.get(), &entry);
        if (status == ARCHIVE_EOF) return {};
        if (status == ARCHIVE_FATAL || status == ARCHIVE_FAILED) {
            return base::fail(ErrorCode::corrupt, reason_of(opened.get()));
        }
        if (status == ARCHIVE_RETRY) continue;
        if (count >= kArchiveMembersMax) {
            return base::fail(ErrorCode::limit, "the archive has too many members");
        }
        const bool is_raw = ::archive_format(opened.get()) == ARCHIVE_FORMAT_RAW;
        // Not compressed and no archive: opening it "raw" would give back the file itself.
        if (is_raw && ::archive_filter_count(opened.get()) < 2) {
            return base::fail(ErrorCode::unsupported, "this is no archive");
        }
        if (::archive_entry_filetype(entry) != AE_IFREG) continue;
        const char* name = is_raw ? "" : ::archive_entry_pathname(entry);
        VD_TRY_DO(tell_member(output, name, entry));
        VD_TRY_DO(give_member(opened.get(), output));
    }
}

}  // namespace

void add_archive_job(sandbox::Jobs& jobs) { jobs.add(std::string(kArchiveJob), open_and_give); }

}  // namespace vedette::source
