// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the commands around indicators share.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "rule/intel/feed_reader.h"
#include "rule/intel/indicator_index.h"

namespace vedette::apps {

struct IndicatorOptions {
    std::string data_folder;
    std::vector<std::string> paths, warning_paths;
    std::string feed_format = "recognised", type;
    std::vector<std::string> columns;  ///< role=name
    int confidence = 50, confidence_min = 0;
    std::string format = "table";
    std::vector<std::string> values;  ///< lookup
    std::string at;
    std::size_t limit = 100;
    bool accepts = false;  ///< pull
    int wait_s = 300;
};

/// Options that say how feeds of the command line are read.
void add_feed_options(CLI::App& command, IndicatorOptions& options);
base::Result<rule::intel::FeedSettings> feed_settings(const IndicatorOptions& options,
                                                      const std::string& path);

struct CheckedFeed {
    std::string path;
    rule::intel::ReadFeed read;
};
base::Result<std::vector<CheckedFeed>> read_feeds(const IndicatorOptions& options);

/// The feeds of --indicators, else those in force in the folder of data.
base::Result<std::shared_ptr<const rule::intel::IndicatorIndex>> index_of(
    const IndicatorOptions& options);

/// One object with facts of an indicator, without the closing bracket.
std::string indicator_json(const rule::intel::IndicatorIndex::Hit& hit);

}  // namespace vedette::apps
