// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "event/yaml.h"
#include "rule/sigma/modifiers.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// What documents of all kinds have in common: names, level, and errors that say where.
/// Lives: borrows the document.
class DocumentReader {
  public:
    DocumentReader(std::string_view path, const YamlNode& document)
        : path_(path), document_(document) {}

    const std::string& path() const { return path_; }
    const YamlNode& document() const { return document_; }

    tl::unexpected<base::Error> wrong(const YamlNode& node, std::string text,
                                      std::string hint = {}) const;
    tl::unexpected<base::Error> not_run(const YamlNode& node, std::string text,
                                        std::string hint = {}) const;
    tl::unexpected<base::Error> too_much(const YamlNode& node, std::string text) const;
    /// An error of a lower part, with the place where its value stands.
    tl::unexpected<base::Error> placed(base::Error error, const YamlNode& node) const;

    /// Errors: with the nearest key as a hint, if it is missing.
    base::Result<const YamlNode*> need(const YamlNode& map, std::string_view key) const;
    base::Result<std::string> text_of(const YamlNode& node, std::string_view key) const;
    /// A list of texts, or one text.
    base::Result<std::vector<std::string>> texts_of(const YamlNode& node,
                                                    std::string_view key) const;
    /// Errors: for the first key that is none of `known`, with the nearest one as a hint.
    base::Result<void> check_keys(const YamlNode& map, const std::vector<std::string>& known) const;
    /// Nothing if the document has none.
    base::Result<std::optional<Level>> level() const;
    base::Result<LogSource> logsource() const;

    /// Fills what a Rule, Correlation or Filter alike has: path, line, title and id.
    template <typename Document>
    base::Result<void> read_title(Document& out) const {
        out.path = path_;
        out.line = document_.line;
        VD_TRY(const YamlNode* title, need(document_, "title"));
        VD_TRY(out.title, text_of(*title, "title"));
        out.id = "title-" + base::hash128(out.title).hex();
        if (const YamlNode* id = document_.find("id"); id != nullptr && !id->is_null()) {
            VD_TRY(out.id, text_of(*id, "id"));
        }
        return {};
    }

    /// Fills what a Rule and a Correlation have for people.
    template <typename Document>
    base::Result<void> read_names(Document& out) const {
        VD_TRY_DO(read_title(out));
        out.name = document_.text_of("name");
        out.status = document_.text_of("status");
        out.author = document_.text_of("author");
        out.description = document_.text_of("description");
        for (const auto& [key, list] :
             {std::pair{"tags", &out.tags}, std::pair{"falsepositives", &out.falsepositives},
              std::pair{"references", &out.references}}) {
            if (const YamlNode* node = document_.find(key)) *list = node->texts();
        }
        return {};
    }

  private:
    std::string path_;
    const YamlNode& document_;
};

}  // namespace vedette::rule::sigma
