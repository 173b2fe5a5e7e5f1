// SPDX-License-Identifier: Apache-2.0
#include "rule/search/list_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "event/lookup_limits.h"
#include "rule/search/limits.h"

namespace vedette::rule::search {

namespace {

using event::ListMatch;
using event::LookupList;
using KeyGroup = ListKeys::Group;

constexpr std::string_view kTexts = "Array(String)", kTimes = "Array(Int64)";

/// As an element of an array that the store reads: in single quotes, with escapes.
void append_element(std::string& out, std::string_view text) {
    out += out.empty() ? "['" : ",'";
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\'': out += "\\'"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            case '\0': out += "\\0"; break;
            default: out.push_back(c);
        }
    }
    out.push_back('\'');
}

void append_element(std::string& out, std::int64_t number) {
    out += (out.empty() ? "[" : ",") + std::to_string(number);
}

/// Gathers the keys of one group until they fill a parameter. `layer` parts keys that are there
/// more than once.
class GroupWriter {
  public:
    GroupWriter(KeyGroup& group, const MakeParameter& parameter)
        : group_(group), parameter_(parameter) {}

    void add(std::string_view text) {
        append_element(always_, text);
        if (always_.size() >= kListParameterBytesMax) flush_always();
    }
    void add(std::string_view text, const event::ListTimes& times, std::size_t layer) {
        if (layers_.size() <= layer) layers_.resize(layer + 1);
        Layer& to = layers_[layer];
        append_element(to.keys, text);
        append_element(to.from, times.from.unix_ns);
        append_element(to.to, times.to.unix_ns);
        if (to.keys.size() + to.from.size() >= kListParameterBytesMax) flush(to);
    }
    void end() {
        flush_always();
        for (Layer& layer : layers_) flush(layer);
    }

  private:
    struct Layer {
        std::string keys, from, to;
    };
    void flush_always() {
        if (always_.empty()) return;
        group_.always.push_back(parameter_(kTexts, std::exchange(always_, {}) + "]"));
    }
    void flush(Layer& layer) {
        if (layer.keys.empty()) return;
        group_.timed.push_back({parameter_(kTexts, std::exchange(layer.keys, {}) + "]"),
                                parameter_(kTimes, std::exchange(layer.from, {}) + "]"),
                                parameter_(kTimes, std::exchange(layer.to, {}) + "]")});
    }

    KeyGroup& group_;
    const MakeParameter& parameter_;
    std::string always_;
    std::vector<Layer> layers_;
};

std::string hex_of(const event::Address& address) {
    std::string out;
    for (const std::uint8_t byte : address.bytes) out += fmt::format("{:02X}", byte);
    return out;
}

/// Whether the expression `key` is a key of the group that counts at the row's time.
std::string key_condition(const std::string& key, const KeyGroup& group) {
    std::string out;
    const auto add = [&](const std::string& part) { out += (out.empty() ? "(" : " OR ") + part; };
    for (const std::string& keys : group.always) add(std::string(key).append(" IN ").append(keys));
    const std::string time = "toUnixTimestamp64Nano(time)";
    for (const KeyGroup::Timed& timed : group.timed) {
        add(
            fmt::format("({0} >= transform({1}, {2}, {3}, toInt64({4})) AND {0} < "
                        "transform({1}, {2}, {5}, toInt64(0)))",
                        time, key, timed.keys, timed.from, INT64_MAX, timed.to));
    }
    return out.empty() ? "0" : out + ")";
}

std::string network_condition(const ListKeys& keys, const std::string& value) {
    const std::string is_address = "(isIPv4String(" + value + ") OR isIPv6String(" + value + "))";
    const std::string address = "toIPv6(if(" + is_address + ", toString(" + value + "), '::'))";
    const auto masked = [&](int bits) {
        return fmt::format("tupleElement(IPv6CIDRToRange({}, {}), 1)", address, bits);
    };
    const std::string is_v4 = masked(event::kV4PrefixBits) + " = toIPv6('::ffff:0.0.0.0')";
    std::string v4, v6;
    for (const KeyGroup& group : keys.groups) {
        std::string& out = group.is_v4 ? v4 : v6;
        const std::string key = "hex(IPv6StringToNum(toString(" + masked(group.size) + ")))";
        out += (out.empty() ? "" : " OR ") + key_condition(key, group);
    }
    return fmt::format("({} AND if({}, {}, {}))", is_address, is_v4, v4.empty() ? "0" : v4,
                       v6.empty() ? "0" : v6);
}

/// The last labels of the name, as many as a group's keys have. What can be no domain has none.
std::string domain_condition(const ListKeys& keys, const std::string& value) {
    const std::string low = "lowerUTF8(" + value + ")";
    const std::string bare =
        fmt::format("if(endsWith({0}, '.'), substring({0}, 1, length({0}) - 1), {0})", low);
    const std::string labels =
        fmt::format("splitByChar('.', if(length({0}) > {1} OR startsWith({0}, '.'), '', {0}))",
                    bare, event::kDomainBytesMax);
    std::string out;
    for (const KeyGroup& group : keys.groups) {
        const std::string last =
            fmt::format("if(length({0}) >= {1}, arrayStringConcat(arraySlice({0}, -{1}), '.'), '')",
                        labels, group.size);
        out += (out.empty() ? "(" : " OR ") + key_condition(last, group);
    }
    return out + ")";
}

/// Of the group that a key belongs to.
int size_of(const LookupList::Key& key, ListMatch match) {
    if (key.network) return key.network->prefix_bits;
    if (match != ListMatch::domain) return 0;
    return static_cast<int>(std::count(key.text.begin(), key.text.end(), '.')) + 1;
}

}  // namespace

ListKeys list_keys(const LookupList& list, const MakeParameter& parameter) {
    std::map<std::pair<bool, int>, std::vector<std::size_t>> by_group;
    const bool is_network = list.definition().match == ListMatch::network;
    for (std::size_t i = 0; i < list.key_count(); ++i) {
        const LookupList::Key key = list.key(i);
        const int size = size_of(key, list.definition().match);
        const bool is_v4 =
            key.network && key.network->address.is_v4() && size >= event::kV4PrefixBits;
        by_group[{is_v4, size}].push_back(i);
    }
    ListKeys out;
    for (const auto& [which, indices] : by_group) {
        KeyGroup& group = out.groups.emplace_back();
        group.is_v4 = which.first;
        group.size = which.second;
        GroupWriter writer(group, parameter);
        std::unordered_map<std::string_view, std::size_t> layers;
        for (const std::size_t i : indices) {
            const LookupList::Key key = list.key(i);
            const std::string text =
                is_network ? hex_of(key.network->address) : std::string(key.text);
            if (!list.is_timed()) {
                writer.add(text);
            } else {
                writer.add(text, key.times, layers[key.text]++);
            }
        }
        writer.end();
    }
    return out;
}

std::string list_condition(const LookupList& list, const ListKeys& keys, const std::string& value) {
    if (keys.groups.empty()) return "0";
    switch (list.definition().match) {
        case ListMatch::text: return key_condition("lowerUTF8(" + value + ")", keys.groups[0]);
        case ListMatch::exact: return key_condition("toString(" + value + ")", keys.groups[0]);
        case ListMatch::network: return network_condition(keys, value);
        case ListMatch::domain: return domain_condition(keys, value);
    }
    return "0";
}

}  // namespace vedette::rule::search
