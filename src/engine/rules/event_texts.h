// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/batch.h"
#include "parse/parser.h"
#include "sandbox/pool.h"

namespace vedette::engine {

/// Events that a person has as text or in a file, decoded as any input would be: for looking at
/// rules, without server, journal or store. Times without a year or zone are read as scan reads
/// them without help; look-up lists add nothing.
/// Threads: one at a time.
class EventTexts {
  public:
    EventTexts();

    /// Adds formats that their user made.   Errors: those of reading; a definition that is wrong.
    base::Result<void> add_formats(const std::string& folder);

    /// One event for each record, or several where the format makes several; `Row::line` is the
    /// record's number. `format` empty: recognised by the records.
    /// Errors: bad_input for an unknown format.   Lives: until the next call.
    base::Result<const event::Batch*> decode(const std::vector<std::string>& records,
                                             const std::string& format = {});
    /// The same of a file, cut into records by its format, up to `rows_max` events.
    /// Errors: those of reading.
    base::Result<const event::Batch*> decode_file(const std::string& path,
                                                  const std::string& format, std::size_t rows_max);

    event::FieldDictionary& fields() { return fields_; }

  private:
    base::Result<void> check_format(const std::string& format) const;

    parse::Registry formats_;
    event::FieldDictionary fields_;
    sandbox::Pool archives_, decoders_;
    event::Batch batch_;
};

/// The lines of a file of events in blocks: empty lines end one. Without them it is one block.
/// Errors: those of reading; limit.
base::Result<std::vector<std::vector<std::string>>> event_blocks(const std::string& path);

}  // namespace vedette::engine
