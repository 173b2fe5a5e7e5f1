// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/counters.h"
#include "base/files.h"
#include "base/time.h"
#include "detect/peers.h"
#include "engine/clocks.h"
#include "engine/config.h"
#include "engine/field_promotion.h"
#include "engine/holds.h"
#include "engine/inbox_again.h"
#include "engine/journal_sink.h"
#include "engine/kept_lists.h"
#include "engine/kept_use.h"
#include "engine/made_formats.h"
#include "engine/masking/masker.h"
#include "engine/pipeline.h"
#include "engine/ruleset.h"
#include "engine/search_runner.h"
#include "engine/store_feed.h"
#include "engine/upgrade/upgrade.h"
#include "journal/segments/segment_journal.h"
#include "source/registry.h"
#include "store/client.h"
#include "store/state/state_store.h"
#include "store/supervisor.h"

namespace vedette::engine {

namespace intel {
class Feeds;           // intel/feeds.h
class Hunter;          // intel/hunter.h
class KeptIndicators;  // intel/kept_indicators.h
}  // namespace intel
namespace learning {
class KeptLearned;  // learning/kept_learned.h
class LearnJob;     // learning/learn_job.h
struct Lesson;      // learning/lesson.h
}  // namespace learning
namespace rule_replays {
class Replayer;        // rule_replays/replayer.h
struct ReplaysStatus;  // rule_replays/replayer.h
}  // namespace rule_replays
namespace files {
class FileWatch;  // files/file_watch.h
}
class Forgetting;  // forget.h
class Retention;   // retention.h

/// How far everything has come, for people and for `vedette doctor`.
struct Status {
    journal::Offset journal_first = 0, journal_end = 0, judged_to = 0, stored_to = 0;
    std::uint64_t journal_bytes = 0, journal_quota_bytes = 0, journal_damages = 0;
    bool has_store = false, is_store_up = false;
    std::uint64_t store_restarts = 0;
    std::string ruleset;
    std::vector<std::string> sources;
};

/// How far a live search has come.
struct LiveRead {
    journal::Offset next = 0;          ///< where the next reading goes on
    std::uint64_t behind_records = 0;  ///< in the journal already, not yet read
    std::uint64_t lost_records = 0;    ///< let go by the journal before they were read
};

/// The whole program without its face: sources -> journal -> parse -> detect -> correlate -> state,
/// and beside it the store. Built from a Config; owns every thread.
///
/// Order at start: journal, state, store's child, pipeline, and only then the sources, each with
/// the position it had journalled. At stop the reverse; what is in the journal and not yet judged
/// is judged after the next start. Threads: open, start, stop, reload from one thread; the rest
/// from any.
class Engine {
  public:
    /// Opens or makes the data folder.
    /// Errors: those of journal and state; bad_input for sources that cannot be made.
    static base::Result<std::unique_ptr<Engine>> open(Config config);
    ~Engine();

    base::Result<void> start();
    /// From another thread: a start() that waits for the store ends soon, with `cancelled`. One
    /// that is past that ends as it would have, and stop() is then due.
    void give_up_start();
    /// Starts the views alone, for exports and rebuilding: what is in the journal is judged and
    /// stored, nothing new is taken and nothing is journalled.
    base::Result<void> start_views();
    /// Ends in a bounded time; safe to call twice.
    void stop();

    /// Reads the rules again and puts them in force if they changed. Nothing stops meanwhile.
    /// Errors: those of reading; the rules in force then stay.
    base::Result<void> reload_rules();
    /// Reads user-made formats, look-up lists, saved searches and rules again. A definition that is
    /// wrong is told in the log and does not stop the others. A changed definition or list is in
    /// force for what comes from now on; a format with a new name is known to sources after the
    /// next start. Errors: as reload_rules, and those of reading the folders of formats and lists.
    /// Threads: any.
    base::Result<void> reload();

    /// Reads the newest `limit` entries of the inbox's stage "parse" again: those that fit a format
    /// now (`as`, or the one they are recognised by) are journalled as new records of the same
    /// source and origin, judged and stored as any, and leave the inbox. Asking again after a crash
    /// changes nothing more. The undecoded rows of the first reading stay where they are stored.
    /// Errors: bad_input for an unknown format; those of state and journal.
    /// Limits: entries that were kept in part only stay.   Threads: any.
    base::Result<InboxAgain> read_inbox_again(const std::string& as, std::size_t limit);

    /// Hands the next rows behind a place in the journal to `look`, decoded and enriched as they
    /// are judged and stored; waits up to `wait_ms` for the first. `next` 0: from now on.
    /// It reads the journal by itself, so whoever is slow holds nobody up and loses nothing, as
    /// long as the journal keeps the records; what it had to let go is counted. Cost: decodes once
    /// more what it hands out, at most kStepBytesMax a call.
    /// Errors: those of Journal::read.   Threads: any.
    base::Result<LiveRead> read_live(journal::Offset next, int wait_ms,
                                     const std::function<void(const event::Batch&)>& look);

    /// Keeps what a query finds, now and later, from retention and deletion.
    /// Errors: bad_input for name, query or range; a name that holds already.
    base::Result<void> add_hold(const std::string& name, const HoldText& text,
                                const std::string& by);
    /// Ends a hold. What retention had passed over for its sake goes.   Errors: not_found.
    base::Result<void> release_hold(const std::string& name, const std::string& by);
    /// All holds there ever were with their texts, where they are still kept.
    base::Result<std::vector<std::pair<Hold, std::optional<HoldText>>>> holds();

