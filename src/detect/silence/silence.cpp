// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/hash.h"
#include "detect/registry.h"
#include "detect/silence/speakers.h"
#include "event/entity.h"

namespace vedette::detect {

namespace silence {
namespace {

constexpr std::string_view kName = "silence";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint8_t kStateVersion = 1;
constexpr std::int64_t kSecondMs = 1'000, kMinuteMs = 60'000, kSilenceHourMs = 3'600'000,
                       kDayMs = 86'400'000;

/// "3 h 20 min": two units, rounded down.
std::string words(std::int64_t ms) {
    const auto two = [](std::int64_t a, const char* first, std::int64_t b, const char* second) {
        std::string out = std::to_string(a) + first;
        return b == 0 ? out : out + " " + std::to_string(b) + second;
    };
    if (ms >= kDayMs) return two(ms / kDayMs, " d", ms % kDayMs / kSilenceHourMs, " h");
    if (ms >= kSilenceHourMs)
        return two(ms / kSilenceHourMs, " h", ms % kSilenceHourMs / kMinuteMs, " min");
    return two(ms / kMinuteMs, " min", ms % kMinuteMs / kSecondMs, " s");
}

std::string title_of(const SpeakerName& name) {
    if (name.is_source()) return "Source " + name.source;
    if (name.dataset.empty()) return name.origin + " of source " + name.source;
    return name.dataset + " from " + name.origin + " of source " + name.source;
}

/// A file or a peer is something that other findings can be about.
std::vector<event::Entity> entities_of(const SpeakerName& name) {
    if (name.origin.empty()) return {{event::EntityType::device, "source " + name.source}};
    const bool is_file = name.origin.front() == '/';
    const bool is_address =
        !is_file && name.origin.find_first_not_of("0123456789.:abcdefABCDEF") == std::string::npos;
    return {{is_file      ? event::EntityType::file
             : is_address ? event::EntityType::ip
                          : event::EntityType::device,
             name.origin}};
}

/// If gaps come in any order alike, the newest is longer than all n before it with a chance of
/// 1/(n+1): n+1 where that happens and 0 otherwise is an e-value, and its logarithm the bits.
/// Rounded down to sixteenths, which are exact.
double bits_of(std::uint64_t gaps) {
    const double bits = std::log2(static_cast<double>(gaps) + 1.0);
    return std::min(kBitsMax, std::floor(bits * 16) / 16);
}

/// Tells of sources, origins and data sets that have fallen silent.
class SilenceDetector final : public Detector {
  public:
    explicit SilenceDetector(SilenceSettings settings) : settings_(std::move(settings)) {}

    bool is_about_rules() const override { return false; }
    std::size_t memory_bytes() const override { return speakers_.memory_bytes(); }
    std::uint64_t checksum() const override { return base::hash64(save()); }

    std::string save() const override {
        std::string out;
        base::put(out, kStateVersion);
        base::put(out, now_ ? now_->unix_ns : INT64_MIN);
        speakers_.save(out);
        return out;
    }

    base::Result<void> restore(std::string_view state) override {
        base::ByteReader in(state);
        const auto version = in.get<std::uint8_t>();
        const auto now_ns = in.get<std::int64_t>();
        if (version != kStateVersion || !speakers_.restore(in) || !in.is_at_end()) {
            speakers_ = {};
            now_.reset();
            return base::fail(base::ErrorCode::corrupt, "the saved state of silence is not whole");
        }
        now_.reset();
        if (now_ns != INT64_MIN) now_ = base::Timestamp{now_ns};
        return {};
    }

  private:
    void do_observe(const event::Batch& batch, const FindingSink&) override {
        const auto rows = batch.rows();
        for (std::size_t i = 0; i < rows.size();) {
            // Rows of one origin and data set come in runs.
            std::size_t end = i + 1;
            while (end < rows.size() && rows[end].origin == rows[i].origin &&
                   rows[end].dataset == rows[i].dataset) {
                ++end;
            }
            const event::Origin& origin = batch.origins()[rows[i].origin];
            const std::string dataset(batch.dataset(rows[i].dataset));
            hear({origin.source, "", ""}, rows[end - 1], end - i);
            hear({origin.source, origin.path, ""}, rows[end - 1], end - i);
            hear({origin.source, origin.path, dataset}, rows[end - 1], end - i);
            i = end;
        }
    }

