// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/counters.h"
#include "base/log.h"
#include "event/batch.h"
#include "event/limits.h"
#include "source/journald/entry_reader.h"
#include "source/journald/limits.h"
#include "source/registry.h"
#include "source/text_probe.h"

namespace vedette::source {

namespace journald {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using std::chrono::milliseconds;

constexpr std::string_view kFormat = "journald_export";

/// What became of the one chunk on its way. Shared with the callback, which may outlive the source.
class Fate {
  public:
    void put(Acceptance acceptance) {
        const std::lock_guard lock(mutex_);
        known_ = acceptance;
        changed_.notify_all();
    }
    std::optional<Acceptance> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(known_, std::nullopt);
    }
    void wait(milliseconds timeout) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, timeout, [&] { return known_.has_value(); });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Acceptance> known_;
};

/// Reads entries into chunks of which one at a time is on its way to the journal while the next is
/// filled: no cursor can overtake a chunk that was refused, and memory is two chunks.
class JournaldSource final : public Source {
  public:
    JournaldSource(SourceContext context, JournaldSettings settings)
        : context_(std::move(context)),
          settings_(std::move(settings)),
          origin_(settings_.directory.empty() ? "journal" : settings_.directory),
          stage_(context_.counters.stage("source " + context_.name)),
          gone_total_(number("vedette_journald_place_gone_total")),
          missed_total_(number("vedette_journald_missed_at_most_total")),
          format_(find_format(context_.formats, kFormat)) {
        const auto known = context_.positions.find(origin_);
        if (known != context_.positions.end()) read_to_ = known->second;
    }
    ~JournaldSource() override { stop(); }

    Result<void> start() override {
        if (format_ == nullptr) {
            return fail(ErrorCode::unsupported, "this build has no format journald_export");
        }
        thread_ = std::thread([this] { run(); });
        return {};
    }

    void stop() override {
        must_stop_ = true;
        if (thread_.joinable()) thread_.join();
    }

  private:
    std::atomic<std::uint64_t>& number(const char* metric) {
        return context_.counters.number(metric, "source=\"" + context_.name + "\"");
    }

    void run() {
        while (!must_stop_) {
            take_fate();
            if (!reader_ && !open()) {
                fate_->wait(milliseconds(kRetryMs));
                continue;
            }
            const bool has_read = fill();
            const bool has_offered = offer();
            stage_.cpu_ns = base::thread_cpu_ns();
            if (has_offered || has_read) continue;
            if (front_) {
                fate_->wait(milliseconds(kRetryMs));
            } else if (reader_) {
                reader_->wait(kWaitMs);
            }
        }
    }

    /// Opens the journal where reading stopped. False: not now.
    bool open() {
        const auto now = std::chrono::steady_clock::now();
        if (now < reopen_at_) return false;
        reopen_at_ = now + milliseconds(kReopenMs);
        auto opened = EntryReader::open(settings_);
        const Result<void> placed =
            opened ? place(**opened) : Result<void>(tl::unexpected(opened.error()));
        if (!placed) {
            ++stage_.errors;
            if (!std::exchange(is_trouble_told_, true)) {
                base::log::warn("journald.cannot_open",
                                {{"source", context_.name}, {"reason", placed.error().message()}});
            }
            return false;
        }
        is_trouble_told_ = false;
        reader_ = std::move(*opened);
        return true;
    }

    Result<void> place(EntryReader& reader) {
        if (read_to_.empty()) {
            if (!settings_.from_end) return {};
            VD_TRY(read_to_, reader.go_to_end());
            // A chunk without records journals the place before the first entry comes.
            has_place_to_tell_ = !read_to_.empty();
            return {};
        }
        VD_TRY(const bool is_there, reader.go_behind(read_to_));
        is_place_gone_ = !is_there;
        return {};
    }

    /// Told with the first entry behind it, which says how much may be missing.
    void tell_gone(const std::string& now_at) {
        if (!std::exchange(is_place_gone_, false)) return;
        ++gone_total_;
        const auto missed = entries_between(read_to_, now_at);
        missed_total_ += missed.value_or(0);
        if (missed && *missed == 0) return;  // the last entry we read went, and no other
        base::log::warn("journald.place_is_gone",
                        {{"source", context_.name},
                         {"missed_at_most", missed ? std::to_string(*missed) : "unknown"},
                         {"hint",
                          "journald removed what was not read yet (SystemMaxUse=), or the "
                          "journal was made anew; reading goes on with what is there"}});
    }

    /// Reads entries into the chunk in the making. False: nothing was there.
    bool fill() {
        bool has_read = false;
        while (reader_ && has_room()) {
            auto next = reader_->next();
            if (!next) {
                damaged(next.error());
                break;
            }
            if (!*next) break;
            is_damage_told_ = false;
            has_read = true;
            add(std::move(**next));
        }
        return has_read;
    }

