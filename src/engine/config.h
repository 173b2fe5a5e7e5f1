// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "detect/registry.h"
#include "engine/clocks.h"
#include "engine/field_promotion.h"
#include "engine/files/file_watch_config.h"
#include "engine/intel/intel_config.h"
#include "engine/masking/masker.h"
#include "engine/retention_policy.h"
#include "source/source.h"

namespace vedette::engine {

/// One source of the configuration.
struct SourceConfig {
    std::string name;
    source::SourceSettings settings;
    std::optional<std::int64_t> silence = {};  ///< as detect::SilenceSettings has it
};

/// Everything an operator may set, with the defaults of a program started without a file.
struct Config {
    std::string path;         ///< of the file it was read from, absolute; empty: none
    std::string data_folder;  ///< absolute
    std::uint16_t node = 1;   ///< part of every event's id; one per journal
    std::uint64_t journal_quota_bytes = 8ull << 30;
    std::uint64_t journal_segment_bytes = 64ull << 20;
    bool has_store = true;  ///< keep events for search
    int store_writers = 2;
    std::uint64_t store_insert_rows = 32'768;
    int store_insert_age_ms = 500;              ///< an event is searchable this long after at most
    PromotionSettings promotion;                ///< of fields that searches ask for often
    std::uint64_t remembered_keys = 1'000'000;  ///< window of `_id`s in which repeats are known
    std::vector<std::string> rule_paths;
    std::vector<std::string> logsource_paths;
    std::vector<std::string> yara_paths;      ///< of rules for files
    files::FileWatchConfig files;             ///< that events name, held against those
    std::vector<std::string> analytic_paths;  ///< what is learned; empty: nothing
    detect::Placeholders placeholders;        ///< for Sigma's modifier `expand`
    int replay_days = 7;              ///< of history that new rules are replayed over; 0: none
    detect::SilenceSettings silence;  ///< of sources that are not to be learned alone
    std::string metrics_listen;       ///< host:port for Prometheus; empty: admin socket only
    std::string formats_folder;  ///< of user-made formats; empty: <data>/formats if it is there
    std::string lists_folder;    ///< of look-up lists; empty: <data>/lists if it is there
    std::vector<ClockSettings> clocks;           ///< of sources whose times need help
    std::vector<masking::MaskSettings> masking;  ///< what never reaches the disk
    RetentionConfig retention;                   ///< what is kept for how long
    intel::IntelConfig intel;                    ///< feeds of indicators
    std::vector<SourceConfig> sources;
    std::uint32_t batch_rows = 4'096;  ///< rows judged in one go; any value gives the same findings
};

/// Where the program's own content (rules, log sources, demonstration) lies: VEDETTE_CONTENT, else
/// beside the program's build folder, else /usr/share/vedette/content.
std::string content_folder();

/// The configuration of `vedette serve` without a file: what /var/log has, systemd's journal where
/// no file has its messages, the rules we ship, and Elasticsearch bulk on loopback.
Config default_config(const std::string& data_folder);

/// Reads a YAML file over the defaults. Unknown keys are errors, because a setting that is silently
/// ignored is worse than none.
/// Errors: bad_input with file:line:column and a hint; not_found, io.
base::Result<Config> load_config(const std::string& path, const std::string& data_folder);

/// The same from text; `where` names it in messages.
base::Result<Config> parse_config(const std::string& text, const std::string& where,
                                  const std::string& data_folder);

/// Reads a YAML file of `name: value` or `name: [values]`, as `detect.sigma.placeholders` has them.
/// Errors: as load_config.
base::Result<detect::Placeholders> load_placeholders(const std::string& path);

}  // namespace vedette::engine
