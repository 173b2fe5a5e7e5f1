// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/step_reader.h"

#include <algorithm>

#include "parse/user_made/limits.h"

namespace vedette::parse::user_made {

namespace {

using base::Result;
using event::YamlNode;

constexpr std::pair<std::string_view, Conversion> kConversions[] = {
    {"integer", Conversion::integer},
    {"hex", Conversion::hex},
    {"float", Conversion::real},
    {"boolean", Conversion::boolean},
    {"ip", Conversion::ip},
    {"lower", Conversion::lower},
    {"upper", Conversion::upper},
    {"trim", Conversion::trim},
    {"unescape", Conversion::unescape},
    {"url_decode", Conversion::url_decode},
    {"nanoseconds", Conversion::nanoseconds},
};

class StepReader {
  public:
    explicit StepReader(const NodeReader& read) : read_(read) {}

    Result<std::vector<Step>> steps(const YamlNode& node) {
        if (node.is_null()) return std::vector<Step>{};
        if (!node.is_list()) {
            return read_.wrong(node, "`steps` is a list, because their order counts",
                               "e.g. `- rename: {ip: source.ip}`");
        }
        for (const YamlNode& item : node.items) {
            VD_TRY_DO(step(item));
            if (steps_.size() > kStepsMax) {
                return read_.wrong(item, "more than " + std::to_string(kStepsMax) + " steps");
            }
        }
        return std::move(steps_);
    }

  private:
    Result<void> step(const YamlNode& node) {
        VD_TRY_DO(read_.keys(
            node, {"rename", "convert", "split", "set", "time", "lookup", "drop", "url"}));
        if (node.keys.size() != 1) {
            return read_.wrong(node, "a step does one thing",
                               "begin the next one with its own '-'");
        }
        const std::string& what = node.keys[0].text;
        const YamlNode& body = node.items[0];
        if (what == "rename") return rename(body);
        if (what == "convert") return convert(body);
        if (what == "split") return split(body);
        if (what == "set") return set(body);
        if (what == "time") return time(body);
        if (what == "lookup") return lookup(body);
        VD_TRY(const auto fields, read_.fields(body));
        for (const Placed& field : fields) {
            add(what == "drop" ? Step::Kind::drop : Step::Kind::url, body).of = {field};
        }
        return {};
    }

    Step& add(Step::Kind kind, const YamlNode& node) {
        Step step;
        step.kind = kind;
        step.place = {node.line, node.column};
        steps_.push_back(std::move(step));
        return steps_.back();
    }

    Result<void> need_map(const YamlNode& node, std::string_view example) const {
        if (node.is_map() && !node.keys.empty()) return {};
        return read_.wrong(node, "a mapping of fields belongs here",
                           "e.g. `" + std::string(example) + "`");
    }

    Result<void> rename(const YamlNode& node) {
        VD_TRY_DO(need_map(node, "rename: {ip: source.ip}"));
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            Step& step = add(Step::Kind::rename, node.keys[i]);
            VD_TRY(Placed from, read_.field(node.keys[i]));
            step.of = {std::move(from)};
            VD_TRY(step.to, read_.field(node.items[i]));
        }
        return {};
    }

    Result<void> convert(const YamlNode& node) {
        VD_TRY_DO(need_map(node, "convert: {source.port: integer}"));
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            VD_TRY(const Placed from, read_.field(node.keys[i]));
            const YamlNode& body = node.items[i];
            if (body.is_list()) {
                for (const YamlNode& one : body.items) VD_TRY_DO(conversion(one, from, {}));
            } else if (body.is_map()) {
                VD_TRY_DO(read_.keys(body, {"to", "otherwise"}));
                VD_TRY(const YamlNode* to, read_.need(body, "to", "to: ip"));
                Placed otherwise;
                if (const YamlNode* other = body.find("otherwise")) {
                    VD_TRY(otherwise, read_.field(*other));
                }
                VD_TRY_DO(conversion(*to, from, otherwise));
            } else {
                VD_TRY_DO(conversion(body, from, {}));
            }
        }
        return {};
    }

    Result<void> conversion(const YamlNode& node, const Placed& from, Placed otherwise) {
        VD_TRY(const Placed word, read_.text(node));
        const auto found =
            std::find_if(std::begin(kConversions), std::end(kConversions),
                         [&](const auto& known) { return known.first == word.text; });
        if (found == std::end(kConversions)) {
            std::string list;
            for (const std::string& name : conversion_names()) {
                list += (list.empty() ? "" : ", ") + name;
            }
            const std::string guess = nearest(word.text, conversion_names());
            return read_.wrong(
                node, "there is no conversion to '" + word.text + "'",
                guess.empty() ? "known are " + list : "did you mean '" + guess + "'?");
        }
        Step& step = add(Step::Kind::convert, node);
        step.of = {from};
        step.conversion = found->second;
        step.otherwise = std::move(otherwise);
        if (!step.otherwise.text.empty() && step.conversion != Conversion::ip) {
            return read_.wrong(node, "`otherwise` goes with ip only");
        }
        return {};
    }

