// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/libyara.h"

#include "rule/yara/limits.h"

namespace vedette::rule::yara {

namespace {

bool initialise() {
    if (::yr_initialize() != ERROR_SUCCESS) return false;
    std::uint32_t strings_max = kStringsPerRuleMax, excerpt_max = kExcerptBytesMax;
    ::yr_set_configuration(YR_CONFIG_MAX_STRINGS_PER_RULE, &strings_max);
    ::yr_set_configuration(YR_CONFIG_MAX_MATCH_DATA, &excerpt_max);
    return true;
}

}  // namespace

bool has_libyara() {
    static const bool is_ready = initialise();
    return is_ready;
}

const std::vector<std::string>& allowed_modules() {
    static const std::vector<std::string> modules = {"dex",   "dotnet", "elf", "hash",
                                                     "macho", "math",   "pe",  "time"};
    return modules;
}

const std::vector<std::string>& external_names() {
    static const std::vector<std::string> names = {ExternalNames::kFileName,
                                                   ExternalNames::kFilePath,
                                                   ExternalNames::kExtension, "filetype", "owner"};
    return names;
}

std::string error_text(int error) {
    switch (error) {
        case ERROR_INSUFFICIENT_MEMORY: return "it needs more memory than a worker may have";
        case ERROR_SCAN_TIMEOUT:
            return "it took longer than " + std::to_string(kScanSecondsMax) + " s";
        case ERROR_TOO_MANY_RE_FIBERS: return "an expression of a rule branches too much";
        case ERROR_EXEC_STACK_OVERFLOW: return "the condition of a rule is too deep";
        case ERROR_TOO_MANY_MATCHES: return "a string of a rule matches too often";
        case ERROR_CORRUPT_FILE:
        case ERROR_INVALID_FILE:
        case ERROR_UNSUPPORTED_FILE_VERSION: return "the compiled rules are damaged";
        default: return "libyara gave up with error " + std::to_string(error);
    }
}

}  // namespace vedette::rule::yara
