// SPDX-License-Identifier: Apache-2.0
#include "event/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <sstream>

#include "event/yaml_limits.h"

namespace vedette::event {

namespace {

using base::ErrorCode;

std::string place(std::string_view path, int line, int column) {
    return std::string(path) + ":" + std::to_string(line) + ":" + std::to_string(column);
}

/// Builds one document's tree from the parser's events. After the first error it takes no more: the
/// parser reads on, in time linear in the text, and nothing is kept.
class TreeBuilder final : public YAML::EventHandler {
  public:
    explicit TreeBuilder(std::string_view path) : path_(path) {}

    const std::optional<base::Error>& error() const { return error_; }
    YamlNode take_document() {
        anchors_.clear();
        return std::move(root_);
    }

    void OnDocumentStart(const YAML::Mark&) override { root_ = {}; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        put(node_at(mark, YamlNode::Kind::null), anchor);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode node = node_at(mark, YamlNode::Kind::scalar);
        node.text = value;
        node.is_plain = tag == "?" || tag.empty();
        put(std::move(node), anchor);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(node_at(mark, YamlNode::Kind::list), anchor);
    }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(node_at(mark, YamlNode::Kind::map), anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapEnd() override { close(); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const YamlNode place = node_at(mark, YamlNode::Kind::null);
        const auto known = anchors_.find(anchor);
        if (known == anchors_.end()) {
            stop(place, ErrorCode::bad_input, "an anchor is used inside itself");
        } else if (++alias_count_ > kYamlAliasesMax) {
            stop(place, ErrorCode::limit,
                 "more than " + std::to_string(kYamlAliasesMax) + " uses of anchors");
        } else {
            count_nodes(known->second, place);
            put(known->second, 0);
        }
    }

  private:
    struct Open {
        YamlNode node;
        YAML::anchor_t anchor = 0;
        std::set<std::string, std::less<>> seen_keys = {};
    };

    void stop(const YamlNode& node, ErrorCode code, std::string text, std::string hint = {}) {
        if (!error_) {
            error_ = base::Error{code, std::move(text), node.where(path_), std::move(hint), false};
        }
    }

    YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) {
        YamlNode node;
        node.kind = kind;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        count_nodes(node, node);
        return node;
    }

    void count_nodes(const YamlNode& node, const YamlNode& place) {
        if (error_) return;
        if (++node_count_ > kYamlNodesMax) {
            stop(place, ErrorCode::limit,
                 "the file has more than " + std::to_string(kYamlNodesMax) + " YAML nodes");
        }
        for (const YamlNode& key : node.keys) count_nodes(key, place);
        for (const YamlNode& item : node.items) count_nodes(item, place);
    }

    void open(YamlNode node, YAML::anchor_t anchor) {
        if (open_.size() >= kYamlDepthMax) {
            stop(node, ErrorCode::limit,
                 "nested deeper than " + std::to_string(kYamlDepthMax) + " levels");
        }
        if (!error_) open_.push_back({std::move(node), anchor});
    }

    void close() {
        if (error_) return;
        Open done = std::move(open_.back());
        open_.pop_back();
        put(std::move(done.node), done.anchor);
    }

    void put(YamlNode node, YAML::anchor_t anchor) {
        if (error_) return;
        if (anchor != 0) anchors_[anchor] = node;
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        const bool is_key =
            parent.node.is_map() && parent.node.keys.size() == parent.node.items.size();
        if (is_key) check_key(parent, node);
        (is_key ? parent.node.keys : parent.node.items).push_back(std::move(node));
    }

    void check_key(Open& parent, const YamlNode& key) {
        if (!key.is_scalar() && !key.is_null()) {
            stop(key, ErrorCode::bad_input, "a key must be a plain name");
        } else if (!parent.seen_keys.insert(key.text).second) {
            stop(key, ErrorCode::bad_input, "the key '" + key.text + "' is there twice",
                 "only one of them would count: join them into a list");
        }
    }

