// SPDX-License-Identifier: Apache-2.0
// Any bytes as the files that wait in a snapshot, and as the record of what a file was found to be.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "engine/files/file_findings.h"
#include "engine/files/named_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::engine::files;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto files = read_named_files(bytes)) {
        std::string again;
        for (const NamedFile& file : *files) put(again, file);
        const auto second = read_named_files(again);
        VD_CHECK(second.has_value() && second->size() == files->size());
    }
    if (const auto found = file_findings_of_control(bytes)) {
        const auto second = file_findings_of_control(file_findings_control(*found));
        VD_CHECK(second.has_value() && second->path == found->path &&
                 second->findings.size() == found->findings.size());
    }
    return 0;
}
