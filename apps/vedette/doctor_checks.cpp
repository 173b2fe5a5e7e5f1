// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/doctor_checks.h"

#include <fnmatch.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "apps/vedette/doctor_background.h"
#include "apps/vedette/doctor_network.h"
#include "apps/vedette/doctor_rules.h"
#include "apps/vedette/doctor_sources.h"
#include "apps/vedette/server_client.h"
#include "base/http_client.h"
#include "base/time.h"
#include "detect/registry.h"
#include "engine/ruleset.h"
#include "event/lookup_bundle.h"
#include "store/client.h"
#include "store/supervisor.h"

namespace vedette::apps {

namespace {

namespace fs = std::filesystem;

/// Below this the journal soon refuses to take anything.
constexpr std::uint64_t kDiskBytesFail = 256ull << 20;
/// The store needs room for merges beside what it keeps.
constexpr std::uint64_t kDiskBytesWarn = 4ull << 30;
/// The engine library runs with this many; fewer were never tried.
constexpr rlim_t kOpenFilesMin = 1'024;
/// Entries looked at below a pattern's folder: a mistyped pattern must not walk the whole disk.
constexpr std::size_t kEntriesMax = 50'000;

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

// The folder itself, or the nearest one above it that exists.
std::string existing_part(const std::string& folder) {
    fs::path path = folder;
    std::error_code error;
    while (!fs::exists(path, error) && path.has_relative_path()) path = path.parent_path();
    return path.string();
}

bool is_server_answering(const std::string& data_folder) {
    const std::string socket = data_folder + "/admin.sock";
    if (::access(socket.c_str(), F_OK) != 0) return false;
    base::HttpClient client({socket, {}, 0}, {1'000, 2'000, 1u << 20});
    return client.send({"GET", "/api/status", {}, {}}).has_value();
}

// A folder for what a check has to write; gone with it.
class ScratchFolder {
  public:
    ScratchFolder() {
        std::string path = fs::temp_directory_path().string() + "/vedette-doctor-XXXXXX";
        if (::mkdtemp(path.data()) != nullptr) path_ = path;
    }
    ~ScratchFolder() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

base::Result<std::string> start_store(const std::string& folder) {
    store::SupervisorOptions options;
    options.data_folder = folder;
    store::Supervisor supervisor(options);
    VD_TRY_DO(supervisor.start());
    store::ClientOptions client_options;
    client_options.endpoint = supervisor.endpoint();
    client_options.database = "default";
    store::Client client(client_options);
    auto version = client.query("SELECT version()");
    client.close();
    supervisor.stop();
    if (version && !version->empty() && version->back() == '\n') version->pop_back();
    return version;
}

struct Readability {
    std::size_t readable = 0, unreadable = 0;
    std::string first_unreadable;
};

void look_at(const fs::path& path, Readability& found) {
    if (::access(path.c_str(), R_OK) == 0) {
        ++found.readable;
    } else {
        if (found.unreadable++ == 0) found.first_unreadable = path.string();
    }
}

// Files that a pattern names; `**` stands for any folders.
void look_at_pattern(const std::string& pattern, Readability& found) {
    const std::size_t wildcard = pattern.find_first_of("*?[");
    std::error_code error;
    if (wildcard == std::string::npos) {
        if (fs::exists(pattern, error)) look_at(pattern, found);
        return;
    }
    const fs::path folder = pattern.substr(0, pattern.rfind('/', wildcard) + 1);
    const bool is_deep = pattern.find("**") != std::string::npos;
    std::string deep = pattern;
    if (const auto at = deep.find("**/"); at != std::string::npos) deep.replace(at, 3, "*");
    fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                           error);
    for (std::size_t count = 0; !error && entry != fs::recursive_directory_iterator(); ++count) {
        if (count > kEntriesMax) return;
        const std::string path = entry->path().string();
        if (!is_deep) entry.disable_recursion_pending();
        std::error_code status_error;
        const bool is_wanted =
            entry->is_regular_file(status_error) &&
            ::fnmatch(deep.c_str(), path.c_str(), is_deep ? 0 : FNM_PATHNAME) == 0;
        if (is_wanted) look_at(entry->path(), found);
        entry.increment(error);
    }
}

CheckUp check_files(const engine::SourceConfig& source) {
    const std::string name = "source " + source.name;
    Readability found;
    for (const std::string& pattern : source.settings.all("paths")) look_at_pattern(pattern, found);
    if (found.unreadable > 0) {
        return {name, Health::warn,
                std::to_string(found.unreadable) + " of " +
                    std::to_string(found.readable + found.unreadable) +
                    " log files cannot be read, the first is " + found.first_unreadable,
                "add the user to the group that may read them: usermod -aG adm USER"};
    }
    if (found.readable == 0) {
        return {name, Health::warn, "no file fits its paths yet",
                "files that appear later are read; check the paths if some should be there"};
    }
    return {name, Health::ok, std::to_string(found.readable) + " log files can be read", {}};
}

}  // namespace

std::string_view name(Health health) {
    switch (health) {
        case Health::ok: return "ok";
        case Health::warn: return "warn";
        case Health::fail: return "fail";
    }
    return "fail";
}

CheckUp check_data_folder(const std::string& folder) {
    const std::string existing = existing_part(folder);
    if (::access(existing.c_str(), W_OK | X_OK) != 0) {
        return {"data", Health::fail, "no right to write in " + existing,
                "make the folder and give it to this user, or name another with --data"};
    }
    if (existing != folder) return {"data", Health::ok, folder + " will be made", {}};
    struct stat status {};
    if (::stat(folder.c_str(), &status) == 0 && (status.st_mode & (S_IWGRP | S_IRWXO)) != 0) {
        return {"data", Health::warn, folder + " is open to other users, and it holds all logs",
                "chmod 0750 " + folder};
    }
    return {"data", Health::ok, folder + " is ours", {}};
}

CheckUp check_disk(const std::string& folder, std::uint64_t journal_quota_bytes) {
    const std::string existing = existing_part(folder);
    struct statvfs status {};
    if (::statvfs(existing.c_str(), &status) != 0) {
        return {"disk", Health::fail, "the disk of " + existing + " tells nothing",
                "check that the folder can be reached"};
    }
    const std::uint64_t free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize;
    const std::string text = megabytes(free_bytes) + " free for " + folder;
    if ((status.f_flag & ST_RDONLY) != 0) {
        return {"disk", Health::fail, existing + " is on a read-only disk", "mount it writable"};
    }
    if (free_bytes < kDiskBytesFail)
        return {"disk", Health::fail, text, "make room, or move --data"};
    if (free_bytes < std::max(kDiskBytesWarn, journal_quota_bytes)) {
        return {"disk", Health::warn, text,
                "the journal alone may take " + megabytes(journal_quota_bytes) +
                    ": make room, or set journal.quota_mb lower"};
    }
    return {"disk", Health::ok, text, {}};
}

CheckUp check_open_files() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const std::string text = std::to_string(limit.rlim_cur) + " open files allowed";
    if (limit.rlim_cur >= kOpenFilesMin) return {"open_files", Health::ok, text, {}};
    return {"open_files", Health::warn, text, "ulimit -n 1024 or more (systemd: LimitNOFILE=)"};
}