    std::string path_;
    std::optional<base::Error> error_;
    YamlNode root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, YamlNode> anchors_;
    std::size_t node_count_ = 0, alias_count_ = 0;
};

base::Result<std::vector<YamlNode>> read_documents(std::string_view path, std::string_view text,
                                                   TreeBuilder& builder) {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    std::vector<YamlNode> documents;
    while (parser.HandleNextDocument(builder)) {
        if (documents.size() == kYamlDocumentsMax) {
            return base::fail(ErrorCode::limit,
                              "more than " + std::to_string(kYamlDocumentsMax) + " documents",
                              std::string(path));
        }
        if (builder.error()) break;
        documents.push_back(builder.take_document());
    }
    return documents;
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> based_number(std::string_view digits, int number_base) {
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value, number_base);
    if (digits.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return std::to_string(value);
}

bool is_decimal_fraction(std::string_view text) {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    const bool begins_well =
        !text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == '.');
    return begins_well && read.ec == std::errc() && read.ptr == end;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
    if (!is_map()) return nullptr;
    for (std::size_t i = 0; i < keys.size() && i < items.size(); ++i) {
        if (keys[i].text == key) return &items[i];
    }
    return nullptr;
}

std::string YamlNode::text_of(std::string_view key) const {
    const YamlNode* node = find(key);
    return node != nullptr && node->is_scalar() ? node->text : std::string();
}

std::vector<std::string> YamlNode::texts() const {
    if (is_scalar()) return {text};
    std::vector<std::string> out;
    if (!is_list()) return out;
    for (const YamlNode& item : items) {
        if (item.is_scalar()) out.push_back(item.text);
    }
    return out;
}

std::string YamlNode::where(std::string_view path) const { return place(path, line, column); }

std::optional<bool> yaml_boolean(const YamlNode& node) {
    if (!node.is_scalar() || !node.is_plain) return std::nullopt;
    for (const std::string_view word : {"true", "True", "TRUE"}) {
        if (node.text == word) return true;
    }
    for (const std::string_view word : {"false", "False", "FALSE"}) {
        if (node.text == word) return false;
    }
    return std::nullopt;
}

std::optional<std::string> yaml_number(const YamlNode& node) {
    if (!node.is_scalar() || !node.is_plain) return std::nullopt;
    const std::string_view text = node.text;
    if (text.starts_with("0x")) return based_number(text.substr(2), 16);
    if (text.starts_with("0o")) return based_number(text.substr(2), 8);
    const bool is_negative = text.starts_with('-');
    std::string_view digits = text;
    if (is_negative || text.starts_with('+')) digits.remove_prefix(1);
    if (is_digits(digits)) {
        while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
        return (is_negative ? "-" : "") + std::string(digits);
    }
    if (!is_decimal_fraction(digits)) return std::nullopt;
    return (is_negative ? "-" : "") + std::string(digits);
}

base::Result<std::vector<YamlNode>> read_yaml(std::string_view path, std::string_view text) {
    if (text.size() > kYamlBytesMax) {
        return base::fail(ErrorCode::limit,
                          "the file has " + std::to_string(text.size()) +
                              " bytes, more than the allowed " + std::to_string(kYamlBytesMax),
                          std::string(path));
    }
    TreeBuilder builder(path);
    base::Result<std::vector<YamlNode>> documents;
    try {
        documents = read_documents(path, text, builder);
    } catch (const YAML::Exception& problem) {
        documents = base::fail(ErrorCode::bad_input, "not readable as YAML: " + problem.msg,
                               place(path, problem.mark.line + 1, problem.mark.column + 1));
    } catch (const std::exception& problem) {
        documents =
            base::fail(ErrorCode::bad_input, std::string("not readable as YAML: ") + problem.what(),
                       std::string(path));
    }
    // What the builder refused comes before whatever the parser met behind it.
    if (builder.error()) return tl::unexpected<base::Error>(*builder.error());
    return documents;
}

}  // namespace vedette::event
