// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/time.h"
#include "engine/decisions.h"
#include "engine/forgotten_rows.h"
#include "engine/holds.h"
#include "engine/journal_sink.h"
#include "engine/pending_forget.h"
#include "engine/pipeline.h"
#include "journal/segments/segment_journal.h"
#include "parse/registry.h"
#include "sandbox/pool.h"
#include "store/client.h"
#include "store/removal.h"

namespace vedette::engine {

/// Whose data: a person's name, found as a word, or any query. Exactly one of both.
struct ForgetRequest {
    std::string user, query, reason, by;
};

/// What a deletion would take.
struct ForgetPreview {
    std::string query;                          ///< what is looked for
    std::map<std::string, std::uint64_t> rows;  ///< by data set
    std::uint64_t held = 0;                     ///< of them, that stay
    std::vector<std::string> samples;           ///< records as they came, cut
    std::vector<std::string> snapshots;         ///< of upgrades, which go with the ways back
};

struct ForgetStatus {
    std::optional<PendingForget> pending;
    std::vector<std::pair<ForgetDecision, std::optional<ForgottenDecision>>> all;
};

struct ForgetParts {
    std::optional<store::ClientOptions> store;
    std::string data_folder, state_path;
    base::Files& files;
    const base::Clock& clock;
    journal::SegmentJournal& journal;
    JournalSink& sink;
    const parse::Registry& formats;
    sandbox::Pool& workers;
    KeptHolds& holds;
    Pipeline& pipeline;
    std::function<base::Result<journal::Offset>(std::string payload)> decide;
    std::function<bool()> is_stopping;
};

/// Deletes a person's data on request, everywhere it is: journal, store, state, remembered keys.
///
/// A request is written to `forget.json` in the data folder and journalled (ForgetDecision, which
/// holds a hash only); everything before that record that fits goes, what comes later does not.
/// Snapshots of upgrades, which have copies of store, state and journal, go whole before anything
/// else is done, at every start of it anew: what was put back from one would not be looked for
/// again. Then, each step to be done again after a kill until it is whole:
///  1. which events fit: the store is asked, and what the journal has beside it (removed by
///     retention, refused by the store) is decoded. An event that is held stays, with all that came
///     in the same record. A record of which one event fits goes as a whole, with its other events;
///  2. their records in the journal are blanked at the same offsets (segment_rewrite.h);
///  3. their rows leave the store, and the engine's files of them the disk;
///  4. the state is taken back and judged again from the journal, so that findings, incidents,
///     inbox and saved detectors are what they would be had the records never said it. Of findings
///     about records that the journal no longer has, those about such an event go;
///  5. all files of the data folder are looked through for the name, and where it is still (lists,
///     rules, a source's path) is told (ForgottenDecision). forget.json goes.
///
/// Limits: kForgetRowsMax events at once.   Cost: segments and parts that hold such a record are
/// copied, the whole journal is judged again, all files are read once.
/// Threads: preview, begin, status from any; carry_out from one.
class Forgetting {
  public:
    explicit Forgetting(ForgetParts parts) : parts_(std::move(parts)) {}

    /// Errors: bad_input for the query; unsupported without a store.
    base::Result<ForgetPreview> preview(const ForgetRequest& request);
    /// Writes it down and journals it: from here on it will be done. Gives its id.
    /// Errors: as preview; unavailable while another one goes on; bad_input for a reason that
    /// quotes the name; limit if more events fit than one deletion takes.
    base::Result<std::string> begin(const ForgetRequest& request);
    /// After a start: journals what a kill kept from it.
    base::Result<void> resume();
    /// Does all of it. False: the views are not there yet.
    base::Result<bool> carry_out(const DecisionAt& decision);
    base::Result<ForgetStatus> status();

  private:
    struct Selection {
        std::set<store::RowId> rows, held;
        std::set<journal::Offset> unreadable;
    };
    std::string path() const { return parts_.data_folder + "/forget.json"; }
    base::Result<std::optional<PendingForget>> pending();
    base::Result<void> write(const PendingForget& pending);
    base::Result<void> go_to(PendingForget& pending, ForgetStep step);

    base::Result<void> check_size(const ForgetRequest& request);
    base::Result<void> drop_snapshots(PendingForget& pending);
    base::Result<void> select(PendingForget& pending);
    base::Result<Selection> fitting(const PendingForget& pending);
    struct Unstored;
    base::Result<Unstored> unstored(store::StateReader& state, journal::Offset before);
    base::Result<void> add_unstored(const PendingForget& pending, const std::vector<Hold>& holds,
                                    Selection& selection);
    base::Result<void> complete_records(Selection& selection);
    base::Result<void> blank(PendingForget& pending);
    base::Result<void> clear_store(PendingForget& pending);
    base::Result<void> clear_state(PendingForget& pending);
    base::Result<void> remove_old_findings(const std::set<store::RowId>& rows,
                                           store::StateTransaction& transaction);
    base::Result<void> finish(PendingForget& pending);
    base::Result<ForgottenRows> read_rows();
    base::Result<std::vector<Hold>> holds_before(journal::Offset offset);
    store::EventRemoval removal() const;

    ForgetParts parts_;
    std::mutex mutex_;  // of begin() and the file
};

/// The query that finds a name as a word of its own (letters, digits and `_` make words), in any
/// case, in the record's text, in every field with a column, and in the origin.
std::string query_of_user(std::string_view name);

/// What selects: of either kind of request.
std::string query_of(const PendingForget& pending);

/// Events that one deletion may take; more is a mistake, or several deletions.
inline constexpr std::size_t kForgetRowsMax = 5'000'000;
inline constexpr std::size_t kForgetSamplesMax = 5;
inline constexpr std::size_t kForgetSampleBytesMax = 300;

}  // namespace vedette::engine