// A clock that stands before the program was made is wrong for certain.
CheckUp check_clock() {
    const base::Timestamp now = base::SystemClock().now();
    struct stat program {};
    const bool is_known = ::stat("/proc/self/exe", &program) == 0;
    const std::string text = "it is " + base::format_rfc3339(now, 0);
    if (is_known && now.unix_ns / base::kNsPerSecond + 86'400 < program.st_mtim.tv_sec) {
        return {"clock", Health::fail, text + ", which is before this program was made",
                "set the clock (timedatectl); events would be kept under wrong days"};
    }
    timex state{};
    if (::adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
        return {"clock", Health::warn, text + ", and nothing keeps it right",
                "run chrony or systemd-timesyncd: rules compare times of several machines"};
    }
    return {"clock", Health::ok, text + ", kept right by the network", {}};
}

CheckUp check_store(const engine::Config& config) {
    if (!config.has_store) return {"store", Health::ok, "not kept, by configuration", {}};
    const ScratchFolder scratch;
    if (scratch.path().empty()) {
        return {"store", Health::fail, "no temporary folder can be made",
                "check TMPDIR and its rights"};
    }
    const auto version = start_store(scratch.path());
    if (version)
        return {"store", Health::ok, "the engine starts and answers, version " + *version, {}};
    return {"store", Health::fail, version.error().text,
            version.error().hint.empty() ? "run ./run once: it fetches the engine"
                                         : version.error().hint};
}

namespace {

/// Those that the server would use; what is wrong with others is for check_lists.
event::LookupSet lists_of(const engine::Config& config, std::vector<base::Error>& problems) {
    std::string folder = config.lists_folder;
    if (folder.empty()) {
        folder = config.data_folder + "/lists";
        if (std::error_code error; !std::filesystem::is_directory(folder, error)) return {};
    }
    const auto read = event::read_list_folder(folder);
    if (!read) {
        problems.push_back(read.error());
        return {};
    }
    problems = read->problems;
    std::vector<std::shared_ptr<const event::LookupList>> lists;
    for (const event::ReadList& one : read->lists) lists.push_back(one.list);
    return event::LookupSet::of(std::move(lists)).value_or(event::LookupSet());
}

}  // namespace

