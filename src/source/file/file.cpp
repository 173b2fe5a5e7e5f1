// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <charconv>
#include <thread>

#include "base/counters.h"
#include "source/file/follower.h"
#include "source/registry.h"
#include "source/text_probe.h"

namespace vedette::source {

namespace file {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The thread around a Follower.
class FilesSource final : public Source {
  public:
    FilesSource(SourceContext context, FollowerSettings settings, int poll_ms)
        : stage_(context.counters.stage("source " + context.name)),
          follower_(std::move(context), std::move(settings)),
          poll_(poll_ms) {}
    ~FilesSource() override { stop(); }

    Result<void> start() override {
        thread_ = std::thread([this] { run(); });
        return {};
    }

    void stop() override {
        must_stop_ = true;
        follower_.fates().wake();
        if (thread_.joinable()) thread_.join();
    }

  private:
    void run() {
        auto next_look = steady_clock::now();
        while (!must_stop_) {
            const auto now = steady_clock::now();
            if (now >= next_look) {
                const std::uint64_t cpu_before_ns = base::thread_cpu_ns();
                follower_.look();
                // What looking costs, and not how long we waited for a busy machine: there a pause
                // by the clock would grow exactly when most is left to be found.
                const std::chrono::nanoseconds took(base::thread_cpu_ns() - cpu_before_ns);
                // Thousands of files are looked at less often, so that idling stays cheap.
                next_look = steady_clock::now() +
                            std::max<steady_clock::duration>(poll_, took * 100 / kScanPercentMax);
            }
            const bool has_moved = follower_.work();
            stage_.cpu_ns = base::thread_cpu_ns();
            if (has_moved) continue;
            const auto until_look =
                std::chrono::duration_cast<milliseconds>(next_look - steady_clock::now());
            follower_.fates().wait(std::clamp(until_look, milliseconds(1), milliseconds(kRetryMs)));
        }
    }

    base::StageCounters& stage_;
    Follower follower_;
    const milliseconds poll_;
    std::atomic<bool> must_stop_{false};
    std::thread thread_;
};

Result<int> milliseconds_of(const SourceSettings& settings, const std::string& key, int fallback) {
    const auto text = settings.get(key);
    if (!text) return fallback;
    int value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < 1 ||
        value > 600'000) {
        return fail(ErrorCode::bad_input, key + " must be a whole number of 1 to 600000",
                    settings.where);
    }
    return value;
}

Result<std::unique_ptr<Source>> make_files(const SourceSettings& settings, SourceContext context) {
    FollowerSettings wanted;
    wanted.paths = settings.all("paths");
    wanted.exclude = settings.all("exclude");
    wanted.format = settings.get("format").value_or("");
    if (wanted.paths.empty()) {
        return fail(ErrorCode::bad_input, "a source of files needs paths", settings.where,
                    "e.g. paths: [/var/log/*.log, /srv/**/access.log]");
    }
    for (const std::string& path : wanted.paths) {
        if (path.empty() || path.front() != '/' || path.back() == '/') {
            return fail(ErrorCode::bad_input, "not an absolute path of files: " + path,
                        settings.where, "e.g. /var/log/*.log");
        }
    }
    if (!wanted.format.empty() && find_format(context.formats, wanted.format) == nullptr) {
        return fail(ErrorCode::bad_input, "there is no format named " + wanted.format,
                    settings.where, "`vedette formats` lists them");
    }
    const std::string start = settings.get("start").value_or("beginning");
    if (start != "beginning" && start != "end") {
        return fail(ErrorCode::bad_input, "start must be beginning or end", settings.where);
    }
    wanted.from_end = start == "end";
    VD_TRY(wanted.quiet_ms, milliseconds_of(settings, "quiet_ms", kQuietMs));
    VD_TRY(const int poll_ms, milliseconds_of(settings, "poll_ms", kPollMs));
    return std::make_unique<FilesSource>(std::move(context), std::move(wanted), poll_ms);
}

}  // namespace
}  // namespace file

void register_file(Registry& registry);
void register_file(Registry& registry) {
    registry.add({"files",
                  file::make_files,
                  {"paths", "exclude", "format", "start", "poll_ms", "quiet_ms"}});
}

}  // namespace vedette::source