    void hear(SpeakerName name, const event::Row& last, std::uint64_t rows) {
        if (setting_of(name.source) == kSilenceOff) return;
        Speaker& speaker = speakers_.hear(std::move(name));
        speaker.heard += rows;
        speaker.last_event = last.id;
        speaker.last_time = last.time;
        speaker.last_line = last.line;
    }

    void do_tick(base::Timestamp time, const FindingSink& sink) override {
        const std::int64_t passed_ms = now_ ? time.unix_ms() - now_->unix_ms() : 0;
        // A clock that jumps was not watched, one that goes back neither.
        const std::int64_t step_ms =
            passed_ms > kStepMaxMs ? 0 : std::max<std::int64_t>(0, passed_ms);
        now_ = time;
        auto& all = speakers_.all();
        for (auto& [name, speaker] : all) tick(name, speaker, step_ms, sink);
        // A part has been silent for as long as the whole at least, so that it is never left alone.
        std::erase_if(all, [](const auto& each) {
            return each.second.habit.gap().plain_ms >= kForgottenAfterMs;
        });
    }

    void tick(const SpeakerName& name, Speaker& speaker, std::int64_t step_ms,
              const FindingSink& sink) {
        const bool was_heard = speaker.heard > 0;
        speaker.habit.step(*now_, step_ms, was_heard);
        if (was_heard) {
            end_gap(name, speaker, sink);
        } else if (speaker.state != Speaker::State::silent && is_silent(name, speaker)) {
            fall_silent(name, speaker, sink);
        }
    }

    void end_gap(const SpeakerName& name, Speaker& speaker, const FindingSink& sink) {
        if (speaker.state == Speaker::State::silent) sink(spoke_again(name, speaker));
        const bool was_silent = speaker.state != Speaker::State::speaking;
        if (was_silent) speaker.speaking_since = *now_;
        // The first record ends no gap, and what came while nobody watched says nothing of it.
        if (speaker.last_heard.unix_ns != 0) {
            speaker.habit.learn(*now_, was_silent ? told_gap(speaker) : speaker.habit.gap());
        }
        speaker.state = Speaker::State::speaking;
        speaker.habit.begin_gap();
        speaker.last_heard = *now_;
        speaker.heard = 0;
    }

    /// What is learned of a silence: by the plain clock no more than it took to be told, so that
    /// one outage does not make the next one usual, but what goes on happening does; by the hours
    /// of the week nothing, for their shares change by themselves.
    static Gap told_gap(const Speaker& speaker) { return {speaker.told_at.plain_ms, 0}; }

    std::int64_t setting_of(const std::string& source) const {
        auto found = settings_.find(source);
        if (found == settings_.end()) found = settings_.find("*");
        return found == settings_.end() ? kSilenceLearned : found->second;
    }

    bool is_silent(const SpeakerName& name, const Speaker& speaker) const {
        const Gap& gap = speaker.habit.gap();
        const std::int64_t told_s = setting_of(name.source);
        if (told_s == kSilenceOff) return false;
        // What the operator says is said of the source; its parts go on being learned.
        if (told_s > 0 && name.is_source()) return gap.plain_ms >= told_s * kSecondMs;
        // Known before this gap began: the first weekend is over by then.
        if (gap.plain_ms < kSilenceMinMs || !speaker.habit.is_known(speaker.last_heard)) {
            return false;
        }
        const Gap limit = speaker.habit.limit(*now_);
        return gap.plain_ms > limit.plain_ms ||
               (gap.expected_ms > limit.expected_ms && limit.expected_ms > 0);
    }

