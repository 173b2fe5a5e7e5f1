// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/definition.h"

#include <algorithm>

#include "event/limits.h"
#include "event/yaml.h"
#include "parse/user_made/limits.h"
#include "parse/user_made/step_reader.h"

namespace vedette::parse::user_made {

namespace {

using base::ErrorCode;
using base::Result;
using event::YamlNode;

constexpr std::pair<std::string_view, Take> kTakes[] = {
    {"regex", Take::regex}, {"dissect", Take::dissect}, {"key_value", Take::key_value},
    {"csv", Take::csv},     {"json", Take::json},
};

std::vector<std::string> take_names() {
    std::vector<std::string> out;
    for (const auto& [name, take] : kTakes) out.emplace_back(name);
    return out;
}

/// Reads the stages and what stands around them.
class Reader {
  public:
    explicit Reader(const NodeReader& read) : read_(read) {}

    Result<Definition> definition(const YamlNode& root) {
        Definition out;
        VD_TRY_DO(read_.keys(
            root, {"format", "summary", "dataset", "recognise", "take", "steps", "absent"}));
        VD_TRY(const YamlNode* name, read_.need(root, "format", "format: shop_access"));
        VD_TRY(out.name, read_.text(*name));
        if (!is_format_name(out.name.text)) {
            return read_.wrong(
                *name, "'" + out.name.text + "' is no name of a format",
                "letters, digits, '_', '.' and '-', at most " + std::to_string(kNameBytesMax));
        }
        VD_TRY_DO(read_.optional_text(root, "summary", out.summary));
        out.dataset = out.name.text;
        VD_TRY_DO(read_.optional_text(root, "dataset", out.dataset));
        if (out.dataset.empty()) out.dataset = out.name.text;
        if (const YamlNode* node = root.find("recognise")) {
            VD_TRY_DO(recognition(*node, out.recognition));
        }
        VD_TRY(const YamlNode* take, read_.need(root, "take", "take: {dissect: '%{a} %{b}'}"));
        VD_TRY_DO(stages(*take, out.stages));
        if (const YamlNode* node = root.find("absent")) {
            VD_TRY(const auto texts, read_.texts(*node));
            for (const Placed& text : texts) out.absent.push_back(text.text);
        }
        if (const YamlNode* node = root.find("steps")) {
            VD_TRY(out.steps, read_steps(*node, read_));
        }
        return out;
    }

  private:
    Result<void> recognition(const YamlNode& node, Recognition& out) {
        VD_TRY_DO(read_.keys(node, {"regex", "marks", "keys", "certainty"}));
        if (const YamlNode* regex = node.find("regex")) {
            VD_TRY(out.regex, read_.text(*regex));
        }
        for (auto [key, list] : {std::pair{"marks", &out.marks}, {"keys", &out.keys}}) {
            const YamlNode* found = node.find(key);
            if (found == nullptr) continue;
            VD_TRY(const auto texts, read_.texts(*found));
            for (const Placed& text : texts) {
                if (text.text.empty()) return read_.wrong(*found, "an empty text is in every line");
                list->push_back(text.text);
            }
        }
        if (const YamlNode* certainty = node.find("certainty")) {
            VD_TRY(out.certainty, read_.number(*certainty, 1, 100));
        }
        if (out.is_empty()) {
            return read_.wrong(node, "nothing is said by which a record is told",
                               "give regex, marks or keys; leave `recognise` out for a format that "
                               "only sources name");
        }
        return {};
    }

    Result<void> stages(const YamlNode& node, std::vector<Stage>& out) {
        if (node.is_list()) {
            if (node.items.empty()) return read_.wrong(node, "nothing takes the record apart");
            if (node.items.size() > kStagesMax) {
                return read_.wrong(node, "more than " + std::to_string(kStagesMax) + " stages");
            }
            for (const YamlNode& item : node.items) VD_TRY_DO(stage(item, out));
        } else {
            VD_TRY_DO(stage(node, out));
        }
        return {};
    }

    Result<void> stage(const YamlNode& node, std::vector<Stage>& out) {
        Stage stage;
        stage.place = {node.line, node.column};
        std::vector<std::string> known = take_names();
        known.emplace_back("of");
        VD_TRY_DO(read_.keys(node, known));
        const YamlNode* options = nullptr;
        for (const auto& [name, take] : kTakes) {
            const YamlNode* found = node.find(name);
            if (found == nullptr) continue;
            if (options != nullptr) {
                return read_.wrong(*found, "a stage takes apart in one way only",
                                   "make a list: `take: [{...}, {..., of: field}]`");
            }
            options = found;
            stage.take = take;
        }
        if (options == nullptr) {
            return read_.wrong(node, "a stage needs one of regex, dissect, key_value, csv, json");
        }
        if (const YamlNode* of = node.find("of")) {
            VD_TRY(stage.of, read_.text(*of));
            if (out.empty()) {
                return read_.wrong(*of, "the first stage takes the record",
                                   "`of` is for the stages behind it");
            }
        } else if (!out.empty()) {
            return read_.wrong(node, "a stage behind the first one needs the field that it takes",
                               "e.g. `{key_value: {}, of: rest}`");
        }
        VD_TRY_DO(options_of(*options, stage));
        out.push_back(std::move(stage));
        return {};
    }

