// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/hash.h"
#include "event/yaml.h"
#include "rule/sigma/correlation_reader.h"
#include "rule/sigma/detection_reader.h"
#include "rule/sigma/document_reader.h"
#include "rule/sigma/filter.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

namespace {

using base::ErrorCode;

base::Result<void> check_kind(const DocumentReader& reader) {
    const YamlNode& document = reader.document();
    if (!document.is_map()) return reader.wrong(document, "a rule should be a map of keys");
    if (document.find("action") == nullptr) return {};
    return reader.not_run(document, "not run: collections with 'action' are of an older Sigma",
                          "write each rule as a document of its own");
}

base::Result<Rule> read_rule(const DocumentReader& reader, const LoadOptions& options) {
    Rule rule;
    VD_TRY_DO(reader.read_names(rule));
    if (const YamlNode* fields = reader.document().find("fields")) rule.fields = fields->texts();
    VD_TRY(const std::optional<Level> level, reader.level());
    rule.level = level.value_or(Level::medium);
    VD_TRY(rule.logsource, reader.logsource());
    VD_TRY(const YamlNode* map, reader.need(reader.document(), "detection"));
    if (!map->is_map()) return reader.wrong(*map, "'detection' should be a map");
    if (const YamlNode* timeframe = map->find("timeframe")) {
        return reader.not_run(*timeframe,
                              "not run: 'timeframe' belongs to aggregations of an older Sigma",
                              "write a correlation rule instead");
    }
    VD_TRY(Detection detection, read_detection(reader, *map, options));
    rule.selections = std::move(detection.selections);
    rule.conditions = std::move(detection.conditions);
    rule.condition_texts = std::move(detection.condition_texts);
    return rule;
}

template <typename Document>
void keep(base::Result<Document> read, const YamlNode& document, std::uint64_t content_hash,
          std::vector<Document>& documents, LoadedRules& out) {
    if (read) {
        read->content_hash = content_hash;
        documents.push_back(std::move(*read));
    } else {
        out.refusals.push_back(
            {document.text_of("id"), document.text_of("title"), std::move(read.error())});
    }
}

void read_document(std::string_view path, const YamlNode& document, std::uint64_t content_hash,
                   const LoadOptions& options, LoadedRules& out) {
    const DocumentReader reader(path, document);
    if (const auto kind = check_kind(reader); !kind) {
        out.refusals.push_back({document.text_of("id"), document.text_of("title"), kind.error()});
    } else if (document.find("correlation") != nullptr) {
        keep(read_correlation(reader), document, content_hash, out.correlations, out);
    } else if (document.find("filter") != nullptr) {
        keep(read_filter(reader, options), document, content_hash, out.filters, out);
    } else {
        keep(read_rule(reader, options), document, content_hash, out.rules, out);
    }
}

bool is_collection(const YamlNode& document) { return document.find("action") != nullptr; }

}  // namespace

LoadedRules load_rules(std::string_view path, std::string_view text, const LoadOptions& options) {
    LoadedRules out;
    auto documents = event::read_yaml(path, text);
    if (!documents) {
        out.refusals.push_back({{}, {}, std::move(documents.error())});
        return out;
    }
    const auto collection = std::find_if(documents->begin(), documents->end(), is_collection);
    if (collection != documents->end()) {
        // The parts of a collection make sense only together: one refusal for all.
        read_document(path, *collection, 0, options, out);
        return out;
    }
    const std::uint64_t text_hash = base::hash64(text);
    for (std::size_t i = 0; i < documents->size(); ++i) {
        if ((*documents)[i].is_null()) continue;  // an empty document, as a trailing `---` makes
        read_document(path, (*documents)[i], text_hash + i, options, out);
    }
    if (out.rules.empty() && out.refusals.empty() && out.correlations.empty() &&
        out.filters.empty()) {
        out.refusals.push_back(
            {{},
             {},
             {ErrorCode::bad_input, "the file holds no rule", std::string(path), {}, false}});
    }
    return out;
}

}  // namespace vedette::rule::sigma
