// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event/batch.h"

namespace vedette::enrich {

/// Adds to rows what is known here of the things they name: a pass over the columns of a batch,
/// behind decoding and in front of detectors and store.
///
/// What an enricher adds to a row depends on that row and on the data that it was made from, and on
/// nothing else: not on the rows beside it, on the time of day or on what came before. So the same
/// chunks give the same rows in every replay, however batches are cut. It adds values and never
/// changes or removes one.
/// Threads: one at a time.
class Enricher {
  public:
    virtual ~Enricher() = default;

    void enrich(event::Batch& batch) {
        if (batch.is_empty()) return;
        do_enrich(batch);
        batch.settle();
    }

  private:
    virtual void do_enrich(event::Batch& batch) = 0;
};

}  // namespace vedette::enrich
