// SPDX-License-Identifier: Apache-2.0
#include "event/lookup_definition.h"

#include <algorithm>

#include "event/limits.h"
#include "event/lookup_limits.h"

namespace vedette::event {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::pair<std::string_view, ListMatch> kMatches[] = {
    {"text", ListMatch::text},
    {"exact", ListMatch::exact},
    {"network", ListMatch::network},
    {"domain", ListMatch::domain},
};

/// Reads one definition.
class Reader {
  public:
    explicit Reader(std::string_view where) : read_(where) {}

    Result<ListDefinition> definition(const YamlNode& root) {
        VD_TRY_DO(read_.keys(root, {"list", "title", "match", "fields", "file", "key", "since",
                                    "after", "until", "add", "values"}));
        VD_TRY(const YamlNode* name, read_.need(root, "list", "list: vips"));
        VD_TRY(out_.name, read_.text(*name));
        if (!is_list_name(out_.name.text)) {
            return read_.wrong(
                *name, "'" + out_.name.text + "' is no name of a list",
                "letters, digits and '_', at most " + std::to_string(kListNameBytesMax));
        }
        VD_TRY_DO(read_.optional_text(root, "title", out_.title));
        VD_TRY_DO(match(root));
        VD_TRY_DO(fields(root));
        VD_TRY_DO(columns(root));
        if (const YamlNode* node = root.find("add")) VD_TRY_DO(added(*node));
        if (const YamlNode* node = root.find("values")) VD_TRY_DO(rows(*node));
        if (out_.file.text.empty() && root.find("values") == nullptr) {
            return read_.wrong(root, "the list has no values",
                               "`values: [alice, bob]`, or `file: vips.csv` beside it");
        }
        return std::move(out_);
    }

  private:
    Result<void> match(const YamlNode& root) {
        const YamlNode* node = root.find("match");
        if (node == nullptr) return {};
        VD_TRY(const Placed word, read_.text(*node));
        std::vector<std::string> known;
        for (const auto& [name, match] : kMatches) {
            if (word.text == name) {
                out_.match = match;
                return {};
            }
            known.emplace_back(name);
        }
        const std::string guess = nearest(word.text, known);
        return read_.wrong(*node, "there is no way to match called '" + word.text + "'",
                           guess.empty() ? "known are text, exact, network, domain"
                                         : "did you mean '" + guess + "'?");
    }

    Result<void> fields(const YamlNode& root) {
        const YamlNode* node = root.find("fields");
        if (node == nullptr) return {};
        VD_TRY(out_.fields, read_.fields(*node));
        if (out_.fields.size() > kListFieldsMax) {
            return read_.wrong(*node, "more than " + std::to_string(kListFieldsMax) + " fields");
        }
        for (std::size_t i = 0; i < out_.fields.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (out_.fields[i].text != out_.fields[j].text) continue;
                return read_.wrong(node->items[i], "the field is named twice");
            }
        }
        return {};
    }

    Result<void> columns(const YamlNode& root) {
        if (const YamlNode* node = root.find("file")) {
            VD_TRY(out_.file, read_.text(*node));
            if (out_.file.text.empty()) return read_.wrong(*node, "this is no name of a file");
        }
        if (const YamlNode* node = root.find("key")) {
            VD_TRY(out_.keys, read_.texts(*node));
            if (out_.keys.empty() || out_.keys.size() > kListKeyColumnsMax) {
                return read_.wrong(*node, "a list has 1 to " + std::to_string(kListKeyColumnsMax) +
                                              " columns of keys");
            }
        }
        for (const auto& [key, column] : {std::pair<const char*, Placed*>{"since", &out_.since},
                                          {"after", &out_.after},
                                          {"until", &out_.until}}) {
            const YamlNode* node = root.find(key);
            if (node == nullptr) continue;
            VD_TRY(*column, read_.text(*node));
            VD_TRY_DO(needs_key(*node, key));
        }
        if (!out_.since.text.empty() && !out_.after.text.empty()) {
            return read_.wrong(*root.find("after"), "a list begins `since` or `after`, not both",
                               "`since` counts the day itself, `after` begins when it is over");
        }
        return {};
    }

