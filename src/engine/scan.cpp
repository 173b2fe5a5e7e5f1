// SPDX-License-Identifier: Apache-2.0
#include "engine/scan.h"

#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>

#include "engine/intel/feed_words.h"
#include "engine/judge.h"
#include "engine/limits.h"
#include "engine/scanned_files.h"
#include "enrich/registry.h"
#include "event/lookup_bundle.h"
#include "parse/parser.h"
#include "parse/user_made/format.h"
#include "rule/intel/indicator_index.h"
#include "rule/intel/limits.h"
#include "source/file_reader.h"

namespace vedette::engine {

namespace {

using base::Result;

constexpr auto kProgressEvery = std::chrono::milliseconds(100);

class Scan {
  public:
    Scan(const ScanOptions& options, const std::function<void(cases::Finding)>& found,
         const std::function<bool(const ScanProgress&)>& progress)
        : options_(options),
          found_(found),
          progress_(progress),
          judge_(detectors_, fields_),
          batch_(fields_) {
        parse::register_all(formats_);
        detect::register_all(detectors_);
    }

    Result<ScanSummary> run() {
        VD_TRY_DO(read_formats());
        VD_TRY_DO(read_lists());
        base::SystemFiles files;
        VD_TRY(const Clocks clocks, Clocks::make({options_.clock}, files, {}));
        clock_ = clocks.of({}, {});
        VD_TRY(const RuleSet set,
               read_ruleset(options_.rule_paths, options_.logsource_paths, options_.placeholders,
                            *lists_, {}, options_.yara_paths, options_.analytic_paths));
        VD_TRY_DO(judge_.use(set));
        summary_.notices = judge_.notices();
        files_.emplace(judge_.file_judge(),
                       [this](cases::Finding finding) { take(std::move(finding)); });
        VD_TRY_DO(read_indicators());
        summary_.rules = judge_.rule_count();
        VD_TRY_DO(check_format());
        VD_TRY(const auto paths, all_paths());
        // A parser of its own for all files: field names met before cost nothing again.
        parse::Parser parser(formats_, fields_, &decoders_);
        for (const std::string& path : paths) {
            if (!read_file(path, parser)) break;
            ++now_.files;
        }
        judge_.finish([&](cases::Finding finding) { take(std::move(finding)); });
        for (const std::string& id : growing_order_) give(growing_.at(id));
        tell(true);
        for (const auto& [name, count] : format_counts_) summary_.formats.emplace_back(name, count);
        summary_.events = now_.events;
        summary_.findings = now_.findings;
        summary_.yara_files = files_->judged();
        summary_.unjudged = files_->take_unjudged();
        summary_.gave_up = judge_.gave_up_count() + files_->gave_up();
        summary_.forgotten = judge_.forgotten_count();
        return std::move(summary_);
    }

  private:
    Result<void> read_formats() {
        for (const std::string& folder : options_.format_folders) {
            std::vector<base::Error> problems;
            VD_TRY(const auto made, parse::user_made::read_folder(folder, formats_, problems));
            // A record that is read by the wrong format is worse than a scan that did not begin.
            if (!problems.empty()) return tl::unexpected<base::Error>(problems[0]);
            for (const auto& format : made) formats_.add(format_of(format));
        }
        declarations_ = formats_.declarations();
        return {};
    }

    Result<void> read_lists() {
        std::vector<std::shared_ptr<const event::LookupList>> lists;
        for (const std::string& folder : options_.list_folders) {
            VD_TRY(const event::ReadLists read, event::read_list_folder(folder));
            // A row that lacks what a rule asks for is worse than a scan that did not begin.
            if (!read.problems.empty()) return tl::unexpected<base::Error>(read.problems[0]);
            for (const event::ReadList& one : read.lists) lists.push_back(one.list);
        }
        VD_TRY(event::LookupSet set, event::LookupSet::of(std::move(lists)));
        lists_ = std::make_shared<const event::LookupSet>(std::move(set));
        enrichment_ = enrich::Enrichment({lists_}, fields_);
        return {};
    }

    Result<void> read_indicators() {
        VD_TRY(const auto warnings, intel::read_warnings(options_.warning_paths));
        rule::intel::IndicatorIndex::Feeds feeds;
        for (const std::string& path : options_.indicator_paths) {
            rule::intel::FeedSettings settings;
            settings.name = intel::feed_name_of(path);
            VD_TRY(auto read, rule::intel::read_feed_path(settings, warnings, path));
            summary_.indicators += read.report.taken;
            const std::string left_out = intel::left_out_text(read.report);
            if (!left_out.empty()) summary_.notices.push_back({path, left_out});
            feeds.push_back(std::make_shared<const rule::intel::FeedSet>(std::move(read.set)));
        }
        if (feeds.size() > rule::intel::kFeedsMax) {
            return base::fail(base::ErrorCode::limit, "too many feeds of indicators");
        }
        judge_.use_indicators(
            std::make_shared<const rule::intel::IndicatorIndex>(std::move(feeds)));
        return {};
    }

    Result<void> check_format() const {
        if (options_.format.empty() || formats_.find(options_.format) != nullptr) return {};
        std::string known;
        for (const parse::Format& format : formats_.formats())
            known += " " + format.declaration.name;
        return base::fail(base::ErrorCode::bad_input,
                          "there is no format '" + options_.format + "'", "--format",
                          "the formats are:" + known);
    }

    Result<std::vector<std::string>> all_paths() {
        std::vector<std::string> paths;
        for (const std::string& wanted : options_.paths) {
            VD_TRY(const auto below, source::files_below(wanted));
            paths.insert(paths.end(), below.begin(), below.end());
        }
        base::SystemFiles files;
        for (const std::string& path : paths) {
            if (const auto size = files.size_bytes(path)) now_.bytes_total += *size;
        }
        now_.files_total = paths.size();
        return paths;
    }

