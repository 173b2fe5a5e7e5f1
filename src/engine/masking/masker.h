// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/counters.h"
#include "base/files.h"
#include "base/result.h"
#include "engine/masking/pseudonym.h"
#include "event/field.h"
#include "event/record.h"
#include "parse/registry.h"
#include "sandbox/pool.h"

namespace vedette::engine::masking {

/// An entry of `masking:` in the configuration.
struct MaskSettings {
    std::string source = "*";           ///< pattern of the source's name (* and ?)
    std::vector<std::string> fields;    ///< ECS names or patterns of them (`user.*`)
    std::vector<std::string> patterns;  ///< regular expressions (RE2) over the record's bytes
    Method method = Method::hash;
    std::string where;  ///< in the configuration, for messages
};

/// Whether an entry can be used.
/// Errors: bad_input with the place, for an entry without fields and patterns, or a pattern that is
/// none or matches the empty text.
base::Result<void> check(const MaskSettings& settings);

/// The file of a data folder that holds the key of pseudonyms.
inline constexpr std::string_view kKeyFile = "masking.key";

/// Masks chosen values before a chunk reaches the journal, so that they never reach the disk.
///
/// The chunk is decoded as it will be later; every value of a chosen field is looked for in its
/// record, in all the ways that formats write it (record_mask.h), and replaced there, wherever in
/// the record it stands. A record in which a value cannot be found, one that does not decode, and
/// one of a binary format (EVTX) that has such a value, is masked whole: its bytes become
/// `[masked]`, and it lies in the inbox as such. Nothing that was to be masked is ever let through
/// for want of knowing better. OTLP's requests, of which one is hundreds of rows, are taken apart
/// into the texts of their rows first, so that each is masked by itself. Rules, search and every
/// later replay see the masked record and nothing else.
///
/// Not masked: names of sources, files and peers (the envelope); header lines that a framer hands
/// on; what a sender used as `_id`, unless a masked value stands in it. Counted:
/// vedette_masked_values_total, vedette_masked_records_total and, of those,
/// vedette_masked_whole_total.
/// Threads: any.   Cost: a second decoding of the sources that are masked; others pay one look-up
/// of their name.
class Masker {
  public:
    /// Without settings there is no masker (nullptr). The key is made if it is missing.
    /// Lives: all outlive it.
    /// Errors: those of check(); io, denied, corrupt for the key.
    static base::Result<std::unique_ptr<Masker>> make(
        const std::vector<MaskSettings>& settings, base::Files& files,
        const std::string& data_folder, const parse::Registry& formats,
        event::FieldDictionary& fields, sandbox::Pool& workers, base::CounterRegistry& counters);
    ~Masker();

    /// Whether chunks of this source must be masked.
    bool applies_to(const std::string& source) const;
    /// Masks a chunk of such a source.
    void mask(event::Chunk& chunk);

  private:
    struct Impl;
    explicit Masker(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::engine::masking
