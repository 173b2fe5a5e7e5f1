// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/client.h"
#include "store/supervisor.h"

namespace vedette::bench {

struct HistoryOptions {
    std::string folder;  ///< absolute; kept between runs if it holds `events` already
    std::uint64_t events = 10'000'000;
    int days = 10;  ///< the events are spread evenly over so many days that end now
    int writers = 2;
};

/// A store with a long history: real events, repeated, each repetition at another time and under
/// ids of its own, put in by the product's own writer, as a server would have done over `days`.
/// What it does not promise: repeated events compress better than as many different ones would.
class History {
  public:
    /// Fills what is missing of `events`.   Errors: those of the store; bad_input without lines.
    static base::Result<std::unique_ptr<History>> open(const HistoryOptions& options,
                                                       const std::vector<std::string>& lines);
    ~History();

    const store::ClientOptions& client_options() const { return client_options_; }
    pid_t store_pid() const { return supervisor_.child_pid(); }
    std::uint64_t rows() const { return rows_; }
    double fill_seconds() const { return fill_seconds_; }

  private:
    explicit History(store::SupervisorOptions options) : supervisor_(std::move(options)) {}
    base::Result<void> fill(const HistoryOptions& options, const std::vector<std::string>& lines);
    base::Result<std::uint64_t> count();

    store::Supervisor supervisor_;
    store::ClientOptions client_options_;
    std::uint64_t rows_ = 0;
    double fill_seconds_ = 0;
};

}  // namespace vedette::bench
