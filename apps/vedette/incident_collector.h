// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cases/incident.h"
#include "correlate/grouper.h"
#include "correlate/ledger.h"

namespace vedette::apps {

/// Groups findings as they come and keeps the incidents, for commands that have no state store.
class IncidentCollector {
  public:
    void add(const cases::Finding& finding) {
        ledger_.observe(finding);
        grouper_.observe(finding, ledger_.largest(finding));
        if (++waiting_ >= kTakeEvery) take();
    }
    std::vector<cases::Incident> incidents() {
        take();
        std::vector<cases::Incident> out;
        for (const auto& [id, incident] : incidents_) out.push_back(incident);
        return out;
    }

  private:
    /// Taking changes copies incidents; once in so many findings is often enough.
    static constexpr int kTakeEvery = 4'096;

    void take() {
        waiting_ = 0;
        const correlate::IncidentChanges changes = grouper_.take_changes();
        for (const auto& merged : changes.merged) incidents_.erase(merged.id);
        for (const cases::Incident& incident : changes.changed) incidents_[incident.id] = incident;
    }

    correlate::Ledger ledger_;
    correlate::Grouper grouper_;
    std::map<std::string, cases::Incident> incidents_;
    int waiting_ = 0;
};

}  // namespace vedette::apps