CheckUp check_lists(const engine::Config& config) {
    std::vector<base::Error> problems;
    const event::LookupSet lists = lists_of(config, problems);
    if (!problems.empty()) {
        return {"lists", Health::fail, problems[0].message(),
                "`vedette lists check` tells all that is wrong"};
    }
    std::size_t keys = 0;
    for (const auto& list : lists.lists()) keys += list->key_count();
    return {"lists",
            Health::ok,
            std::to_string(lists.lists().size()) + " look-up lists with " + std::to_string(keys) +
                " keys",
            {}};
}

CheckUp check_rules(const engine::Config& config) {
    std::vector<base::Error> problems;
    const auto set = engine::read_ruleset(config.rule_paths, config.logsource_paths,
                                          config.placeholders, lists_of(config, problems), {},
                                          config.yara_paths, config.analytic_paths);
    if (!set)
        return {"rules", Health::fail, set.error().message(), "check `rules:` and `logsources:`"};
    detect::Registry registry;
    detect::register_all(registry);
    event::FieldDictionary fields;
    const auto detectors = engine::make_detectors(registry, *set, fields);
    if (!detectors)
        return {"rules", Health::fail, detectors.error().message(), "mend or remove the rule"};
    const std::string text = std::to_string(set->inputs.rule_files.size()) + " rule files read";
    if (set->inputs.rule_files.empty()) {
        return {"rules", Health::warn, "no rules: nothing will be found",
                "name a folder under `rules:`"};
    }
    if (detectors->notices.empty()) return {"rules", Health::ok, text, {}};
    const detect::DetectorNotice& first = detectors->notices.front();
    return {"rules", Health::warn,
            text + ", " + std::to_string(detectors->notices.size()) +
                " not in use, the first: " + first.where + ": " + first.text,
            "vedette scan --rules shows them all"};
}

std::vector<CheckUp> check_sources(const engine::Config& config, bool is_server_running) {
    std::vector<CheckUp> out;
    for (const engine::SourceConfig& source : config.sources) {
        if (source.settings.kind == "files") out.push_back(check_files(source));
        for (const std::string& address : source.settings.all("listen")) {
            out.push_back(check_listen("source " + source.name, address, is_server_running));
        }
    }
    if (!config.metrics_listen.empty()) {
        out.push_back(check_listen("metrics", config.metrics_listen, is_server_running));
    }
    return out;
}

namespace {

/// What only a server that has run for a while can tell.
std::vector<CheckUp> check_knowledge(const engine::Config& config, bool is_server_running) {
    const auto known = read_knowledge(config.data_folder);
    if (!known) {
        return {{"knowledge", Health::warn,
                 "what came so far cannot be read: " + known.error().message(),
                 "run this as the user of the server"}};
    }
    if (!*known) return {};
    std::vector<CheckUp> out =
        check_arrivals(config, **known, is_server_running, base::SystemClock().now());
    out.push_back(check_days_left(config, is_server_running, base::SystemClock().now()));
    for (CheckUp& one : check_promises((*known)->standings)) out.push_back(std::move(one));
    std::vector<base::Error> problems;
    const auto set = engine::read_ruleset(config.rule_paths, config.logsource_paths,
                                          config.placeholders, lists_of(config, problems));
    if (!set) return out;  // told by check_rules
    for (CheckUp& one : check_reach(set->inputs, (*known)->coverage)) out.push_back(std::move(one));
    return out;
}

}  // namespace

std::vector<CheckUp> check_machine(const engine::Config& config) {
    const bool is_running = is_server_answering(config.data_folder);
    std::vector<CheckUp> out;
    out.push_back({"server",
                   Health::ok,
                   is_running ? "running on " + config.data_folder : "not running",
                   {}});
    out.push_back(check_data_folder(config.data_folder));
    out.push_back(check_disk(config.data_folder, config.journal_quota_bytes));
    out.push_back(check_open_files());
    out.push_back(check_clock());
    out.push_back(check_store(config));
    out.push_back(check_rules(config));
    out.push_back(check_lists(config));
    for (CheckUp& one : check_sources(config, is_running)) out.push_back(std::move(one));
    const auto metrics = ask_server(config.data_folder, {"GET", "/metrics", {}, {}});
    if (metrics && *metrics) {
        for (CheckUp& one : check_losses(config, **metrics)) out.push_back(std::move(one));
    }
    struct Background {
        const char* path;
        std::vector<CheckUp> (*check)(std::string_view lines);
    };
    for (const auto& [path, check] :
         {Background{"/api/intel", check_feeds}, Background{"/api/rules/replays", check_replays}}) {
        const auto answer = ask_server(config.data_folder, {"GET", path, {}, {}});
        if (!answer || !*answer) continue;
        for (CheckUp& one : check(**answer)) out.push_back(std::move(one));
    }
    for (CheckUp& one : check_knowledge(config, is_running)) out.push_back(std::move(one));
    return out;
}

}  // namespace vedette::apps
