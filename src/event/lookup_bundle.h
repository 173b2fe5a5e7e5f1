// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "event/lookup_set.h"

namespace vedette::event {

/// A list's definition with the file it reads, as they were when it was taken up: what rows of
/// their time are looked up in, for ever.
struct ListBundle {
    std::string text;  ///< of the definition
    std::string file;  ///< what it reads; empty where there is none

    /// Names the bundle by its content.
    base::Hash128 hash() const;
};

/// A list as it was read.
struct ReadList {
    std::string where;  ///< path of the definition
    ListBundle bundle;
    std::shared_ptr<const LookupList> list;
};

/// Reads a definition and the file it names, which lies beside it or below.
/// Errors: not_found, io; those of read_list_definition and build_list; limit.
base::Result<ReadList> read_list(const std::string& path);

/// What reading a folder found.
struct ReadLists {
    std::vector<ReadList> lists;  ///< by name
    /// Lists that are not used, and why; `where` begins with the path of the definition or file.
    std::vector<base::Error> problems;
    std::vector<std::string> wrong_paths;  ///< of the definitions that are not used
};
/// Every *.yml and *.yaml that lies in the folder. One that is wrong, or whose name another one
/// has, does not stop the others.   Errors: not_found, io, limit.
base::Result<ReadLists> read_list_folder(const std::string& folder);

/// A bundle as bytes, and back.   Errors: corrupt.
std::string encode(const ListBundle& bundle);
base::Result<ListBundle> decode_list_bundle(std::string_view bytes);
/// Errors: as read_list; the file comes out of the bundle.
base::Result<ReadList> make_list(ListBundle bundle, std::string_view where);

}  // namespace vedette::event