    /// False if the scan shall stop.
    bool read_file(const std::string& path, parse::Parser& parser) {
        source::FileReaderOptions reader_options;
        reader_options.format = options_.format;
        reader_options.workers = &workers_;
        reader_options.tap = files_->tap();
        now_.path = path;
        const bool was_judged = files_->judge_file(path);
        auto reader = source::FileReader::open(path, declarations_, reader_options);
        const std::uint64_t bytes_before = now_.bytes;
        if (!reader) {
            skip_file(path, reader.error(), was_judged);
            return tell(false);
        }
        bool goes_on = true;
        std::string error;
        while (goes_on) {
            auto chunk = reader->next();
            if (!chunk) error = chunk.error().text;
            if (!chunk || !chunk->has_value()) break;
            (*chunk)->envelope.clock = clock_;
            parser.parse(std::make_shared<const event::Chunk>(std::move(**chunk)), ++chunk_number_,
                         batch_, options_.batch_rows, [&](event::Batch& batch) { judge(batch); });
            now_.bytes = bytes_before + reader->read_bytes();
            goes_on = tell(false);
        }
        parser.finish(batch_);
        judge(batch_);
        batch_.clear();
        now_.bytes = bytes_before + reader->size_bytes();
        summary_.bytes += reader->size_bytes();
        ++summary_.files;
        count_inputs(reader->inputs());
        // What broke the last input off is told with it.
        const bool is_told =
            !reader->inputs().empty() && !reader->inputs().back().why_unread.empty();
        if (!error.empty() && !is_told) summary_.unread.push_back({path, error});
        return goes_on;
    }

    /// A program is no log: it was read if it was held against YARA rules.
    void skip_file(const std::string& path, const base::Error& error, bool was_judged) {
        base::SystemFiles files;
        if (const auto size = files.size_bytes(path)) now_.bytes += *size;
        if (!was_judged || error.code != base::ErrorCode::unsupported) {
            summary_.unread.push_back({path, error.text});
            return;
        }
        if (const auto size = files.size_bytes(path)) summary_.bytes += *size;
        ++summary_.files;
        ++format_counts_["no log"];
    }

    void count_inputs(const std::vector<source::ReadInput>& inputs) {
        for (const source::ReadInput& input : inputs) {
            if (files_->has_judged(input.origin) && input.format.empty()) {
                ++format_counts_["no log"];
                continue;
            }
            if (!input.why_unread.empty()) {
                summary_.unread.push_back({input.origin, input.why_unread});
            }
            const bool is_refused = input.format.empty() && !input.why_unread.empty();
            if (!is_refused) ++format_counts_[input.format.empty() ? "empty" : input.format];
        }
    }

    void judge(event::Batch& batch) {
        enrichment_.enrich(batch);
        now_.events += batch.row_count();
        for (const event::Row& row : batch.rows()) {
            if ((row.flags & event::kRowNotDecoded) != 0) ++summary_.not_decoded;
        }
        judge_.observe(batch, [&](cases::Finding finding) { take(std::move(finding)); });
    }

    /// What may grow is given when it no longer does: once, and as it is then.
    void take(cases::Finding finding) {
        if (finding.severity < options_.severity_min) return;
        if (!finding.may_grow) return give(std::move(finding));
        const auto known = growing_.find(finding.id);
        if (known != growing_.end()) {
            known->second = std::move(finding);
            return;
        }
        growing_order_.push_back(finding.id);
        growing_.emplace(finding.id, std::move(finding));
        if (growing_order_.size() <= kGrowingFindingsMax) return;
        give(growing_.extract(growing_order_.front()).mapped());
        growing_order_.pop_front();
    }

    void give(cases::Finding finding) {
        ++now_.findings;
        finding.may_grow = finding.has_grown = false;
        const std::string entity = finding.entities.empty() ? "" : finding.entities[0].text();
        const std::uint32_t row = finding.events.empty() ? 0 : finding.events[0].row;
        finding.id =
            cases::finding_id(finding.detector, finding.rule_id, entity,
                              fmt::format("{}:{}:{}", finding.origin, finding.record, row));
        found_(std::move(finding));
    }

    bool tell(bool is_last) {
        const auto now = std::chrono::steady_clock::now();
        if (!is_last && now - last_told_ < kProgressEvery) return true;
        last_told_ = now;
        return progress_(now_);
    }

    const ScanOptions& options_;
    const std::function<void(cases::Finding)>& found_;
    const std::function<bool(const ScanProgress&)>& progress_;
    parse::Registry formats_;
    detect::Registry detectors_;
    event::FormatDeclarations declarations_;
    // Apart: an archive holds its worker while its members are decoded.
    sandbox::Pool workers_, decoders_;
    event::FieldDictionary fields_;
    std::string clock_;
    std::shared_ptr<const event::LookupSet> lists_;
    enrich::Enrichment enrichment_;
    Judge judge_;
    std::optional<ScannedFiles> files_;
    event::Batch batch_;
    std::uint64_t chunk_number_ = 0;
    ScanProgress now_;
    ScanSummary summary_;
    std::map<std::string, std::uint64_t> format_counts_;
    std::unordered_map<std::string, cases::Finding> growing_;  // by id
    std::deque<std::string> growing_order_;                    // ids in the order first told
    std::chrono::steady_clock::time_point last_told_;
};

}  // namespace

Result<ScanSummary> scan(const ScanOptions& options,
                         const std::function<void(cases::Finding)>& found,
                         const std::function<bool(const ScanProgress&)>& progress) {
    return Scan(options, found, progress).run();
}

}  // namespace vedette::engine