    Result<void> needs_key(const YamlNode& node, const std::string& what) {
        if (!out_.keys.empty()) return {};
        return read_.wrong(node, "`" + what + "` names columns, so the list needs `key` as well",
                           "e.g. `key: login`");
    }

    Result<void> added(const YamlNode& node) {
        VD_TRY_DO(needs_key(node, "add"));
        if (node.is_map()) {
            for (std::size_t i = 0; i < node.keys.size(); ++i) {
                VD_TRY(Placed column, read_.text(node.keys[i]));
                VD_TRY(Placed field, read_.field(node.items[i]));
                const bool is_relative = field.text.find('.') == std::string::npos;
                out_.added.push_back({std::move(column), std::move(field.text), is_relative});
            }
        } else {
            VD_TRY(const auto columns, read_.fields(node));
            for (const Placed& column : columns) {
                const bool is_relative = column.text.find('.') == std::string::npos;
                out_.added.push_back({column, column.text, is_relative});
            }
        }
        if (out_.added.size() > kListAddedMax) {
            return read_.wrong(node, "more than " + std::to_string(kListAddedMax) + " columns");
        }
        for (const AddedColumn& column : out_.added) {
            if (column.field != kListsField) continue;
            return read_.wrong(node, "`lists` is the field of the lists' names",
                               "give the column another one: `" + column.column.text + ": group`");
        }
        return {};
    }

    Result<void> rows(const YamlNode& node) {
        if (!node.is_list()) return read_.wrong(node, "a list of values belongs here");
        for (const YamlNode& item : node.items) {
            VD_TRY(InlineRow row, row_of(item));
            out_.rows.push_back(std::move(row));
        }
        return {};
    }

    std::vector<std::string> used_columns() const {
        std::vector<std::string> out;
        for (const Placed& key : out_.keys) out.push_back(key.text);
        for (const Placed* column : {&out_.since, &out_.after, &out_.until}) {
            if (!column->text.empty()) out.push_back(column->text);
        }
        for (const AddedColumn& column : out_.added) out.push_back(column.column.text);
        return out;
    }

    Result<InlineRow> row_of(const YamlNode& item) {
        InlineRow row;
        row.place = {item.line, item.column};
        if (item.is_map()) {
            VD_TRY_DO(needs_key(item, "{...}"));
            VD_TRY_DO(read_.keys(item, used_columns()));
            for (std::size_t i = 0; i < item.keys.size(); ++i) {
                VD_TRY(Placed value, read_.text(item.items[i]));
                row.columns.emplace_back(item.keys[i].text, std::move(value.text));
            }
            return row;
        }
        VD_TRY(Placed value, read_.text(item));
        row.key = std::move(value.text);
        return row;
    }

    NodeReader read_;
    ListDefinition out_;
};

}  // namespace

std::string_view name(ListMatch match) {
    for (const auto& [name, known] : kMatches) {
        if (known == match) return name;
    }
    return {};
}

bool is_list_name(std::string_view name) {
    if (name.empty() || name.size() > kListNameBytesMax) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

std::string field_beside(std::string_view field, std::string_view name) {
    return std::string(field.substr(0, field.rfind('.'))) + "." + std::string(name);
}

Result<ListDefinition> read_list_definition(std::string_view where, std::string_view text) {
    VD_TRY(const auto documents, read_yaml(where, text));
    if (documents.size() != 1 || !documents[0].is_map()) {
        return base::fail(ErrorCode::bad_input, "a list is one mapping (key: value)",
                          std::string(where) + ":1:1", "begin with `list: vips`");
    }
    return Reader(where).definition(documents[0]);
}

}  // namespace vedette::event
