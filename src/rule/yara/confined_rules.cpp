// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/confined_rules.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "base/hash.h"
#include "rule/yara/limits.h"
#include "rule/yara/source_text.h"
#include "rule/yara/yara_job.h"

namespace vedette::rule::yara {

namespace {

using base::ErrorCode;
using base::Result;
using Files = std::span<const std::pair<std::string, std::string>>;

/// Compiles in workers, and finds out which file it is that they die of.
class Compiling {
  public:
    explicit Compiling(sandbox::Pool& workers) : workers_(workers) {}

    Result<Compilation> run(const NamedFiles& files) {
        auto made = compile(files);
        if (made || !is_the_rules_fault(made.error())) return made;
        find_good(files, made.error());
        if (good_.empty()) return std::move(refused_);
        VD_TRY(Compilation rest, compile(good_));
        for (Problem& problem : refused_.problems) rest.add_problem(std::move(problem));
        rest.problems_left_out += refused_.problems_left_out;
        return rest;
    }

  private:
    static bool is_the_rules_fault(const base::Error& error) {
        return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout ||
               error.code == ErrorCode::limit;
    }

    Result<Compilation> compile(Files files) {
        const std::string input = encode(NamedFiles(files.begin(), files.end()));
        VD_TRY(const std::string answer, workers_.gather(kCompileJob, {{}, input}));
        const std::size_t signs = answer.find_first_not_of('\0');
        if (signs == std::string::npos || answer[signs] != '\1') {
            return base::fail(ErrorCode::corrupt, "the worker's answer is none");
        }
        return decode_compilation(std::string_view(answer).substr(signs + 1));
    }

    /// `error`: what happened to all of these together.
    void find_good(Files files, const base::Error& error) {
        if (files.size() == 1 || killed_ >= kKilledMax) {
            for (const auto& file : files) refuse(file, error);
            return;
        }
        for (const Files half : {files.first(files.size() / 2), files.subspan(files.size() / 2)}) {
            const auto made = compile(half);
            if (made) {
                good_.insert(good_.end(), half.begin(), half.end());
                continue;
            }
            ++killed_;
            find_good(half, made.error());
        }
    }

    void refuse(const std::pair<std::string, std::string>& file, const base::Error& error) {
        const std::string text =
            killed_ >= kKilledMax
                ? fmt::format("not tried: {} workers died of rules of this set", kKilledMax)
                : "compiling its file failed: " + error.text;
        for (const Piece& piece : pieces_of(file.second)) {
            if (piece.kind != Piece::Kind::rule) continue;
            refused_.add_problem({fmt::format("{}:{}:{}", file.first, piece.line, piece.column),
                                  piece.name, text, "look for the rule that does it by halving"});
        }
    }

    sandbox::Pool& workers_;
    NamedFiles good_;
    Compilation refused_;
    int killed_ = 0;
};

Result<void> check_size(const NamedFiles& files) {
    std::uint64_t bytes = 0;
    for (const auto& [name, content] : files) bytes += name.size() + content.size();
    if (bytes <= kSetBytesMax) return {};
    return base::fail(
        ErrorCode::limit,
        fmt::format("the YARA rules have more than {} MB together", kSetBytesMax >> 20), {},
        "load fewer at once");
}

}  // namespace

Result<std::shared_ptr<const ConfinedRules>> ConfinedRules::make(const NamedFiles& files,
                                                                 std::size_t workers_max) {
    VD_TRY_DO(check_size(files));
    sandbox::PoolOptions options;
    options.worker.memory_bytes_max = kWorkerBytesMax;
    options.worker.silence_ms_max = kSilenceMsMax;
    options.workers_max = workers_max;
    auto out = std::make_shared<ConfinedRules>(Private());
    out->workers_ = std::make_unique<sandbox::Pool>(options);
    VD_TRY(out->compilation_, Compiling(*out->workers_).run(files));
    out->name_ = base::hash128(out->compilation_.compiled).hex();
    return std::shared_ptr<const ConfinedRules>(std::move(out));
}

Result<FileMatches> ConfinedRules::scan(int file, const std::string& path) const {
    struct stat info {};
    if (::fstat(file, &info) != 0) return base::fail_errno("cannot look at", path);
    if (static_cast<std::uint64_t>(info.st_size) > kScannedBytesMax) {
        return base::fail(ErrorCode::limit,
                          fmt::format("larger than the {} MB that are held against YARA rules",
                                      kScannedBytesMax >> 20),
                          path);
    }
    const std::string arguments = encode(ScanArguments{name_, kScanSecondsMax, path});
    if (compilation_.rules.empty()) {
        return base::fail(ErrorCode::not_found, "there are no YARA rules in force", path);
    }
    auto answer = workers_->gather(kScanJob, {arguments, {}, file});
    if (!answer && answer.error().code == ErrorCode::not_found) {
        answer = workers_->gather(kScanJob, {arguments, compilation_.compiled, file});
    }
    if (!answer) return tl::unexpected<base::Error>(std::move(answer).error());
    return decode_file_matches(*answer, compilation_.rules.size());
}

Result<base::OwnedFd> file_in_memory(std::string_view bytes) {
    base::OwnedFd file(::memfd_create("yara", MFD_CLOEXEC));
    if (!file.is_open()) return base::fail_errno("cannot make", "a file in memory");
    while (!bytes.empty()) {
        const auto put = ::write(file.get(), bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return base::fail_errno("cannot write", "a file in memory");
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return file;
}

}  // namespace vedette::rule::yara