    /// Groups of entities as they are learned now.   Errors: unsupported, cancelled.
    base::Result<std::vector<detect::PeerGroupView>> peer_groups();
    /// Nothing in it where the entity is not known.   Errors: the same.
    base::Result<std::optional<detect::PeerMember>> peer_member(const event::Entity& entity);
    /// A person's word about groups: in force when this returns. `entity` names whom it is about;
    /// of a name only its type counts.   Errors: those of PeerKeeper::check(); timeout.
    base::Result<void> order_peers(detect::PeersOrder order, const event::Entity& entity,
                                   const std::string& by);

    Retention& retention() { return *retention_; }
    Forgetting& forgetting() { return *forgetting_; }
    intel::Feeds& feeds() { return *feeds_; }
    /// Rules that are new and replayed over the history; nothing where no store is kept.
    std::optional<rule_replays::ReplaysStatus> replays() const;

    /// Waits until every source is finished, everything is judged and (where there is one) stored,
    /// what was decided is removed and new rules are replayed. False if that takes longer.
    bool wait_until_idle(int timeout_ms);

    /// The canonical export: store rows in id order, state tables in key order, checksums of
    /// detectors. Equal bytes for equal content. Only while nothing new comes.
    base::Result<void> export_canonical(const std::function<void(std::string_view line)>& line);

    Status status() const;
    /// The look-up lists in force. Never nullptr.
    std::shared_ptr<const event::LookupSet> lists() const { return lists_.in_force(); }
    /// The process id of the store's child; 0 where none runs.
    pid_t store_pid() const { return supervisor_ ? supervisor_->child_pid() : 0; }
    /// Fields that searches ask for, and their columns.
    FieldPromotion& fields_asked() { return *promotion_; }
    base::CounterRegistry& counters() { return counters_; }
    /// Learns from the stored history.
    learning::LearnJob& learn_job() { return *learn_job_; }
    const Config& config() const { return config_; }
    std::string state_path() const { return config_.data_folder + "/state.sqlite"; }
    /// Where the store answers; nothing where none is kept.
    std::optional<store::ClientOptions> store_client_options() const;

  private:
    explicit Engine(Config config);
    base::Result<void> open_all();
    void make_keeping();
    void remove_unused();
    base::Result<void> keep_offsets_apart();
    base::Result<void> decide_on_hold(const Decision& decision);
    base::Result<void> start_pipeline();
    base::Result<void> start_store();
    base::Result<void> open_views();
    /// Stops what has state and store open, and puts an upgrade that failed back.
    tl::unexpected<base::Error> put_back(base::Error why);
    base::Result<void> put_ruleset_in_force();
    base::Result<void> put_lists_in_force();
    base::Result<void> put_searches_in_force();
    void make_intel();
    void make_replayer();
    void make_learning();
    base::Result<void> wait_until_judged(journal::Offset offset,
                                         const std::function<bool()>& is_stopping) const;
    base::Result<void> adopt_learned(learning::Lesson lesson, const std::string& state,
                                     const std::string& subtracted,
                                     const std::function<bool()>& is_stopping);
    void make_file_watch();
    base::Result<void> read_made_formats();
    base::Result<void> journal_made_formats();
    base::Result<void> read_tail();
    base::Result<void> make_sources();
    void save_keys();
    void tick_until_stopped();
    base::Result<journal::Offset> append_and_wait(journal::RecordKind kind, std::string payload);

    const Config config_;
    base::SystemFiles files_;
    base::SystemClock clock_;
    base::CounterRegistry counters_;
    event::FieldDictionary fields_;
    parse::Registry formats_;
    detect::Registry detectors_;
    source::Registry source_kinds_;
    event::FormatDeclarations declarations_;
    MadeFormats made_formats_;
    Clocks clocks_;
    std::vector<std::string> formats_to_journal_;
    KeptLists lists_;
    KeptHolds holds_;
    std::mutex holds_mutex_;
    std::mutex reload_mutex_;

    std::unique_ptr<journal::SegmentJournal> journal_;
    std::mutex kept_use_mutex_;
    std::optional<KeptUse> kept_use_;
    std::optional<upgrade::Upgrade> upgrade_;
    std::unique_ptr<store::StateStore> state_;
    sandbox::Pool workers_;  // of those that decode
    std::unique_ptr<masking::Masker> masker_;
    std::unique_ptr<JournalSink> sink_;
    std::unique_ptr<BatchPool> pool_;
    std::unique_ptr<store::Supervisor> supervisor_;
    std::unique_ptr<StoreFeed> feed_;
    std::unique_ptr<SearchRunner> searches_;
    std::unique_ptr<rule_replays::Replayer> replayer_;
    std::unique_ptr<learning::KeptLearned> learned_;
    std::unique_ptr<learning::LearnJob> learn_job_;
    std::unique_ptr<intel::KeptIndicators> indicators_;
    std::unique_ptr<intel::Hunter> hunter_;
    std::unique_ptr<intel::Feeds> feeds_;
    std::unique_ptr<files::FileWatch> files_named_;
    std::unique_ptr<Pipeline> pipeline_;
    std::unique_ptr<FieldPromotion> promotion_;
    std::unique_ptr<Forgetting> forgetting_;
    std::unique_ptr<Retention> retention_;
    std::vector<std::pair<std::string, std::unique_ptr<source::Source>>> sources_;
    std::map<std::string, std::map<std::string, std::string>>
        positions_;  // source -> origin -> position

    mutable std::mutex ruleset_mutex_;
    std::string ruleset_;  // the newest journalled one

    std::mutex stop_mutex_;
    std::condition_variable stop_condition_;
    bool is_stopping_ = false, is_given_up_ = false;
    std::thread ticker_;
};

}  // namespace vedette::engine
