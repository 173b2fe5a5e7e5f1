// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/warning_lists.h"

#include <libpsl.h>
#include <re2/re2.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "event/table_text.h"
#include "rule/intel/domain_name.h"
#include "rule/intel/json_object.h"
#include "rule/intel/limits.h"
#include "rule/intel/type_names.h"
#include "rule/intel/url_key.h"

namespace vedette::rule::intel {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::uint32_t kAllTypes = ~std::uint32_t{0};

/// Source: IANA registries of special-purpose addresses (RFC 6890, 5735, 4291). Addresses for
/// documentation are left out: nobody has them, and examples use them.
constexpr std::string_view kSpecialNetworks[] = {
    "0.0.0.0/8",     "10.0.0.0/8",   "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "224.0.0.0/4",   "240.0.0.0/4",  "::/128",         "::1/128",        "fc00::/7",
    "fe80::/10",     "ff00::/8",
};
/// Source: RFC 6761, 6762, 8375; names of addresses (RFC 1035, 3596).
constexpr std::string_view kSpecialHosts[] = {"localhost.localdomain", "home.arpa", "in-addr.arpa",
                                              "ip6.arpa"};
constexpr std::string_view kSpecialSuffixes[] = {
    ".localhost", ".local", ".localdomain", ".internal", ".invalid", ".lan", ".home", ".corp"};
/// Of the empty file, by each algorithm.
constexpr std::string_view kEmptyFile[] = {
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec"
    "2f"
    "63b931bd47417a81a538327af927da3e",
};

std::string typed(IndicatorType type, std::string_view key) {
    std::string out(1, static_cast<char>(type));
    out += key;
    return out;
}

/// Source: publicsuffix.org, in the version that libpsl was built with
bool is_public_suffix(std::string_view name_key) {
    const psl_ctx_t* const known = psl_builtin();
    return known != nullptr && psl_is_public_suffix(known, std::string(name_key).c_str()) == 1;
}

std::uint32_t bit(IndicatorType type) { return std::uint32_t{1} << static_cast<unsigned>(type); }

/// `/^x$/i` of PHP as an expression of RE2.
std::string without_delimiters(std::string text) {
    if (text.size() < 2 || text[0] != '/') return text;
    const std::size_t end = text.rfind('/');
    const std::string flags = text.substr(end + 1);
    text = text.substr(1, end > 0 ? end - 1 : 0);
    return flags.find('i') == std::string::npos ? text : "(?i)" + text;
}

std::string lowered(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text;
}

}  // namespace

WarningLists::WarningLists() = default;
WarningLists::~WarningLists() = default;
WarningLists::WarningLists(WarningLists&&) noexcept = default;
WarningLists& WarningLists::operator=(WarningLists&&) noexcept = default;

WarningLists WarningLists::built_in() {
    WarningLists lists;
    lists.names_ = {"private and special addresses", "names that lead nowhere", "the empty file",
                    "public suffixes"};
    lists.public_suffixes_ = ListId{3};
    for (const auto network : kSpecialNetworks) lists.add_network(network, 0);
    for (const auto host : kSpecialHosts) lists.add_host(host, 1);
    for (const auto suffix : kSpecialSuffixes) lists.hosts_.emplace(suffix.substr(1), ListId{1});
    for (const auto hash : kEmptyFile) lists.add_value(hash, 2, kAllTypes);
    lists.entries_ = std::size(kSpecialNetworks) + std::size(kSpecialHosts) +
                     std::size(kSpecialSuffixes) + std::size(kEmptyFile);
    lists.settle();
    return lists;
}

Result<WarningLists::ListId> WarningLists::new_list(std::string_view where, std::string name) {
    if (names_.size() >= kWarningListsMax) {
        return base::fail(ErrorCode::limit,
                          "more warning lists than " + std::to_string(kWarningListsMax),
                          std::string(where));
    }
    names_.push_back(name.empty() ? std::filesystem::path(where).filename().string()
                                  : name.substr(0, kLabelBytesMax));
    return static_cast<ListId>(names_.size() - 1);
}

bool WarningLists::add_network(std::string_view value, ListId list) {
    const auto network = event::read_network(value);
    if (!network) return false;
    ranges_.push_back({network->address, network->address.last(network->prefix_bits), list});
    return true;
}

bool WarningLists::add_host(std::string_view value, ListId list) {
    std::string room;
    const auto key = domain_name(value, room);
    if (!key) return false;
    hosts_.emplace(*key, list);
    for (std::string_view above = parent_name(*key); !above.empty(); above = parent_name(above)) {
        parents_.emplace(above, list);
    }
    return true;
}