    /// A part is not told while the whole is silent, nor while the whole has only begun to speak
    /// again: its parts may follow.
    void fall_silent(const SpeakerName& name, Speaker& speaker, const FindingSink& sink) {
        if (speaker.state == Speaker::State::speaking) speaker.told_at = speaker.habit.gap();
        const Speaker* const whole = name.is_source() ? nullptr : speakers_.find(name.whole());
        const bool is_told_by_whole =
            whole != nullptr && (whole->state != Speaker::State::speaking ||
                                 now_->unix_ms() - whole->speaking_since.unix_ms() < kSilenceMinMs);
        speaker.state = is_told_by_whole ? Speaker::State::hushed : Speaker::State::silent;
        if (!is_told_by_whole) sink(fell_silent(name, speaker));
    }

    cases::Finding finding_of(const SpeakerName& name, const Speaker& speaker,
                              std::string_view rule_id) const {
        cases::Finding finding;
        finding.detector = kName;
        finding.detector_version = kVersion;
        finding.rule_id = rule_id;
        finding.entities = entities_of(name);
        finding.first_seen = speaker.last_heard;
        finding.last_seen = *now_;
        finding.events = {speaker.last_event};
        finding.source = name.source;
        finding.origin = name.origin;
        finding.record = speaker.last_line;
        const std::string key = name.source + '\0' + name.origin + '\0' + name.dataset;
        finding.id =
            cases::finding_id(kName, rule_id, key, std::to_string(speaker.last_heard.unix_ns));
        return finding;
    }

    cases::Finding fell_silent(const SpeakerName& name, const Speaker& speaker) const {
        cases::Finding finding = finding_of(name, speaker, "silence");
        finding.title = title_of(name) + " has fallen silent";
        finding.severity = cases::Severity::medium;
        finding.attack = {"T1562"};  // who attacks may have turned the logging off
        const std::int64_t told_s = setting_of(name.source);
        const Gap& gap = speaker.habit.gap();
        const std::string observed = "nothing for " + words(gap.plain_ms) + ", since " +
                                     base::format_rfc3339(speaker.last_heard, 0);
        if (told_s > 0 && name.is_source()) {
            finding.reasons.push_back(
                {"silence", observed,
                 "a record every " + words(told_s * kSecondMs) + ", says the configuration",
                 kBitsTold, "rule"});
            return finding;
        }
        const std::uint64_t gaps = speaker.habit.gap_count(*now_);
        const Gap longest = speaker.habit.longest(*now_);
        finding.reasons.push_back({"silence", observed,
                                   "at most " + words(longest.plain_ms) + " in " +
                                       std::to_string(gaps) + " gaps, watched since " +
                                       base::format_rfc3339(speaker.habit.since(), 0),
                                   bits_of(gaps), "self"});
        finding.reasons.push_back(
            {"silence while usually heard", words(gap.expected_ms),
             "at most " + words(longest.expected_ms) + "; at this hour it speaks " +
                 std::to_string(speaker.habit.expected_percent(*now_)) + " percent of the time",
             0, "self"});
        return finding;
    }

    cases::Finding spoke_again(const SpeakerName& name, const Speaker& speaker) const {
        cases::Finding finding = finding_of(name, speaker, "silence.ended");
        finding.title = title_of(name) + " speaks again";
        finding.severity = cases::Severity::informational;
        finding.reasons.push_back(
            {"silence", "ended after " + words(speaker.habit.gap().plain_ms), "", 0, "self"});
        return finding;
    }

    const SilenceSettings settings_;
    Speakers speakers_;
    std::optional<base::Timestamp> now_;
};

base::Result<std::unique_ptr<Detector>> make_silence(const DetectorInputs& inputs,
                                                     event::FieldDictionary&,
                                                     std::vector<DetectorNotice>&) {
    return std::make_unique<SilenceDetector>(inputs.silence);
}

}  // namespace
}  // namespace silence

void register_silence(Registry& registry);
void register_silence(Registry& registry) {
    registry.add({std::string(silence::kName), silence::make_silence});
}

}  // namespace vedette::detect