    Result<void> split(const YamlNode& node) {
        VD_TRY_DO(read_.keys(node, {"of", "by", "into"}));
        Step& step = add(Step::Kind::split, node);
        VD_TRY(const YamlNode* of, read_.need(node, "of", "of: peer"));
        VD_TRY(Placed field, read_.field(*of));
        step.of = {std::move(field)};
        VD_TRY(const YamlNode* by, read_.need(node, "by", "by: ':'"));
        VD_TRY(Placed separator, read_.text(*by));
        step.text = std::move(separator.text);
        if (step.text.empty()) return read_.wrong(*by, "an empty text separates nothing");
        if (const YamlNode* into = node.find("into")) {
            VD_TRY(step.into, read_.fields(*into));
        }
        return {};
    }

    Result<void> set(const YamlNode& node) {
        VD_TRY_DO(need_map(node, "set: {event.category: web}"));
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            VD_TRY(const auto values, read_.texts(node.items[i]));
            bool is_first = true;
            for (const Placed& value : values) {
                Step& step = add(Step::Kind::set, node.keys[i]);
                VD_TRY(step.to, read_.field(node.keys[i]));
                step.text = value.text;
                if (value.text.empty())
                    return read_.wrong(node.items[i], "an empty value says nothing");
                // The values behind the first one join it.
                step.has_default = !is_first;
                is_first = false;
            }
        }
        return {};
    }

    Result<void> time(const YamlNode& node) {
        VD_TRY_DO(read_.keys(node, {"of", "forms", "zone"}));
        Step& step = add(Step::Kind::time, node);
        VD_TRY(const YamlNode* of, read_.need(node, "of", "of: timestamp"));
        VD_TRY(step.of, read_.fields(*of));
        VD_TRY(const YamlNode* forms, read_.need(node, "forms", "forms: ISO8601"));
        VD_TRY(step.forms, read_.texts(*forms));
        if (step.of.empty() || step.forms.empty()) {
            return read_.wrong(node, "`time` needs a field and a form");
        }
        if (const YamlNode* zone = node.find("zone")) {
            VD_TRY(step.zone, read_.text(*zone));
        }
        return {};
    }

    Result<void> lookup(const YamlNode& node) {
        VD_TRY_DO(read_.keys(node, {"of", "to", "table", "file", "default", "ignore_case"}));
        Step& step = add(Step::Kind::lookup, node);
        VD_TRY(const YamlNode* of, read_.need(node, "of", "of: status"));
        VD_TRY(Placed field, read_.field(*of));
        step.of = {field};
        step.to = field;
        if (const YamlNode* to = node.find("to")) {
            VD_TRY(step.to, read_.field(*to));
        }
        if (const YamlNode* table = node.find("table")) {
            VD_TRY_DO(need_map(*table, "table: {allow: success, deny: failure}"));
            for (std::size_t i = 0; i < table->keys.size(); ++i) {
                VD_TRY(Placed key, read_.text(table->keys[i]));
                VD_TRY(Placed value, read_.text(table->items[i]));
                step.table.emplace_back(std::move(key.text), std::move(value.text));
            }
        }
        if (const YamlNode* file = node.find("file")) {
            VD_TRY(step.file, read_.text(*file));
        }
        if (step.table.empty() && step.file.text.empty()) {
            return read_.wrong(node, "a look-up needs a table or a file",
                               "e.g. `table: {allow: success, deny: failure}`");
        }
        if (const YamlNode* fallback = node.find("default")) {
            VD_TRY(Placed value, read_.text(*fallback));
            step.text = std::move(value.text);
            step.has_default = true;
        }
        if (const YamlNode* ignore = node.find("ignore_case")) {
            VD_TRY(step.ignores_case, read_.flag(*ignore));
        }
        return {};
    }

    const NodeReader& read_;
    std::vector<Step> steps_;
};

}  // namespace

std::vector<std::string> conversion_names() {
    std::vector<std::string> out;
    for (const auto& [name, conversion] : kConversions) out.emplace_back(name);
    return out;
}

Result<std::vector<Step>> read_steps(const YamlNode& node, const NodeReader& read) {
    return StepReader(read).steps(node);
}

}  // namespace vedette::parse::user_made