bool WarningLists::add_value(std::string_view value, ListId list, std::uint32_t types) {
    bool is_any = false;
    std::string room;
    for (std::size_t i = 0; i < kIndicatorTypes; ++i) {
        const auto type = static_cast<IndicatorType>(i);
        // Any text can be a user agent; MISP's lists of strings mean it only if they say so.
        const bool is_meant = type != IndicatorType::user_agent || types != kAllTypes;
        if ((types & bit(type)) == 0 || !is_meant) continue;
        const auto key = make_key(type, value, room);
        if (!key) continue;
        values_.emplace(typed(type, *key), list);
        is_any = true;
    }
    return is_any;
}

Result<void> WarningLists::add_entry(std::string_view kind, std::string_view value, ListId list,
                                     std::uint32_t types, std::string_view where) {
    if (++entries_ > kWarningEntriesMax) {
        return base::fail(ErrorCode::limit, "the warning lists have too many entries",
                          std::string(where));
    }
    if (kind == "cidr") {
        if (add_network(value, list)) return {};
    } else if (kind == "hostname") {
        if (add_host(value, list) || add_network(value, list)) return {};
        // One label, with everything below it.
        std::string label = lowered(std::string(value.substr(value.starts_with('.') ? 1 : 0)));
        if (!label.empty() && label.find('.') == std::string::npos) {
            hosts_.emplace(std::move(label), list);
            return {};
        }
    } else if (kind == "string") {
        add_value(value, list, types);
        return {};  // lists of strings hold values of all kinds, also such as are no indicators
                    // here
    } else if (kind == "substring") {
        if (substrings_.size() == kWarningSubstringsMax) {
            return base::fail(ErrorCode::limit, "too many entries of type substring",
                              std::string(where));
        }
        if (!value.empty()) substrings_.push_back({lowered(std::string(value)), types, list});
        return {};
    } else if (kind == "regex") {
        if (patterns_.size() == kWarningRegexesMax) {
            return base::fail(ErrorCode::limit, "too many entries of type regex",
                              std::string(where));
        }
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(kWarningRegexMemoryBytesMax);
        auto made = std::make_unique<re2::RE2>(without_delimiters(std::string(value)), options);
        if (made->ok()) {
            patterns_.push_back({std::move(made), types, list});
            return {};
        }
    }
    return base::fail(ErrorCode::bad_input,
                      "'" + std::string(value.substr(0, 80)) + "' is no entry of a list of type " +
                          std::string(kind.substr(0, 20)),
                      std::string(where));
}

Result<void> WarningLists::add_misp(std::string_view where, std::string_view text) {
    const JsonObject list(text);
    const std::string kind = list.text("type");
    static constexpr std::string_view kKinds[] = {"cidr", "hostname", "string", "substring",
                                                  "regex"};
    const bool is_kind = std::find(std::begin(kKinds), std::end(kKinds), kind) != std::end(kKinds);
    if (!list.is_good() || !is_kind || list.member("list").empty()) {
        return base::fail(
            ErrorCode::bad_input, "this is no warning list of MISP", std::string(where),
            "it has `name`, `list`, and `type`: cidr, hostname, string, substring or regex");
    }
    std::uint32_t types = 0;
    for_each_element(list.member("matching_attributes"), [&](std::string_view written) {
        const auto word = json_text_of(written);
        for (const TypedPart& part : types_of_name(word.value_or(std::string()))) {
            types |= bit(part.type);
        }
    });
    if (types == 0) types = kAllTypes;
    VD_TRY(const ListId id, new_list(where, list.text("name")));
    Result<void> result;
    const bool is_whole = for_each_element(list.member("list"), [&](std::string_view written) {
        if (!result) return;
        const auto value = json_text_of(written);
        result = value
                     ? add_entry(kind, event::trimmed(*value), id, types, where)
                     : base::fail(ErrorCode::bad_input, "an entry is no text", std::string(where));
    });
    if (result && !is_whole) {
        return base::fail(ErrorCode::bad_input, "the entries are no list", std::string(where));
    }
    return result;
}