    Result<void> options_of(const YamlNode& node, Stage& stage) {
        switch (stage.take) {
            case Take::regex:
            case Take::dissect: return pattern_options(node, stage);
            case Take::key_value: return pair_options(node, stage);
            case Take::csv: return csv_options(node, stage);
            case Take::json: return json_options(node, stage);
        }
        return {};
    }

    Result<void> pattern_options(const YamlNode& node, Stage& stage) {
        const YamlNode* pattern = &node;
        if (node.is_map()) {
            const bool is_dissect = stage.take == Take::dissect;
            VD_TRY_DO(read_.keys(node, is_dissect ? std::vector<std::string>{"pattern", "append"}
                                                  : std::vector<std::string>{"pattern"}));
            VD_TRY(pattern, read_.need(node, "pattern", "pattern: '%{a} %{b}'"));
            VD_TRY_DO(read_.optional_text(node, "append", stage.append));
        }
        VD_TRY(stage.pattern, read_.text(*pattern));
        if (stage.pattern.text.empty()) return read_.wrong(*pattern, "the pattern is empty");
        return {};
    }

    Result<void> pair_options(const YamlNode& node, Stage& stage) {
        if (node.is_null()) return {};
        VD_TRY_DO(read_.keys(node, {"between", "assign", "quotes", "fields", "rest"}));
        for (auto [key, text] : {std::pair{"between", &stage.between}, {"assign", &stage.assign}}) {
            const YamlNode* found = node.find(key);
            if (found == nullptr) continue;
            VD_TRY_DO(read_.optional_text(node, key, *text));
            if (text->empty()) {
                return read_.wrong(*found, std::string("`") + key + "` needs at least one byte");
            }
        }
        VD_TRY_DO(read_.optional_text(node, "quotes", stage.quotes));
        const auto is_shared = [&](char c) {
            return stage.assign.find(c) != std::string::npos ||
                   stage.quotes.find(c) != std::string::npos;
        };
        if (std::any_of(stage.between.begin(), stage.between.end(), is_shared)) {
            return read_.wrong(node,
                               "a byte that stands between pairs cannot also stand within one",
                               "`between`, `assign` and `quotes` must differ");
        }
        return open_options(node, stage);
    }

    Result<void> csv_options(const YamlNode& node, Stage& stage) {
        stage.has_header = true;
        if (node.is_null()) return {};
        VD_TRY_DO(read_.keys(node, {"columns", "separator", "header", "fields", "rest"}));
        if (const YamlNode* columns = node.find("columns")) {
            VD_TRY(stage.columns, read_.texts(*columns));
            stage.has_header = false;
        }
        if (const YamlNode* header = node.find("header")) {
            VD_TRY(stage.has_header, read_.flag(*header));
        }
        if (stage.columns.empty() && !stage.has_header) {
            return read_.wrong(node, "nobody names the columns",
                               "give `columns`, or a header line");
        }
        if (const YamlNode* separator = node.find("separator")) {
            VD_TRY(const Placed text, read_.text(*separator));
            std::string byte = text.text;
            if (byte.size() == 2 && byte[0] == '\\' && byte[1] == 't') byte = "\t";
            if (byte.size() != 1 || byte == "\"" || static_cast<unsigned char>(byte[0]) >= 0x80) {
                return read_.wrong(*separator, "a separator is one byte, and no quote",
                                   "e.g. ';' or \"\\t\"");
            }
            stage.separator = byte[0];
        }
        return open_options(node, stage);
    }

    Result<void> json_options(const YamlNode& node, Stage& stage) {
        if (node.is_null()) return {};
        VD_TRY_DO(read_.keys(node, {"fields", "rest"}));
        return open_options(node, stage);
    }

    Result<void> open_options(const YamlNode& node, Stage& stage) {
        if (const YamlNode* fields = node.find("fields")) {
            if (!fields->is_map()) {
                return read_.wrong(*fields, "`fields` is a mapping of names",
                                   "e.g. `fields: {srcip: source.ip}`");
            }
            for (std::size_t i = 0; i < fields->keys.size(); ++i) {
                VD_TRY(Placed field, read_.field(fields->items[i]));
                VD_TRY(Placed from, read_.text(fields->keys[i]));
                stage.fields.emplace_back(std::move(from), std::move(field));
            }
        }
        if (const YamlNode* rest = node.find("rest")) {
            VD_TRY(const Placed word, read_.text(*rest));
            if (word.text != "keep" && word.text != "drop") {
                return read_.wrong(*rest, "`rest` is keep or drop");
            }
            stage.keeps_rest = word.text == "keep";
        }
        return {};
    }

    const NodeReader& read_;
};

}  // namespace

bool is_format_name(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax || name[0] == '.' || name[0] == '-')
        return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-';
    });
}

Result<Definition> read_definition(std::string_view where, std::string_view text) {
    VD_TRY(const auto documents, event::read_yaml(where, text));
    const NodeReader read(where);
    if (documents.size() != 1 || !documents[0].is_map()) {
        return base::fail(ErrorCode::bad_input, "a definition is one mapping (key: value)",
                          std::string(where) + ":1:1", "see docs/howto/make-a-format.md");
    }
    return Reader(read).definition(documents[0]);
}

}  // namespace vedette::parse::user_made
