// SPDX-License-Identifier: Apache-2.0
#include "store/host/store_host.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <map>
#include <optional>
#include <string_view>
#include <thread>

#include "base/log.h"
#include "base/thread_priority.h"
#include "store/host/chdb_library.h"
#include "store/host/engine.h"
#include "store/host/folder_lock.h"
#include "store/host/server.h"
#include "store/host/service.h"
#include "store/host/start_report.h"

namespace vedette::store::host {

namespace {

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT}) sigaddset(&set, signal);
    return set;
}

/// Has SIGTERM sent to us when the parent dies, and looks whether that already happened.
base::Result<void> tie_to_parent(int parent_pid) {
    if (parent_pid == 0) return {};
    if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return base::fail_errno("cannot watch", "the parent");
    if (::getppid() != parent_pid) {
        return base::fail(base::ErrorCode::cancelled, "the process that started the store is gone");
    }
    return {};
}

void raise_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

base::Result<void> make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return base::fail_errno("cannot make the folder", path);
}

/// Waits for a signal in a thread of its own and stops the server.
class StopWatch {
  public:
    explicit StopWatch(SocketServer& server)
        : thread_([&server] {
              const sigset_t set = stop_signals();
              int signal = 0;
              while (::sigwait(&set, &signal) != 0) {
              }
              server.stop();
          }) {}
    ~StopWatch() { thread_.join(); }

  private:
    std::thread thread_;
};

}  // namespace

base::Result<void> run_store_host(const StoreHostOptions& options) {
    if (!options.data_folder.starts_with('/')) {
        return base::fail(base::ErrorCode::bad_input, "the data folder must be an absolute path",
                          options.data_folder);
    }
    // Blocked before the engine makes threads, so that only StopWatch ever gets them.
    const sigset_t set = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    VD_TRY_DO(tie_to_parent(options.parent_pid));
    base::stand_behind_senders();  // before the engine makes threads, which inherit it
    raise_open_files();
    VD_TRY_DO(make_folder(options.data_folder));
    VD_TRY_DO(make_folder(options.data_folder + "/backups"));
    VD_TRY(const base::OwnedFd lock, lock_folder(options.data_folder));
    VD_TRY(const std::string library_path, find_chdb_library());
    VD_TRY(const ChdbLibrary library, load_chdb_library(library_path));

    EngineOptions engine_options;
    engine_options.data_folder = options.data_folder;
    engine_options.memory_bytes_max = options.memory_bytes_max;
    engine_options.threads_max = options.threads_max;
    VD_TRY(Engine engine, Engine::start(library, engine_options));
    const Service service(engine, engine_options);
    SocketServer server(service);
    VD_TRY_DO(server.listen(options.socket_path));
    base::log::info("store.host.ready",
                    {{"engine", engine.version()}, {"folder", options.data_folder}});
    if (options.reports_start) ::close(kStartReportFd);
    bool is_quiet = false;
    {
        const StopWatch watch(server);
        is_quiet = server.run();
    }
    base::log::info("store.host.stopped", {{"clean", is_quiet}});
    // Closing the engine under a statement that still runs would abort; ending without closing is a
    // kill, which the store survives.
    if (!is_quiet) ::_exit(1);
    return {};
}

namespace {

template <typename Number>
bool parse_number(std::string_view text, Number& out) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    return code == std::errc() && end == text.data() + text.size();
}

base::Result<StoreHostOptions> parse_arguments(int argc, char** argv) {
    std::map<std::string_view, std::string_view> given;
    for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
    StoreHostOptions options;
    bool is_good = argc % 2 == 1;
    for (const auto& [name, value] : given) {
        if (name == "--data") {
            options.data_folder = value;
        } else if (name == "--socket") {
            options.socket_path = value;
        } else if (name == "--memory-max") {
            is_good = is_good && parse_number(value, options.memory_bytes_max);
        } else if (name == "--threads-max") {
            is_good = is_good && parse_number(value, options.threads_max);
        } else if (name == "--parent") {
            is_good = is_good && parse_number(value, options.parent_pid);
        } else if (name == "--reports-start") {
            options.reports_start = value == "yes";
        } else {
            is_good = false;
        }
    }
    if (!is_good || options.data_folder.empty() || options.socket_path.empty()) {
        return base::fail(base::ErrorCode::bad_input, "wrong arguments", {},
                          "vedette-store-host --data DIR --socket PATH [--memory-max BYTES] "
                          "[--threads-max N] [--parent PID] [--reports-start yes]; vedette starts "
                          "it by itself");
    }
    return options;
}

}  // namespace

int store_host_main(int argc, char** argv) {
    const auto options = parse_arguments(argc, argv);
    const auto done =
        options ? run_store_host(*options) : tl::unexpected<base::Error>(options.error());
    if (done) return 0;
    base::log::error(kStartFailedLogName, {{"why", done.error().message()}});
    if (options && options->reports_start) send_start_report(kStartReportFd, done.error());
    return exit_status_of(done.error());
}

}  // namespace vedette::store::host