Result<void> WarningLists::add_plain(std::string_view where, std::string_view text) {
    VD_TRY(const ListId id, new_list(where, {}));
    for (event::LineList lines(text); lines.next();) {
        std::string_view value = lines.value();
        const std::size_t comma = value.find(',');
        const bool has_rank =
            comma != std::string_view::npos && comma > 0 &&
            value.substr(0, comma).find_first_not_of("0123456789") == std::string_view::npos;
        if (has_rank) value = event::trimmed(value.substr(comma + 1));
        if (++entries_ > kWarningEntriesMax) {
            return base::fail(ErrorCode::limit, "the warning lists have too many entries",
                              std::string(where));
        }
        if (add_network(value, id) || add_host(value, id) || add_value(value, id, kAllTypes))
            continue;
        return base::fail(
            ErrorCode::bad_input,
            "'" + std::string(value.substr(0, 80)) + "' is no domain, address, network or hash",
            std::string(where) + ":" + std::to_string(lines.line()));
    }
    return {};
}

Result<void> WarningLists::add(std::string_view where, std::string_view text) {
    const std::string_view begin = event::trimmed(text.substr(0, 64));
    VD_TRY_DO(begin.starts_with('{') ? add_misp(where, text) : add_plain(where, text));
    settle();
    hash_ = base::hash128(hash_.hex() + base::hash128(text).hex());
    return {};
}

Result<void> WarningLists::add_path(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    std::vector<std::string> files;
    if (fs::is_directory(path, error)) {
        for (fs::directory_iterator entry(path, error), end; !error && entry != end;
             entry.increment(error)) {
            const std::string name = entry->path().filename().string();
            if (!name.starts_with('.') && entry->is_regular_file(error)) {
                files.push_back(entry->path().string());
            }
            if (files.size() > kWarningListsMax) {
                return base::fail(ErrorCode::limit, "too many warning lists", path);
            }
        }
        std::sort(files.begin(), files.end());
    } else {
        files.push_back(path);
    }
    for (const std::string& file : files) {
        VD_TRY(const std::string text, base::read_file(file, kWarningListBytesMax));
        VD_TRY_DO(add(file, text));
    }
    return {};
}

/// Ranges that lie within or beside each other become one, so that one look finds any overlap.
void WarningLists::settle() {
    std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) {
        return a.first != b.first ? a.first < b.first : a.last > b.last;
    });
    std::vector<Range> merged;
    for (const Range& range : ranges_) {
        if (merged.empty() || range.first > merged.back().last) {
            merged.push_back(range);
        } else {
            merged.back().last = std::max(merged.back().last, range.last);
        }
    }
    ranges_ = std::move(merged);
}

std::optional<WarningLists::ListId> WarningLists::list_of_network(
    const event::Network& network) const {
    const event::Address last = network.address.last(network.prefix_bits);
    const auto behind =
        std::upper_bound(ranges_.begin(), ranges_.end(), last,
                         [](const auto& at, const Range& r) { return at < r.first; });
    if (behind == ranges_.begin()) return std::nullopt;
    const Range& range = *std::prev(behind);
    return range.last >= network.address ? std::optional(range.list) : std::nullopt;
}

std::optional<WarningLists::ListId> WarningLists::list_of_host(std::string_view name_key) const {
    for (std::string_view at = name_key; !at.empty(); at = parent_name(at)) {
        if (const auto found = hosts_.find(std::string(at)); found != hosts_.end()) {
            return found->second;
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> WarningLists::keeps_out(IndicatorType type,
                                                        std::string_view key) const {
    std::optional<ListId> list;
    if (const auto found = values_.find(typed(type, key)); found != values_.end()) {
        list = found->second;
    }
    if (!list && type == IndicatorType::network) {
        if (const auto network = network_of_key(key)) list = list_of_network(*network);
    }
    if (!list && type == IndicatorType::domain) {
        list = list_of_host(key);
        const auto above = parents_.find(std::string(key));
        if (!list && above != parents_.end()) list = above->second;
        if (!list && public_suffixes_ && is_public_suffix(key)) list = public_suffixes_;
    }
    if (!list && type == IndicatorType::url && is_host_alone(key)) {
        const auto address = event::read_address(url_host(key));
        list = address ? list_of_network({*address, 128}) : list_of_host(url_host(key));
    }
    if (!list && !(substrings_.empty() && patterns_.empty())) {
        const std::string text = lowered(value_text(type, key));
        for (const Word& word : substrings_) {
            if ((word.types & bit(type)) != 0 && text.find(word.text) != std::string::npos) {
                list = word.list;
            }
        }
        for (const Pattern& pattern : patterns_) {
            if (list || (pattern.types & bit(type)) == 0) continue;
            if (re2::RE2::PartialMatch(text, *pattern.expression)) list = pattern.list;
        }
    }
    if (!list) return std::nullopt;
    return names_[*list];
}

}  // namespace vedette::rule::intel
