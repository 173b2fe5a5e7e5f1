// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/guess.h"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "parse/csv_line.h"
#include "parse/key_value_scan.h"
#include "parse/text_scan.h"
#include "parse/user_made/definition.h"
#include "parse/user_made/dissect.h"
#include "parse/user_made/time_form.h"

namespace vedette::parse::user_made {

namespace {

using Lines = std::vector<std::string_view>;

/// A text as YAML in single quotes; bytes that would break the line are left out of examples.
std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20) continue;
        out += c;
        if (c == '\'') out += c;
    }
    return out + "'";
}

std::string example(std::string_view value) {
    std::string out(value.substr(0, 60));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    return out;
}

/// Nine of ten and more.
bool are_nearly_all(std::size_t count, const Lines& lines) {
    return count * 10 >= lines.size() * 9;
}

std::optional<std::string> time_form_of(std::string_view value) {
    for (const char* form :
         {"ISO8601", "CLF", "SYSLOG", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S,%f",
          "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%b %d %Y %H:%M:%S",
          "%a %b %e %H:%M:%S %Y", "%d %b %Y %H:%M:%S"}) {
        auto read = TimeForm::read(form);
        if (read && read->parse(value, nullptr, TimeHints{})) return form;
    }
    // Numbers are times only near our days: 2001 to 2100.
    const bool is_number = is_digits(value, 13);
    if (is_number && value.size() == 10 && value >= "1000000000" && value < "4102444800")
        return "UNIX";
    if (is_number && value.size() == 13 && value >= "1000000000000" && value < "4102444800000")
        return "UNIX_MS";
    return std::nullopt;
}

/// What the names and values of a sample say, gathered into steps.
class Steps {
  public:
    /// A value under a name that its writer gave.
    void see(const std::string& name, std::string_view value) {
        static const std::map<std::string_view, std::string_view> meanings = {
            {"srcip", "source.ip"},
            {"src_ip", "source.ip"},
            {"client_ip", "source.ip"},
            {"remote_addr", "source.ip"},
            {"dstip", "destination.ip"},
            {"dst_ip", "destination.ip"},
            {"user", "user.name"},
            {"username", "user.name"},
            {"level", "log.level"},
            {"severity", "log.level"},
            {"msg", "message"},
            {"host", "host.name"},
            {"hostname", "host.name"},
            {"action", "event.action"},
            {"method", "http.request.method"},
            {"status", "http.response.status_code"}};
        if (!seen_.emplace(name, value).second) return;
        if (!time_) {
            if (const auto form = time_form_of(value)) {
                time_ = {name, *form};
                return;
            }
        }
        const auto meaning = meanings.find(name);
        if (meaning != meanings.end() && used_.insert(std::string(meaning->second)).second) {
            renames_.emplace_back(name, meaning->second);
        }
    }

    void set_time(std::string name, std::string form) {
        time_ = {std::move(name), std::move(form)};
    }
    void add_number(const std::string& name) { numbers_.push_back(name); }

    std::string text() const {
        std::string out = "\nsteps:\n";
        if (time_) {
            out += "  - time: {of: " + in_quotes(time_->first) +
                   ", forms: " + in_quotes(time_->second) +
                   "}   # zone: Europe/Berlin, if the log is in local time\n";
        } else {
            out +=
                "  # No time was found; without one a record has the time of its arrival.\n"
                "  # - time: {of: field, forms: ['%Y-%m-%d %H:%M:%S', ISO8601], zone: UTC}\n";
        }
        for (const auto& [from, to] : renames_) {
            out += "  - rename: {" + in_quotes(from) + ": " + to + "}\n";
        }
        for (const std::string& name : numbers_) {
            out += "  - convert: {" + in_quotes(name) + ": integer}\n";
        }
        out +=
            "  # - lookup: {of: field, to: event.outcome, table: {'200': success}, default: "
            "failure}\n"
            "  # - set: {event.category: web}   # what the records are about\n";
        return out;
    }

