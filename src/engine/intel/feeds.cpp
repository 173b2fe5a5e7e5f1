// SPDX-License-Identifier: Apache-2.0
#include "engine/intel/feeds.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/hash.h"
#include "base/log.h"
#include "base/thread_priority.h"
#include "base/web_fetch.h"
#include "engine/intel/feed_words.h"
#include "engine/intel/misp_manifest.h"

namespace vedette::engine::intel {

namespace {

namespace log = base::log;
namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;
using Steady = std::chrono::steady_clock;

constexpr std::uint64_t kStateBytesMax = 1u << 20;
/// The first pause after a failure; it doubles up to the feed's own rhythm.
constexpr std::int64_t kRetryS = 60;
constexpr int kRetryDoublingsMax = 10;
constexpr std::size_t kHeaderValueBytesMax = 1'024;

/// Without what may be a key: scheme, host and path.
std::string shown(const FeedConfig& config) {
    if (config.url.empty()) return config.path;
    return config.url.substr(0, config.url.find_first_of("?#"));
}

/// Sizes and times of the files at a path: whether there is something to read.
Result<std::string> stamp_of(const std::string& path) {
    std::vector<std::string> files;
    std::error_code error;
    if (fs::is_directory(path, error)) {
        for (fs::directory_iterator entry(path, error), end; !error && entry != end;
             entry.increment(error)) {
            files.push_back(entry->path().string());
        }
        std::sort(files.begin(), files.end());
    } else {
        files.push_back(path);
    }
    std::string text;
    for (const std::string& file : files) {
        struct stat found {};
        if (::stat(file.c_str(), &found) != 0) return base::fail_errno("cannot read", file);
        text += file + "\n" + std::to_string(found.st_size) + " " +
                std::to_string(found.st_mtim.tv_sec) + "." + std::to_string(found.st_mtim.tv_nsec) +
                " " + std::to_string(found.st_ino) + "\n";
    }
    return base::hash128(text).hex();
}

}  // namespace

Feeds::Feeds(FeedsParts parts)
    : parts_(std::move(parts)),
      pulls_total_(parts_.counters.number("vedette_intel_pulls_total")),
      failed_total_(parts_.counters.number("vedette_intel_pulls_failed_total")),
      indicators_(parts_.counters.number("vedette_intel_indicators")) {
    for (const FeedConfig& config : parts_.config.feeds) {
        Feed feed;
        feed.config = config;
        feed.status.name = config.settings.name;
        feed.status.from = shown(config);
        feed.due = Steady::now();
        feeds_.push_back(std::move(feed));
    }
}

Feeds::~Feeds() { stop(); }

void Feeds::start() {
    thread_ = std::thread([this] { run(); });
}

void Feeds::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    has_work_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> Feeds::ask(const std::string& name, bool accepts) {
    bool is_known = name.empty();
    {
        const std::lock_guard lock(mutex_);
        for (Feed& feed : feeds_) {
            if (!name.empty() && feed.config.settings.name != name) continue;
            is_known = feed.is_asked = true;
            feed.accepts = feed.accepts || accepts;
        }
    }
    has_work_.notify_all();
    if (is_known) return {};
    return base::fail(ErrorCode::not_found, "there is no feed of this name", name,
                      "`vedette intel feeds` lists them");
}

std::vector<FeedStatus> Feeds::status() const {
    const std::lock_guard lock(mutex_);
    std::vector<FeedStatus> out;
    for (const Feed& feed : feeds_) {
        out.push_back(feed.status);
        out.back().is_waiting = feed.is_asked || feed.is_looked_at;
    }
    return out;
}

std::string Feeds::file_of(const Feed& feed, std::string_view ending) const {
    return parts_.data_folder + "/feeds/" + feed.config.settings.name + std::string(ending);
}

std::string Feeds::settings_hash(const FeedConfig& config) const {
    const auto& settings = config.settings;
    std::string text =
        config.path + '\n' + config.url + '\n' + std::string(rule::intel::name(settings.format)) +
        '\n' + (settings.type ? std::string(rule::intel::name(*settings.type)) : "") + '\n' +
        std::to_string(settings.confidence) + '\n' + std::to_string(settings.confidence_min) +
        '\n' + std::to_string(settings.expire_days) + '\n' + warnings_.content_hash() + '\n';
    for (const auto& [role, column] : settings.columns) text += role + '=' + column + '\n';
    return base::hash128(text).hex();
}

void Feeds::run() {
    base::stand_behind_senders();
    while (!is_stopping_) {
        const auto done = load();
        if (done) break;
        // Without warning lists what they keep out would come in: all stays as it is in force.
        log::error("intel.not_loaded", {{"reason", done.error().message()}});
        std::unique_lock lock(mutex_);
        for (Feed& feed : feeds_) feed.status.error = done.error().message();
        has_work_.wait_for(lock, std::chrono::seconds(kRetryS), [this] {
            return is_stopping_ || std::any_of(feeds_.begin(), feeds_.end(),
                                               [](const Feed& feed) { return feed.is_asked; });
        });
        for (Feed& feed : feeds_) feed.is_asked = false;
    }
    while (!is_stopping_) {
        Feed* next = nullptr;
        {
            std::unique_lock lock(mutex_);
            const auto now = Steady::now();
            auto soonest = now + std::chrono::hours(1);
            for (Feed& feed : feeds_) {
                if (next == nullptr && (feed.is_asked || feed.due <= now)) next = &feed;
                soonest = std::min(soonest, feed.due);
            }
            if (next == nullptr) {
                has_work_.wait_until(lock, soonest);
                continue;
            }
        }
        look(*next);
        const auto done = put_in_force();
        std::unique_lock lock(mutex_);
        next->is_looked_at = false;
        if (!done) {
            log::error("intel.not_in_force", {{"reason", done.error().message()}});
            has_work_.wait_for(lock, std::chrono::seconds(kRetryS),
                               [this] { return is_stopping_.load(); });
        }
    }
}

/// What was in use before is in use again, made anew where its settings changed.
Result<void> Feeds::load() {
    if (!feeds_.empty()) VD_TRY_DO(parts_.files.make_folders(parts_.data_folder + "/feeds"));
    VD_TRY(warnings_, intel::read_warnings(parts_.config.warning_paths));
    VD_TRY(const std::string in_force, parts_.kept.name_in_force());
    VD_TRY(const auto members, parts_.kept.members(in_force));
    for (Feed& feed : feeds_) {
        if (is_stopping_) return {};
        const auto done = load_feed(feed, members);
        if (done) continue;
        log::warn("intel.feed_not_loaded",
                  {{"feed", feed.config.settings.name}, {"reason", done.error().message()}});
        VD_TRY_DO(keep_as_it_was(feed, members));
    }
    return put_in_force();
}

/// The version in force, where it cannot be made anew: better old indicators than none.
Result<void> Feeds::keep_as_it_was(Feed& feed, const std::vector<KeptIndicators::Member>& members) {
    feed.state = FeedState();
    for (const KeptIndicators::Member& member : members) {
        if (member.feed != feed.config.settings.name) continue;
        VD_TRY(feed.set, parts_.kept.find_feed(member.hash_hex));
        feed.state.version = member.hash_hex;
        feed.state.indicators = feed.set->size();
        tell(feed, {});
    }
    return {};
}

Result<void> Feeds::load_feed(Feed& feed, const std::vector<KeptIndicators::Member>& members) {
    const std::string path = file_of(feed, ".state");
    const auto size = parts_.files.size_bytes(path);
    if (!size || *size > kStateBytesMax) return keep_as_it_was(feed, members);
    VD_TRY(const std::string bytes, parts_.files.read(path, 0, *size));
    VD_TRY(feed.state, decode_feed_state(bytes));
    const bool is_member = std::any_of(members.begin(), members.end(), [&](const auto& member) {
        return member.feed == feed.config.settings.name && member.hash_hex == feed.state.version;
    });
    const bool is_same = feed.state.settings == settings_hash(feed.config);
    if (is_member && is_same) {
        VD_TRY(feed.set, parts_.kept.find_feed(feed.state.version));
    } else if (!feed.config.url.empty()) {
        const bool is_folder = is_misp_manifest(feed.config.url);
        const std::string got = file_of(feed, is_folder ? ".events" : ".content");
        if (parts_.files.size_bytes(got)) VD_TRY_DO(take(feed, got, feed.state, true));
    }
    if (!feed.set) return keep_as_it_was(feed, members);
    // What was got less than its rhythm ago need not be got again because of a start.
    const std::int64_t now_s = parts_.clock.now().unix_ns / base::kNsPerSecond;
    const std::int64_t age_s = now_s - feed.state.good_s;
    if (!feed.config.url.empty() && age_s >= 0 && age_s < feed.config.every_s) {
        feed.due = Steady::now() + std::chrono::seconds(feed.config.every_s - age_s);
    }
    tell(feed, {});
    return {};
}

void Feeds::look(Feed& feed) {
    bool accepts = false;
    {
        const std::lock_guard lock(mutex_);
        accepts = feed.accepts;
        feed.is_asked = feed.accepts = false;
        feed.is_looked_at = true;
    }
    pulls_total_ += 1;
    FeedState next = feed.state;
    std::string path;
    // A version that was refused for its size would be "not modified" for ever.
    if (accepts) next.etag.clear(), next.last_modified.clear();
    const auto is_new = get(feed, path, next);
    Result<void> done;
    if (!is_new) {
        done = tl::unexpected<base::Error>(is_new.error());
    } else if (*is_new) {
        next.good_s = parts_.clock.now().unix_ns / base::kNsPerSecond;
        done = take(feed, path, next, accepts);
    } else {
        feed.state.good_s = parts_.clock.now().unix_ns / base::kNsPerSecond;
        done = save(feed);
    }
    const std::string name = feed.config.settings.name;
    std::int64_t pause_s = feed.config.every_s;
    if (done) {
        feed.failures = 0;
    } else if (done.error().code != ErrorCode::cancelled) {
        failed_total_ += 1;
        pause_s = std::min(pause_s, kRetryS << std::min(feed.failures++, kRetryDoublingsMax));
        log::warn(
            "intel.feed_not_taken",
            {{"feed", name}, {"reason", done.error().message()}, {"stays", feed.state.indicators}});
    }
    feed.due = Steady::now() + std::chrono::seconds(pause_s);
    const std::lock_guard lock(mutex_);
    feed.status.tries += 1;
    feed.status.tried_s = parts_.clock.now().unix_ns / base::kNsPerSecond;
    feed.status.error = done ? std::string() : done.error().message();
    feed.status.good_s = feed.state.good_s;
}

Result<bool> Feeds::get(Feed& feed, std::string& path, FeedState& next) {
    if (!feed.config.url.empty()) {
        path = file_of(feed, ".new");
        return fetch(feed, path, next);
    }
    path = feed.config.path;
    VD_TRY(const std::string stamp, stamp_of(path));
    const bool is_same =
        feed.set && stamp == next.etag && feed.state.settings == settings_hash(feed.config);
    next.etag = stamp;
    return !is_same;
}

Result<bool> Feeds::fetch(Feed& feed, std::string& path, FeedState& next) {
    const FeedConfig& config = feed.config;
    base::WebFetchOptions options;
    options.ca_file = config.ca_file;
    options.body_bytes_max = config.bytes_max;
    options.total_timeout_ms = config.timeout_s * 1'000;
    options.is_cancelled = &is_stopping_;
    options.headers = {{"User-Agent", "vedette/" VEDETTE_VERSION}, {"Accept", "*/*"}};
    if (feed.set && !next.etag.empty()) options.headers.emplace_back("If-None-Match", next.etag);
    if (feed.set && !next.last_modified.empty()) {
        options.headers.emplace_back("If-Modified-Since", next.last_modified);
    }
    if (!config.headers_file.empty()) {
        VD_TRY(options.secret_headers, read_headers(config.headers_file));
    }
    if (parts_.files.size_bytes(path)) VD_TRY_DO(parts_.files.remove(path));
    VD_TRY(auto file, parts_.files.open_append(path));
    VD_TRY(const base::HttpResponseHead head,
           base::web_fetch(config.url, options,
                           [&](std::string_view piece) { return file->append(piece); }));
    if (head.status == 304 && feed.set) return false;
    if (head.status != 200) {
        return base::fail(ErrorCode::unavailable,
                          "the server answered with status " + std::to_string(head.status),
                          shown(config));
    }
    VD_TRY_DO(file->sync());
    next.etag = head.header("etag").substr(0, kHeaderValueBytesMax);
    next.last_modified = head.header("last-modified").substr(0, kHeaderValueBytesMax);
    if (is_misp_manifest(config.url)) {
        VD_TRY(const std::string manifest, base::read_file(path, config.bytes_max));
        options.headers.resize(2);  // without the conditions
        VD_TRY_DO(fetch_misp_events(parts_.files, config.url, manifest, file_of(feed, ".events"),
                                    options));
        path = file_of(feed, ".events");
    }
    return true;
}

Result<void> Feeds::take(Feed& feed, const std::string& path, FeedState next, bool accepts) {
    VD_TRY(auto read, rule::intel::read_feed_path(feed.config.settings, warnings_, path));
    if (!accepts) VD_TRY_DO(check_change(feed.set ? feed.set->size() : 0, read.set.size()));
    next.version = read.set.hash().hex();
    next.settings = settings_hash(feed.config);
    next.indicators = read.set.size();
    next.refused = read.report.refused_count();
    next.kept_out = read.report.kept_out_count();
    next.left_out = left_out_text(read.report);
    if (path == file_of(feed, ".new")) {
        VD_TRY_DO(parts_.files.rename(path, file_of(feed, ".content")));
        VD_TRY_DO(parts_.files.sync_folder(parts_.data_folder + "/feeds"));
    }
    const bool is_changed = !feed.set || feed.set->hash() != read.set.hash();
    if (is_changed) feed.set = std::make_shared<const rule::intel::FeedSet>(std::move(read.set));
    feed.state = std::move(next);
    tell(feed, {});
    log::info("intel.feed_taken", {{"feed", feed.config.settings.name},
                                   {"indicators", feed.state.indicators},
                                   {"refused", feed.state.refused},
                                   {"kept_out", feed.state.kept_out},
                                   {"changed", is_changed}});
    return save(feed);
}

void Feeds::tell(Feed& feed, const Result<void>& done) {
    const std::lock_guard lock(mutex_);
    feed.status.version = feed.state.version;
    feed.status.indicators = feed.state.indicators;
    feed.status.refused = feed.state.refused;
    feed.status.kept_out = feed.state.kept_out;
    feed.status.left_out = feed.state.left_out;
    feed.status.good_s = feed.state.good_s;
    if (!done) feed.status.error = done.error().message();
}

Result<void> Feeds::save(const Feed& feed) {
    return parts_.files.replace(file_of(feed, ".state"), encode(feed.state));
}

/// Files first, then the journal: a record never names what is not there.
Result<void> Feeds::put_in_force() {
    std::vector<KeptIndicators::Feed> sets;
    std::uint64_t total = 0;
    for (const Feed& feed : feeds_) {
        if (!feed.set) continue;
        sets.push_back(feed.set);
        total += feed.set->size();
    }
    VD_TRY(const std::string name, parts_.kept.keep(std::move(sets)));
    VD_TRY(const std::string before, parts_.kept.name_in_force());
    indicators_ = total;
    if (name == before) return {};
    VD_TRY_DO(parts_.kept.note_coming(name));
    VD_TRY(const journal::Offset offset, parts_.journal(indicators_control(name)));
    VD_TRY_DO(parts_.kept.note_in_force(name, offset));
    log::info("intel.journalled", {{"set", name}, {"offset", offset}, {"indicators", total}});
    parts_.in_force();
    VD_TRY(const std::size_t removed,
           parts_.kept.remove_unneeded(parts_.journal_first(), parts_.wanted()));
    if (removed > 0) log::info("intel.removed", {{"files", removed}});
    return {};
}

}  // namespace vedette::engine::intel
