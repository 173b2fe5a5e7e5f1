// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/yara_job.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "rule/yara/compiler.h"
#include "rule/yara/limits.h"
#include "rule/yara/scanner.h"

namespace vedette::rule::yara {

namespace {

using base::ErrorCode;
using base::Result;

Result<void> compile_job(const sandbox::Job& job, sandbox::Output& output) {
    VD_TRY(const NamedFiles files, decode_files(job.input));
    VD_TRY(const Compilation made,
           compile(files, [&] { return output.write(std::string_view("\0", 1)); }));
    VD_TRY_DO(output.write("\1"));
    return output.write(encode(made));
}

/// The whole file: what is hashed and what is matched are the same bytes, whoever writes meanwhile.
Result<std::string> read_whole(int file) {
    std::string bytes;
    const auto size = ::lseek(file, 0, SEEK_END);
    if (size < 0 || static_cast<std::uint64_t>(size) > kScannedBytesMax) {
        return base::fail(ErrorCode::limit, "the file is too large");
    }
    bytes.resize(static_cast<std::size_t>(size));
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto got =
            ::pread(file, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail_errno("cannot read", "the file");
        if (got == 0) break;
        at += static_cast<std::size_t>(got);
    }
    bytes.resize(at);
    return bytes;
}

/// The rules that this worker has.
class HeldRules {
  public:
    Result<void> scan(const sandbox::Job& job, sandbox::Output& output) {
        VD_TRY(const ScanArguments arguments, decode_scan_arguments(job.arguments));
        if (name_ != arguments.rules || !scanner_) {
            if (job.input.empty()) {
                return base::fail(ErrorCode::not_found, "this worker does not have the rules");
            }
            scanner_.reset();
            VD_TRY(Scanner loaded, Scanner::load(job.input));
            scanner_.emplace(std::move(loaded));
            name_ = arguments.rules;
        }
        VD_TRY(const std::string bytes, read_whole(job.file));
        VD_TRY(const FileMatches matches,
               scanner_->scan(bytes, arguments.path, arguments.seconds_max));
        return output.write(encode(matches));
    }

  private:
    std::string name_;
    std::optional<Scanner> scanner_;
};

}  // namespace

std::string encode(const ScanArguments& arguments) {
    std::string out;
    base::put_text(out, arguments.rules);
    base::put_varint(out, static_cast<std::uint64_t>(std::max(arguments.seconds_max, 1)));
    base::put_text(out, arguments.path);
    return out;
}

Result<ScanArguments> decode_scan_arguments(std::string_view bytes) {
    base::ByteReader in(bytes);
    ScanArguments out;
    out.rules = in.text();
    out.seconds_max = static_cast<int>(std::min<std::uint64_t>(in.varint(), kScanSecondsMax));
    out.path = in.text();
    if (in.is_good() && in.is_at_end()) return out;
    return base::fail(ErrorCode::corrupt, "these are no arguments of a scan");
}

void add_yara_jobs(sandbox::Jobs& jobs) {
    jobs.add(std::string(kCompileJob), compile_job);
    const auto held = std::make_shared<HeldRules>();
    jobs.add(std::string(kScanJob), [held](const sandbox::Job& job, sandbox::Output& output) {
        return held->scan(job, output);
    });
}

}  // namespace vedette::rule::yara