  private:
    std::map<std::string, std::string, std::less<>> seen_;
    std::set<std::string> used_;
    std::optional<std::pair<std::string, std::string>> time_;
    std::vector<std::pair<std::string, std::string>> renames_;
    std::vector<std::string> numbers_;
};

/// The parts of a definition that depend on how the lines are made.
struct Guess {
    std::string recognise, take;
    Steps steps;
};

void see_object(const simdjson::dom::object& object, const std::string& path, Steps& steps,
                std::map<std::string, std::size_t>& counts, int depth) {
    for (const auto field : object) {
        const std::string name =
            path.empty() ? std::string(field.key) : path + "." + std::string(field.key);
        simdjson::dom::object inner;
        if (field.value.get(inner) == simdjson::SUCCESS) {
            if (depth < 8) see_object(inner, name, steps, counts, depth + 1);
            continue;
        }
        ++counts[name];
        std::string_view text;
        if (field.value.get(text) == simdjson::SUCCESS) {
            steps.see(name, text);
        } else {
            steps.see(name, simdjson::minify(field.value));
        }
    }
}

/// The names that are in every line: up to four, by which the format can be told.
std::string common_keys(const std::map<std::string, std::size_t>& counts, std::size_t lines) {
    std::string out;
    int left = 4;
    for (const auto& [name, count] : counts) {
        if (count < lines || left-- == 0) continue;
        out += (out.empty() ? "" : ", ") + in_quotes(name);
    }
    return "  keys: [" + out + "]\n";
}

std::optional<Guess> as_json(const Lines& lines) {
    Guess guess;
    simdjson::dom::parser parser;
    std::map<std::string, std::size_t> counts;
    std::size_t good = 0;
    for (const std::string_view line : lines) {
        simdjson::dom::element root;
        simdjson::dom::object object;
        const bool is_object =
            parser.parse(simdjson::padded_string(line)).get(root) == simdjson::SUCCESS &&
            root.get(object) == simdjson::SUCCESS;
        if (!is_object) continue;
        ++good;
        see_object(object, "", guess.steps, counts, 0);
    }
    if (!are_nearly_all(good, lines)) return std::nullopt;
    guess.recognise = common_keys(counts, good);
    guess.take = "take: {json: }   # every key keeps its name, with dots between levels\n";
    return guess;
}

std::optional<Guess> as_pairs(const Lines& lines) {
    Guess guess;
    std::map<std::string, std::size_t> counts;
    std::size_t good = 0;
    for (const std::string_view line : lines) {
        KeyValueScanner pairs(line);
        std::size_t found = 0;
        while (const auto pair = pairs.next()) {
            ++found;
            ++counts[std::string(pair->key)];
            guess.steps.see(std::string(pair->key), pair->value);
        }
        if (found >= 3 && pairs.skipped_count() * 4 <= found) ++good;
    }
    if (!are_nearly_all(good, lines)) return std::nullopt;
    guess.recognise = common_keys(counts, good);
    guess.take = "take: {key_value: }   # key=value, key=\"quoted value\"\n";
    return guess;
}

std::optional<Guess> as_table(const Lines& lines) {
    for (const char separator : {'\t', ';', ',', '|'}) {
        csv::LineReader reader(separator);
        const std::size_t columns = reader.read(lines[0]).size();
        std::size_t good = 0;
        for (const std::string_view line : lines) {
            if (reader.read(line).size() == columns && !reader.is_open()) ++good;
        }
        if (columns < 3 || !are_nearly_all(good, lines)) continue;
        Guess guess;
        const csv::TableHeader header = csv::read_table_header(lines[0]);
        const std::string written = separator == '\t' ? "\"\\t\"" : in_quotes({&separator, 1});
        guess.take = "take:\n  csv:\n    separator: " + written + "\n";
        const bool has_header = header.delimiter == separator && header.names.size() == columns;
        const std::vector<std::string_view> values =
            lines.size() > 1 ? reader.read(lines[1]) : reader.read(lines[0]);
        if (has_header) {
            guess.take += "    # The first line names the columns.\n";
            guess.recognise = "  keys: [" + in_quotes(header.names[0]) + ", " +
                              in_quotes(header.names[1]) + "]\n";
            for (std::size_t i = 0; i < std::min(columns, values.size()); ++i) {
                guess.steps.see(header.names[i], values[i]);
            }
        } else {
            guess.take += "    columns:\n";
            for (std::size_t i = 0; i < columns; ++i) {
                const std::string name = "column" + std::to_string(i + 1);
                const std::string_view value = i < values.size() ? values[i] : std::string_view();
                guess.take += "      - " + name + "   # e.g. " + example(value) + "\n";
                guess.steps.see(name, value);
            }
            guess.recognise = "  marks: [" + written + "]   # say what only these lines have\n";
        }
        return guess;
    }
    return std::nullopt;
}

