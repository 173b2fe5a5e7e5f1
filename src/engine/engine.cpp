// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "engine/backup/restore.h"
#include "engine/files/file_watch.h"
#include "engine/forget.h"
#include "engine/intel/feeds.h"
#include "engine/intel/hunter.h"
#include "engine/intel/kept_indicators.h"
#include "engine/learning/kept_learned.h"
#include "engine/learning/learn_job.h"
#include "engine/limits.h"
#include "engine/retention.h"
#include "engine/rule_replays/replayer.h"

namespace vedette::engine {

namespace {

namespace log = base::log;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kKeysSnapshot = "keys";
constexpr std::size_t kTailBytes = 4u << 20;
constexpr std::size_t kBatchesKept = 16;

/// The store's child has a working folder of its own, so a relative path would lead elsewhere
/// there.
Config with_absolute_folder(Config config) {
    config.data_folder = std::filesystem::absolute(config.data_folder).lexically_normal().string();
    return config;
}

}  // namespace

Engine::Engine(Config config)
    : config_(with_absolute_folder(std::move(config))),
      made_formats_(files_, config_.data_folder + "/kept_formats"),
      lists_(files_, config_.data_folder + "/kept_lists"),
      holds_(files_, config_.data_folder + "/kept_holds") {}

Engine::~Engine() { stop(); }

Result<std::unique_ptr<Engine>> Engine::open(Config config) {
    std::unique_ptr<Engine> engine(new Engine(std::move(config)));
    VD_TRY_DO(engine->open_all());
    return engine;
}

Result<void> Engine::open_all() {
    parse::register_all(formats_);
    detect::register_all(detectors_);
    source::register_all(source_kinds_);
    formats_.find_pinned_with([this](std::string_view name) { return made_formats_.find(name); });
    VD_TRY_DO(backup::check_restored(config_.data_folder));
    const bool is_new = !files_.size_bytes(config_.data_folder).has_value();
    VD_TRY_DO(files_.make_folders(config_.data_folder));
    // All logs of the house will lie here: not for other users' eyes.
    if (is_new) ::chmod(config_.data_folder.c_str(), 0750);
    VD_TRY(clocks_, Clocks::make(config_.clocks, files_, config_.data_folder + "/kept_zones"));
    VD_TRY_DO(read_made_formats());
    declarations_ = formats_.declarations();
    for (auto& declaration : made_formats_.declarations()) {
        declarations_.push_back(std::move(declaration));
    }
    journal::SegmentJournalOptions journal_options;
    journal_options.folder = config_.data_folder + "/journal";
    journal_options.quota_bytes = config_.journal_quota_bytes;
    journal_options.segment_bytes = config_.journal_segment_bytes;
    VD_TRY(journal_, journal::SegmentJournal::open(files_, journal_options, counters_));
    // The journal's lock is ours: from here on nobody else changes the folder.
    VD_TRY(auto upgrade, upgrade::Upgrade::begin({files_, clock_, config_.data_folder,
                                                  upgrade::versions_known(), config_.has_store}));
    upgrade_.emplace(std::move(upgrade));
    auto state = store::StateStore::open(state_path());
    if (!state) return put_back(state.error());
    state_ = std::make_unique<store::StateStore>(std::move(*state));
    kept_use_.emplace(*journal_);
    VD_TRY_DO(keep_offsets_apart());
    VD_TRY(masker_, masking::Masker::make(config_.masking, files_, config_.data_folder, formats_,
                                          fields_, workers_, counters_));
    JournalSink::Mask mask;
    if (masker_) {
        mask = [this](event::Chunk& chunk) {
            if (masker_->applies_to(chunk.envelope.source)) masker_->mask(chunk);
        };
    }
    sink_ = std::make_unique<JournalSink>(
        *journal_, config_.remembered_keys,
        [this](event::Envelope& envelope) {
            envelope.format = made_formats_.pinned(envelope.format);
            envelope.clock = clocks_.of(envelope.source, envelope.origin);
        },
        std::move(mask));
    pool_ = std::make_unique<BatchPool>(fields_, kBatchesKept);
    if (config_.has_store) {
        store::SupervisorOptions store_options;
        store_options.data_folder = config_.data_folder + "/store";
        store_options.counters = &counters_;
        supervisor_ = std::make_unique<store::Supervisor>(store_options);
        feed_ = std::make_unique<StoreFeed>(
            StoreFeedParts{*journal_, formats_, *pool_, workers_, lists_, counters_,
                           store_client_options().value(), config_.node, config_.store_writers,
                           config_.store_insert_rows, config_.store_insert_age_ms});
    }
    promotion_ = std::make_unique<FieldPromotion>(files_, config_.data_folder + "/field_use",
                                                  config_.promotion);
    if (config_.has_store) {
        searches_ = std::make_unique<SearchRunner>(SearchRunnerParts{
            store_client_options().value(), *feed_, counters_, [this] { return lists(); },
            *promotion_,
            [this](std::string payload) -> Result<void> {
                VD_TRY_DO(append_and_wait(journal::RecordKind::control, std::move(payload)));
                return {};
            }});
    }
    make_replayer();
    indicators_ = std::make_unique<intel::KeptIndicators>(files_, config_.data_folder);
    learned_ = std::make_unique<learning::KeptLearned>(files_, config_.data_folder);
    make_file_watch();
    pipeline_ = std::make_unique<Pipeline>(PipelineParts{
        *journal_, formats_, detectors_, *pool_, workers_, *state_, lists_, *indicators_, *learned_,
        files_, counters_, feed_.get(), searches_.get(), replayer_.get(), files_named_.get(),
        config_.data_folder + "/rulesets", config_.batch_rows});
    make_keeping();
    make_intel();
    make_learning();
    return {};
}

/// A journal whose end was lost (a disk that lied, a file that somebody cut) must not give the
/// numbers of lost records to new ones: the views would take those for known and pass them over.
/// The store may be a little ahead of what the state says of it, hence the distance.
Result<void> Engine::keep_offsets_apart() {
    journal::Offset known = 0;
    for (const std::string_view view : {kFindingsView, kStoreView}) {
        VD_TRY(const journal::Offset applied, state_->applied(view));
        known = std::max(known, applied);
    }
    const journal::Offset end = journal_->durable_end();
    if (known <= end) return {};
    log::error("journal.shorter_than_its_views",
               {{"journal_ends", end},
                {"views_know_to", known},
                {"what_now", "they keep what they have; a rebuild has what the journal has"}});
    journal_->continue_behind(known + kLostOffsetsMax);
    VD_TRY_DO(append_and_wait(journal::RecordKind::control,
                              "{\"type\":\"lost\",\"from\":" + std::to_string(end + 1) +
                                  ",\"to\":" + std::to_string(known) + "}"));
    return {};
}

std::optional<store::ClientOptions> Engine::store_client_options() const {
    if (!supervisor_) return std::nullopt;
    store::ClientOptions options;
    options.endpoint = supervisor_->endpoint();
    return options;
}

/// The child of a server that was killed closes the store in good order, and holds its folder until
/// it has: the next one waits for that, and for nothing else that keeps a store from starting. One
/// that is killed while it starts is started again, a few times.
Result<void> Engine::start_store() {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(kStoreStartTimeoutMs);
    bool has_told = false;
    for (int kills = 0;;) {
        Result<void> started = supervisor_->start();
        if (started) return started;
        const bool is_held = started.error().code == ErrorCode::unavailable;
        const bool was_killed = started.error().code == ErrorCode::io &&
                                started.error().is_retryable && ++kills < kStoreStartKillsMax;
        if (!(is_held || was_killed) || std::chrono::steady_clock::now() > deadline) return started;
        if (!std::exchange(has_told, true)) {
            log::warn(is_held ? "store.waits_for_its_folder" : "store.started_again",
                      {{"why", started.error().text},
                       {"folder", config_.data_folder + "/store"},
                       {"seconds_max", kStoreStartTimeoutMs / 1'000}});
        }
        std::unique_lock lock(stop_mutex_);
        const auto pause = std::chrono::milliseconds(kStoreStartPauseMs);
        if (stop_condition_.wait_for(lock, pause, [&] { return is_given_up_; })) {
            return base::fail(ErrorCode::cancelled, "asked to stop while starting");
        }
    }
}

void Engine::give_up_start() {
    {
        const std::lock_guard lock(stop_mutex_);
        is_given_up_ = true;
        stop_condition_.notify_all();
    }
    if (supervisor_) supervisor_->stop();
}

Result<void> Engine::open_views() {
    if (supervisor_) VD_TRY_DO(start_store());
    VD_TRY_DO(pipeline_->restore());
    VD_TRY_DO(read_tail());
    if (!feed_) return {};
    VD_TRY(const journal::Offset stored, state_->applied(kStoreView));
    return feed_->start(stored);
}

tl::unexpected<base::Error> Engine::put_back(base::Error why) {
    if (feed_) feed_->stop();
    if (supervisor_) supervisor_->stop();
    if (!upgrade_->is_running()) return tl::unexpected(std::move(why));
    // Nothing may hold the state open while its file is exchanged.
    retention_.reset();
    forgetting_.reset();
    pipeline_.reset();
    state_.reset();
    return tl::unexpected(upgrade_->put_back(std::move(why)));
}

Result<void> Engine::start_views() {
    VD_TRY_DO(start_pipeline());
    retention_->start(false);
    return {};
}

Result<void> Engine::start_pipeline() {
    if (auto opened = open_views(); !opened) return put_back(opened.error());
    // All steps are done by now: those of the state when it was opened, those of the store by the
    // feed.
    VD_TRY_DO(upgrade_->finish());
    // From here on the state belongs to the pipeline's thread.
    pipeline_->start();
    return {};
}

Result<void> Engine::start() {
    VD_TRY_DO(start_pipeline());
    retention_->start(true);
    VD_TRY_DO(forgetting_->resume());
    {
        const std::lock_guard lock(reload_mutex_);
        VD_TRY_DO(journal_made_formats());
        VD_TRY_DO(put_lists_in_force());
        VD_TRY_DO(put_ruleset_in_force());
        VD_TRY_DO(put_searches_in_force());
    }
    if (searches_) searches_->start();
    if (hunter_) hunter_->start();
    if (replayer_) replayer_->start();
    if (files_named_) files_named_->start();
    feeds_->start();
    VD_TRY_DO(make_sources());
    for (auto& [name, source] : sources_) VD_TRY_DO(source->start());
    if (const auto store = store_client_options()) promotion_->start(*store);
    ticker_ = std::thread([this] { tick_until_stopped(); });
    log::info("engine.started", {{"data", config_.data_folder},
                                 {"journal_end", journal_->durable_end()},
                                 {"judged_to", pipeline_->applied()},
                                 {"sources", sources_.size()}});
    return {};
}

/// What sources and the sink must know was journalled after the state was last committed.
Result<void> Engine::read_tail() {
    for (const SourceConfig& configured : config_.sources) {
        VD_TRY(positions_[configured.name], state_->positions(configured.name));
    }
    journal::Offset keys_to = 0;
    VD_TRY(const auto keys, state_->snapshot(kKeysSnapshot));
    if (keys) {
        VD_TRY_DO(sink_->restore_keys(keys->bytes));
        keys_to = keys->journal_offset;
    }
    VD_TRY(const auto controls, journal_->control_log());
    for (const journal::Record& control : controls) {
        if (auto hash = ruleset_of_control(control.payload); !hash.empty()) ruleset_ = hash;
    }
    VD_TRY(const auto in_force, state_->snapshot(kRuleSetSnapshot));
    if (in_force) ruleset_ = in_force->bytes;
    const journal::Offset applied = pipeline_->applied();
    for (journal::Offset next = std::max(std::min(applied, keys_to) + 1, journal_->first());;) {
        VD_TRY(const auto records, journal_->read(next, kTailBytes, 0));
        if (records.empty()) return {};
        for (const journal::Record& record : records) {
            if (record.kind == journal::RecordKind::control && record.offset > applied) {
                if (auto hash = ruleset_of_control(record.payload); !hash.empty()) ruleset_ = hash;
            }
            if (record.kind != journal::RecordKind::chunk) continue;
            const auto head = event::decode_chunk_head(record.payload);
            if (!head) continue;  // the pipeline puts it into the inbox
            sink_->remember_keys(head->keys, record.offset);
            if (!head->position.empty() && record.offset > applied) {
                positions_[head->envelope.source][head->envelope.origin] = head->position;
            }
        }
        next = records.back().offset + 1;
    }
}

Result<void> Engine::put_ruleset_in_force() {
    VD_TRY(const RuleSet set,
           read_ruleset(config_.rule_paths, config_.logsource_paths, config_.placeholders,
                        *lists_.in_force(), config_.silence, config_.yara_paths,
                        config_.analytic_paths));
    const std::string hash = set.hash.hex();
    {
        const std::lock_guard lock(ruleset_mutex_);
        if (hash == ruleset_) return {};
    }
    // A set that cannot be made into detectors must not get into the journal. Those that are made
    // here, beside the stream, are what comes into force when the pipeline gets to the record.
    VD_TRY(auto made, make_detectors(detectors_, set, fields_));
    for (const detect::DetectorNotice& notice : made.notices) {
        log::warn("rules.not_used", {{"where", notice.where}, {"why", notice.text}});
    }
    pipeline_->prepare_rules(set.hash, std::move(made));
    VD_TRY_DO(save_ruleset(files_, config_.data_folder + "/rulesets", set));
    VD_TRY(const journal::Offset offset,
           append_and_wait(journal::RecordKind::control, ruleset_control(set)));
    log::info("rules.journalled", {{"set", hash}, {"offset", offset}});
    const std::lock_guard lock(ruleset_mutex_);
    ruleset_ = hash;
    return {};
}

Result<void> Engine::reload_rules() {
    const std::lock_guard lock(reload_mutex_);
    return put_ruleset_in_force();
}

Result<void> Engine::reload() {
    const std::lock_guard lock(reload_mutex_);
    VD_TRY_DO(read_made_formats());
    VD_TRY_DO(journal_made_formats());
    VD_TRY_DO(put_lists_in_force());
    VD_TRY_DO(put_searches_in_force());
    VD_TRY_DO(feeds_->ask({}, false));
    return put_ruleset_in_force();
}

/// Lists are on the disk before the journal tells of them, and the journal tells of them before a
/// chunk names them.
Result<void> Engine::put_lists_in_force() {
    std::string folder = config_.lists_folder;
    if (folder.empty()) {
        folder = config_.data_folder + "/lists";
        if (std::error_code error; !std::filesystem::is_directory(folder, error)) folder.clear();
    }
    VD_TRY(const KeptLists::Change change, lists_.read(folder));
    for (const base::Error& problem : change.problems) {
        log::error("lists.not_used", {{"where", problem.where}, {"why", problem.message()}});
    }
    for (const std::string& name : change.unchanged) {
        log::warn("lists.as_it_was", {{"list", name}});
    }
    VD_TRY(const std::string before, lists_.name_in_force());
    if (change.name != before) {
        VD_TRY(const journal::Offset offset,
               append_and_wait(journal::RecordKind::control, lists_control(change.name)));
        log::info("lists.journalled", {{"set", change.name}, {"offset", offset}});
    }
    VD_TRY_DO(lists_.put_in_force());
    for (const auto& list : lists_.in_force()->lists()) {
        if (!config_.placeholders.contains(list->name())) continue;
        log::warn("lists.placeholder_is_configured", {{"list", list->name()}});
    }
    sink_->set_enrichment(change.name);
    return {};
}

Result<void> Engine::read_made_formats() {
    std::string folder = config_.formats_folder;
    if (folder.empty()) {
        folder = config_.data_folder + "/formats";
        if (std::error_code error; !std::filesystem::is_directory(folder, error)) return {};
    }
    VD_TRY(const MadeFormats::Change change, made_formats_.read(folder, formats_));
    for (const base::Error& problem : change.problems) {
        log::error("formats.not_used", {{"where", problem.where}, {"why", problem.message()}});
    }
    formats_to_journal_.insert(formats_to_journal_.end(), change.kept.begin(), change.kept.end());
    for (const std::string& name : change.new_names) {
        const bool is_late = !declarations_.empty();
        log::info(is_late ? "formats.known_after_next_start" : "formats.read", {{"format", name}});
    }
    return {};
}

/// The log of what came into force; decoding needs the kept file alone.
Result<void> Engine::journal_made_formats() {
    for (const std::string& name : formats_to_journal_) {
        VD_TRY(const journal::Offset offset,
               append_and_wait(journal::RecordKind::control, format_control(name)));
        log::info("formats.journalled", {{"format", name}, {"offset", offset}});
    }
    formats_to_journal_.clear();
    return {};
}

Result<journal::Offset> Engine::append_and_wait(journal::RecordKind kind, std::string payload) {
    auto promise = std::make_shared<std::promise<journal::Offset>>();
    auto future = promise->get_future();
    VD_TRY_DO(journal_->append(kind, std::move(payload),
                               [promise](bool is_durable, journal::Offset offset) {
                                   promise->set_value(is_durable ? offset : 0);
                               }));
    if (future.wait_for(std::chrono::milliseconds(kControlTimeoutMs)) !=
        std::future_status::ready) {
        return base::fail(ErrorCode::timeout, "the journal does not take a record",
                          config_.data_folder);
    }
    const journal::Offset offset = future.get();
    if (offset == 0) {
        return base::fail(ErrorCode::io, "the journal could not be written", config_.data_folder,
                          "the log says why");
    }
    return offset;
}

Result<void> Engine::make_sources() {
    for (const SourceConfig& configured : config_.sources) {
        const source::SourceKind* kind = source_kinds_.find(configured.settings.kind);
        if (kind == nullptr) {
            std::string known;
            for (const auto& each : source_kinds_.kinds()) known += " " + each.name;
            return base::fail(ErrorCode::bad_input,
                              "there is no kind of source '" + configured.settings.kind + "'",
                              configured.settings.where, "the kinds are:" + known);
        }
        for (const auto& [key, value] : configured.settings.values) {
            const auto& known = kind->setting_names;
            if (std::find(known.begin(), known.end(), key) == known.end()) {
                return base::fail(
                    ErrorCode::bad_input,
                    "a source of kind " + kind->name + " has no setting '" + key + "'",
                    configured.settings.where);
            }
        }
        source::SourceContext context{configured.name, *sink_,    declarations_,
                                      clock_,          counters_, positions_[configured.name]};
        VD_TRY(auto made, kind->make(configured.settings, std::move(context)));
        sources_.emplace_back(configured.name, std::move(made));
    }
    positions_.clear();
    return {};
}

void Engine::tick_until_stopped() {
    journal::Offset last_end = 0;
    int idle_ms = 0;
    std::unique_lock lock(stop_mutex_);
    while (!stop_condition_.wait_for(lock, std::chrono::milliseconds(kTickMs),
                                     [&] { return is_stopping_; })) {
        // Often only after news: an idle program writes little, but a silence is told by ticks.
        const journal::Offset end = journal_->durable_end();
        idle_ms = end == last_end ? idle_ms + kTickMs : 0;
        if (end == last_end && idle_ms < kIdleTickMs) continue;
        idle_ms = 0;
        last_end = end + 1;
        std::string payload;
        base::put(payload, clock_.now().unix_ns);
        static_cast<void>(journal_->append(journal::RecordKind::tick, std::move(payload), {}));
    }
}

void Engine::stop() {
    {
        const std::lock_guard lock(stop_mutex_);
        if (is_stopping_) return;
        is_stopping_ = true;
        stop_condition_.notify_all();
    }
    if (ticker_.joinable()) ticker_.join();
    for (auto& [name, source] : sources_) source->stop();
    if (searches_) searches_->stop();
    if (feeds_) feeds_->stop();
    if (files_named_) files_named_->stop();
    if (hunter_) hunter_->ask_to_stop();
    if (replayer_) replayer_->ask_to_stop();
    if (retention_) retention_->ask_to_stop();
    if (journal_) journal_->close();
    if (pipeline_) pipeline_->stop();
    if (promotion_) promotion_->stop();
    if (feed_) feed_->stop();
    if (supervisor_) supervisor_->stop();
    if (hunter_) hunter_->stop();
    if (replayer_) replayer_->stop();
    if (learn_job_) learn_job_->stop();
    // Last: what it asks of the others ends with them.
    if (retention_) retention_->stop();
    save_keys();
    sources_.clear();
}

void Engine::save_keys() {
    if (!sink_ || !state_) return;
    auto keys = sink_->save_keys();
    const auto save = [&]() -> Result<void> {
        VD_TRY(auto transaction, state_->begin());
        VD_TRY_DO(transaction.put_snapshot(kKeysSnapshot, {keys.first, std::move(keys.second)}));
        VD_TRY_DO(transaction.commit());
        return state_->sync();
    };
    if (const auto saved = save(); !saved) {
        log::warn("engine.keys_not_saved", {{"reason", saved.error().message()}});
    }
}

bool Engine::wait_until_idle(int timeout_ms) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    while (std::chrono::steady_clock::now() < deadline) {
        const bool are_finished =
            std::all_of(sources_.begin(), sources_.end(),
                        [](const auto& source) { return source.second->is_finished(); });
        const journal::Offset end = journal_->durable_end();
        // Judging a record may be what makes something due, so that is looked at last.
        const bool is_judged = pipeline_->applied() >= end;
        if (are_finished && is_judged && (!feed_ || feed_->complete_to() >= end) &&
            retention_->carried_out_to() >= pipeline_->last_decision() &&
            !(replayer_ && replayer_->is_busy()) && journal_->durable_end() == end) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

Status Engine::status() const {
    Status status;
    status.journal_first = journal_->first();
    status.journal_end = journal_->durable_end();
    status.journal_bytes = journal_->size_bytes();
    status.journal_quota_bytes = journal_->quota_bytes();
    status.journal_damages = journal_->damage().size();
    status.judged_to = pipeline_->applied();
    status.has_store = supervisor_ != nullptr;
    if (supervisor_) {
        status.stored_to = feed_->complete_to();
        status.is_store_up = supervisor_->state() == store::StoreState::ready;
        status.store_restarts = supervisor_->restart_count();
    }
    for (const auto& [name, source] : sources_) status.sources.push_back(name);
    const std::lock_guard lock(ruleset_mutex_);
    status.ruleset = ruleset_;
    return status;
}

}  // namespace vedette::engine
