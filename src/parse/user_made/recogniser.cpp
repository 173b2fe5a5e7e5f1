// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/recogniser.h"

#include <simdjson.h>

#include <algorithm>
#include <set>

#include "parse/csv_line.h"
#include "parse/user_made/limits.h"
#include "parse/user_made/pair_scan.h"
#include "parse/user_made/row_text.h"

namespace vedette::parse::user_made {

namespace {

/// "user.name" in {"user":{"name":1}} and in {"user.name":1}.
bool has_path(const simdjson::dom::element& element, std::string_view path, int depth) {
    simdjson::dom::object object;
    if (depth > 16 || element.get(object) != simdjson::SUCCESS) return false;
    simdjson::dom::element found;
    if (object.at_key(path).get(found) == simdjson::SUCCESS) return true;
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos;
         dot = path.find('.', dot + 1)) {
        if (object.at_key(path.substr(0, dot)).get(found) == simdjson::SUCCESS &&
            has_path(found, path.substr(dot + 1), depth + 1)) {
            return true;
        }
    }
    return false;
}

class Judge {
  public:
    explicit Judge(const Program& program)
        : program_(program), wanted_(program.definition.recognition), first_(program.stages[0]) {}

    int certainty(const std::vector<std::string_view>& records) {
        std::size_t known = 0, count = 0;
        bool is_header = first_.written.has_header && first_.written.take == Take::csv;
        for (const std::string_view record : records) {
            if (record.empty()) continue;
            if (std::exchange(is_header, false)) {
                if (!takes_header(record)) return 0;
                continue;
            }
            if (++count > kRecognisedRecordsMax) break;
            if (fits(record)) ++known;
        }
        count = std::min(count, kRecognisedRecordsMax);
        return count == 0 ? 0 : static_cast<int>(wanted_.certainty * known / count);
    }

  private:
    bool takes_header(std::string_view line) {
        if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
        csv::LineReader reader(first_.written.separator);
        const auto& values = reader.read(line);
        header_count_ = values.size();
        if (!first_.written.columns.empty()) return true;
        return std::all_of(wanted_.keys.begin(), wanted_.keys.end(), [&](const std::string& key) {
            return std::find(values.begin(), values.end(), key) != values.end();
        });
    }

    bool fits(std::string_view record) {
        for (const std::string& mark : wanted_.marks) {
            if (record.find(mark) == std::string_view::npos) return false;
        }
        if (program_.recognised && !program_.recognised->is_in(record)) return false;
        switch (first_.written.take) {
            case Take::regex: {
                groups_.resize(first_.pattern->group_count());
                return first_.pattern->match(record, groups_.data());
            }
            case Take::dissect: {
                groups_.resize(first_.dissect->names().size());
                room_.clear();
                return first_.dissect->match(record, groups_.data(), room_);
            }
            case Take::csv: {
                csv::LineReader reader(first_.written.separator);
                const std::size_t columns = first_.written.columns.size();
                return reader.read(record).size() == (columns > 0 ? columns : header_count_) &&
                       !reader.is_open();
            }
            case Take::key_value: {
                PairScanner pairs(first_.written.between, first_.written.assign,
                                  first_.written.quotes);
                std::set<std::string_view> keys;
                pairs.begin(record);
                while (const auto pair = pairs.next()) keys.insert(pair->key);
                return !keys.empty() &&
                       std::all_of(wanted_.keys.begin(), wanted_.keys.end(),
                                   [&](const std::string& key) { return keys.count(key) > 0; });
            }
            case Take::json: {
                simdjson::dom::element root;
                if (parser_.parse(simdjson::padded_string(record)).get(root) != simdjson::SUCCESS)
                    return false;
                return root.is_object() &&
                       std::all_of(wanted_.keys.begin(), wanted_.keys.end(),
                                   [&](const std::string& key) { return has_path(root, key, 0); });
            }
        }
        return false;
    }

    const Program& program_;
    const Recognition& wanted_;
    const StageProgram& first_;
    std::size_t header_count_ = 0;
    simdjson::dom::parser parser_;
    std::vector<std::string_view> groups_;
    RowText room_;
};

}  // namespace

event::Recogniser recogniser_of(std::shared_ptr<const Program> program) {
    if (program->definition.recognition.is_empty()) return nullptr;
    return [program = std::move(program)](const std::vector<std::string_view>& records) {
        return Judge(*program).certainty(records);
    };
}

}  // namespace vedette::parse::user_made