/// One piece of a line: what opens it, its text, and what closes it.
struct Piece {
    std::string_view open, text, close;
};

/// Words between blanks; what stands in brackets or quotes is one.
std::vector<Piece> pieces_of(std::string_view line) {
    constexpr std::size_t kPieces = 40;
    std::vector<Piece> out;
    while (!line.empty() && out.size() < kPieces) {
        Piece piece;
        const std::size_t kind = std::string_view("[\"(").find(line[0]);
        const std::string_view closing = std::string_view("]\")");
        const std::size_t close =
            kind == std::string_view::npos ? std::string_view::npos : line.find(closing[kind], 1);
        const bool is_whole =
            close != std::string_view::npos && (close + 1 == line.size() || line[close + 1] == ' ');
        if (is_whole) {
            piece = {line.substr(0, 1), line.substr(1, close - 1), line.substr(close, 1)};
            line.remove_prefix(close + 1);
        } else {
            const std::size_t end = std::min(line.find(' '), line.size());
            piece.text = line.substr(0, end);
            if (piece.text.size() > 1 && piece.text.ends_with(':')) {
                piece.text.remove_suffix(1);
                piece.close = ":";
            }
            line.remove_prefix(end);
        }
        out.push_back(piece);
        if (!line.empty()) line.remove_prefix(1);
    }
    return out;
}

/// Names for the pieces of one line, and what they mean.
class PieceNames {
  public:
    std::string name(const Piece& piece, std::size_t index) {
        const std::string_view text = piece.text;
        if (is_ip_address(text)) return unique(ip_count_++ == 0 ? "source.ip" : "destination.ip");
        for (const char* level : {"TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR",
                                  "FATAL", "CRITICAL"}) {
            if (text == level) return unique("log.level");
        }
        if (is_digits(text, 18)) return unique("number" + std::to_string(index + 1));
        return unique((piece.open.empty() ? "word" : "text") + std::to_string(index + 1));
    }

  private:
    std::string unique(std::string name) {
        while (!used_.insert(name).second) name += "_2";
        return name;
    }
    std::set<std::string> used_;
    int ip_count_ = 0;
};

/// How many of the first pieces are a time together, and its form.
std::pair<std::size_t, std::string> leading_time(const std::vector<Piece>& pieces) {
    for (std::size_t count = std::min<std::size_t>(pieces.size(), 5); count > 0; --count) {
        std::string joined;
        bool is_plain = true;
        for (std::size_t i = 0; i < count; ++i) {
            joined += (i == 0 ? "" : " ") + std::string(pieces[i].text);
            is_plain = is_plain && pieces[i].open.empty() && pieces[i].close.empty();
        }
        if (!is_plain && count > 1) continue;
        if (const auto form = time_form_of(joined)) return {count, *form};
    }
    return {0, {}};
}

std::size_t count_fits(const std::string& pattern, const Lines& lines) {
    const auto dissect = Dissect::compile(pattern, " ");
    if (!dissect) return 0;
    std::vector<std::string_view> values(dissect->names().size());
    RowText room;
    std::size_t count = 0;
    for (const std::string_view line : lines) {
        room.clear();
        if (dissect->match(line, values.data(), room)) ++count;
    }
    return count;
}