    bool has_room() const {
        return building_.record_count() < event::kChunkRecordsMax &&
               building_.bytes.size() < event::kChunkBytesMax;
    }

    void add(EntryReader::Entry entry) {
        tell_gone(entry.cursor);
        if (building_.record_count() == 0) building_.envelope.first_line = record_count_;
        building_.add_record(entry.text);
        building_.flags.push_back(entry.is_truncated ? event::kRowTruncated : 0);
        building_.position = read_to_ = std::move(entry.cursor);
        ++record_count_;
    }

    /// An entry that cannot be read is passed over by the next call; if it is not, the journal is
    /// opened anew behind the last good one.
    void damaged(const base::Error& error) {
        ++stage_.errors;
        if (!std::exchange(is_damage_told_, true)) {
            base::log::warn("journald.damaged",
                            {{"source", context_.name}, {"reason", error.message()}});
            return;
        }
        reader_.reset();
        reopen_at_ = std::chrono::steady_clock::now() + milliseconds(kReopenMs);
    }

    bool offer() {
        if (!front_ && (building_.record_count() > 0 || has_place_to_tell_)) {
            if (building_.record_count() == 0) building_.position = read_to_;
            has_place_to_tell_ = false;
            building_.envelope.source = context_.name;
            building_.envelope.origin = origin_;
            building_.envelope.format = format_->name;
            building_.envelope.format_version = format_->version;
            building_.envelope.arrival = context_.clock.now();
            front_ = std::make_shared<const event::Chunk>(std::exchange(building_, {}));
        }
        if (!front_ || is_on_its_way_) return false;
        const auto on_fate = [fate = fate_](Acceptance acceptance) { fate->put(acceptance); };
        if (!context_.sink.offer(*front_, on_fate)) {
            std::this_thread::sleep_for(milliseconds(kRetryMs));
            return false;
        }
        is_on_its_way_ = true;
        stage_.received += front_->record_count();
        stage_.sent += front_->record_count();
        stage_.bytes += front_->bytes.size();
        return true;
    }

    void take_fate() {
        const auto fate = fate_->take();
        if (!fate) return;
        is_on_its_way_ = false;
        if (*fate == Acceptance::durable) {
            front_.reset();
        } else {
            ++stage_.errors;  // it is offered again
        }
    }

    SourceContext context_;
    const JournaldSettings settings_;
    const std::string origin_;
    base::StageCounters& stage_;
    std::atomic<std::uint64_t>&gone_total_, &missed_total_;
    const event::FormatDeclaration* const format_;
    std::string read_to_;  // cursor of the last entry taken
    std::unique_ptr<EntryReader> reader_;
    event::Chunk building_;
    std::shared_ptr<const event::Chunk> front_;
    std::shared_ptr<Fate> fate_ = std::make_shared<Fate>();
    std::uint64_t record_count_ = 0;
    bool is_on_its_way_ = false, has_place_to_tell_ = false, is_place_gone_ = false;
    bool is_trouble_told_ = false, is_damage_told_ = false;
    std::chrono::steady_clock::time_point reopen_at_{};
    std::atomic<bool> must_stop_{false};
    std::thread thread_;
};

Result<std::unique_ptr<Source>> make_journald(const SourceSettings& settings,
                                              SourceContext context) {
    JournaldSettings wanted;
    wanted.directory = settings.get("directory").value_or("");
    if (!wanted.directory.empty() && wanted.directory.front() != '/') {
        return fail(ErrorCode::bad_input, "not an absolute path: " + wanted.directory,
                    settings.where, "e.g. /var/log/journal");
    }
    for (std::string unit : settings.all("units")) {
        // As systemctl has it: a name without a kind is a service.
        if (unit.find('.') == std::string::npos) unit += ".service";
        wanted.units.push_back(std::move(unit));
    }
    wanted.identifiers = settings.all("identifiers");
    if (wanted.units.size() + wanted.identifiers.size() > kMatchesMax) {
        return fail(ErrorCode::bad_input,
                    "more than " + std::to_string(kMatchesMax) + " units and identifiers",
                    settings.where, "leave them away to read everything");
    }
    const std::string start = settings.get("start").value_or("beginning");
    if (start != "beginning" && start != "end") {
        return fail(ErrorCode::bad_input, "start must be beginning or end", settings.where);
    }
    wanted.from_end = start == "end";
    return std::make_unique<JournaldSource>(std::move(context), std::move(wanted));
}

}  // namespace
}  // namespace journald

void register_journald(Registry& registry);
void register_journald(Registry& registry) {
    registry.add(
        {"journald", journald::make_journald, {"directory", "units", "identifiers", "start"}});
}

}  // namespace vedette::source
