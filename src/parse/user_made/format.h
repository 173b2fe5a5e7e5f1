// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "parse/registry.h"

namespace vedette::parse::user_made {

struct Program;

/// A definition with every file it reads, as they were when it was taken up: what a record that
/// names it is decoded by, for ever.
struct Bundle {
    std::string text;                                        ///< of the definition
    std::vector<std::pair<std::string, std::string>> files;  ///< by the name it uses

    /// Names the bundle by its content.
    base::Hash128 hash() const;
};

/// A format that its user made.
struct MadeFormat {
    std::string name;
    std::string where;  ///< path of the definition
    Bundle bundle;
    std::shared_ptr<const Program> program;

    /// "shop@0123...": under this name the journal's records are decoded.
    std::string pinned_name() const;
};

/// Reads a definition; the files it names lie beside it, zones in the machine's database.
/// Errors: not_found, io; bad_input with file:line:column; limit.
base::Result<MadeFormat> read_format(const std::string& path);
/// The same from text; files are looked for in `folder`.
base::Result<MadeFormat> read_format_text(std::string_view text, std::string_view where,
                                          const std::string& folder);

/// Every *.yml and *.yaml that lies in the folder, in the order of their names. A definition that
/// is wrong, or whose name another one or the build has, is told in `problems` and does not stop
/// the others.   Errors: not_found, limit.
base::Result<std::vector<MadeFormat>> read_folder(const std::string& folder,
                                                  const Registry& built_in,
                                                  std::vector<base::Error>& problems);

/// A bundle as bytes, and back.   Errors: corrupt.
std::string encode(const Bundle& bundle);
base::Result<Bundle> decode_bundle(std::string_view bytes);
/// Errors: as read_format; the files come out of the bundle alone.
base::Result<MadeFormat> make_format(Bundle bundle, std::string_view where);

/// The format for a registry, under its plain name.
Format format_of(const MadeFormat& made);

/// Why a record could not be taken apart, for people.
std::string why_not(const MadeFormat& made, std::string_view record);

/// What of a definition people ask for.
struct Outline {
    std::string summary, dataset, take;
    std::string recognition;          ///< in words
    std::vector<std::string> fields;  ///< that it makes; others may be kept besides
    bool keeps_rest = false;
    bool is_walked = true;  ///< false: an expression that only RE2 can do
};
Outline outline(const MadeFormat& made);

/// A record's format as the envelope has it: the name before '@', and the hash behind it.
struct PinnedName {
    std::string_view name, hash_hex;
};
/// Nothing if the name is not of the form.
std::optional<PinnedName> read_pinned_name(std::string_view name);

}  // namespace vedette::parse::user_made