/// The first line's pieces as a pattern, shortened from its end until nearly all lines fit.
Guess as_dissect(const Lines& lines) {
    Guess guess;
    const std::vector<Piece> pieces = pieces_of(lines[0]);
    const auto [time_count, form] = leading_time(pieces);
    PieceNames names;
    std::vector<std::string> written, examples, numbers;
    std::string time_name, time_form;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const Piece& piece = pieces[i];
        std::string name;
        if (i < time_count) {
            name = time_count > 1 ? "+timestamp" : "timestamp";
            time_name = "timestamp";
            time_form = form;
        } else {
            name = names.name(piece, i);
            const auto own_form = time_form_of(piece.text);
            if (time_name.empty() && own_form && !is_digits(piece.text, 20)) {
                name = "timestamp";
                time_name = name;
                time_form = *own_form;
            } else if (is_digits(piece.text, 18)) {
                numbers.push_back(name);
            }
        }
        written.push_back(std::string(piece.open) + "%{" + name + "}" + std::string(piece.close));
        examples.push_back("#   " + name + ": " + example(piece.text) + "\n");
    }
    std::string pattern;
    std::size_t kept = written.size();
    for (; kept > 0; --kept) {
        pattern.clear();
        for (std::size_t i = 0; i < kept; ++i) pattern += (i == 0 ? "" : " ") + written[i];
        const bool is_whole = kept == written.size();
        if (is_whole && are_nearly_all(count_fits(pattern, lines), lines)) break;
        pattern += " %{message}";
        if (are_nearly_all(count_fits(pattern, lines), lines)) break;
    }
    if (kept == 0) pattern = "%{message}";
    std::string comments;
    for (std::size_t i = 0; i < kept; ++i) comments += examples[i];
    for (const std::string& number : numbers) {
        if (pattern.find("%{" + number + "}") != std::string::npos) guess.steps.add_number(number);
    }
    if (!time_name.empty() && pattern.find("timestamp") != std::string::npos) {
        guess.steps.set_time(time_name, time_form);
    }
    guess.take =
        "# In the first line:\n" + comments + "take:\n  dissect: " + in_quotes(pattern) + "\n";
    guess.recognise =
        "  marks: [" + in_quotes(pieces.empty() ? " " : pieces.back().text.substr(0, 40)) +
        "]   # CHANGE THIS: a text that every line of this format has, and no other\n";
    return guess;
}

}  // namespace

base::Result<std::string> guess_definition(std::string_view name,
                                           const std::vector<std::string>& samples) {
    if (!is_format_name(name)) {
        return base::fail(base::ErrorCode::bad_input,
                          "'" + std::string(name) + "' is no name of a format", {},
                          "letters, digits, '_', '.' and '-'");
    }
    Lines lines;
    for (const std::string& sample : samples) {
        std::string_view line = sample;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty() && lines.size() < kGuessedLinesMax) lines.push_back(line);
    }
    if (lines.empty()) {
        return base::fail(base::ErrorCode::bad_input, "there is no line to guess from");
    }
    std::optional<Guess> guess = as_json(lines);
    if (!guess) guess = as_pairs(lines);
    if (!guess) guess = as_table(lines);
    if (!guess) guess = as_dissect(lines);
    return "# A format of your own; docs/howto/make-a-format.md tells the language.\n"
           "# Try it with: vedette formats test THIS.yml SAMPLE\n"
           "format: " +
           std::string(name) +
           "\n"
           "summary: " +
           in_quotes("made from " + std::to_string(lines.size()) + " sample lines") +
           "\n"
           "# dataset: web.access   # names the log source for rules; default: the format's name\n"
           "\n# A record must have all of this to be taken for the format without being told so.\n"
           "recognise:\n" +
           guess->recognise + "\n" + guess->take + guess->steps.text();
}

}  // namespace vedette::parse::user_made
