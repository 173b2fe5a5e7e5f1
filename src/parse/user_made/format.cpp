// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/format.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/bytes.h"
#include "base/files.h"
#include "event/yaml_limits.h"
#include "parse/csv_line.h"
#include "parse/user_made/decoder.h"
#include "parse/user_made/limits.h"
#include "parse/user_made/program.h"
#include "parse/user_made/recogniser.h"

namespace vedette::parse::user_made {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kBundleMark = "vedette format 1\n";

/// A file that a definition names: only names that stay within the folder are followed.
Result<std::string> read_named(const std::string& folder, const std::string& name) {
    if (name.starts_with(kZonePrefix)) {
        const std::string zone = name.substr(kZonePrefix.size());
        return base::read_file(std::string(kZoneFolder) + zone, kZoneBytesMax);
    }
    const fs::path path = name;
    const bool leads_out =
        std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
    if (path.is_absolute() || leads_out) {
        return base::fail(ErrorCode::bad_input, "a table lies beside its definition, or below it",
                          {}, "name it without '..' and without a leading '/'");
    }
    return base::read_file((fs::path(folder) / path).string(), kTableBytesMax);
}

Result<MadeFormat> make(std::string_view text, std::string_view where, const ReadFile& read_file) {
    MadeFormat made;
    made.where = where;
    made.bundle.text = text;
    const ReadFile keep = [&](const std::string& name) -> Result<std::string> {
        for (const auto& [known, bytes] : made.bundle.files) {
            if (known == name) return bytes;
        }
        if (made.bundle.files.size() == kFilesMax) {
            return base::fail(ErrorCode::limit,
                              "a definition reads at most " + std::to_string(kFilesMax) + " files");
        }
        VD_TRY(std::string bytes, read_file(name));
        made.bundle.files.emplace_back(name, bytes);
        return bytes;
    };
    VD_TRY(Definition definition, read_definition(where, text));
    made.name = definition.name.text;
    VD_TRY(made.program, compile(where, std::move(definition), keep));
    return made;
}

std::string_view take_name(Take take) {
    switch (take) {
        case Take::regex: return "regex";
        case Take::dissect: return "dissect";
        case Take::key_value: return "key_value";
        case Take::csv: return "csv";
        case Take::json: return "json";
    }
    return "";
}

}  // namespace

base::Hash128 Bundle::hash() const { return base::hash128(encode(*this)); }

std::string MadeFormat::pinned_name() const { return name + kPinMark + bundle.hash().hex(); }

Result<MadeFormat> read_format_text(std::string_view text, std::string_view where,
                                    const std::string& folder) {
    return make(text, where, [&](const std::string& name) { return read_named(folder, name); });
}

Result<MadeFormat> read_format(const std::string& path) {
    VD_TRY(const std::string text, base::read_file(path, event::kYamlBytesMax));
    return read_format_text(text, path, fs::path(path).parent_path().string());
}

Result<std::vector<MadeFormat>> read_folder(const std::string& folder, const Registry& built_in,
                                            std::vector<base::Error>& problems) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        return base::fail(ErrorCode::not_found, "there is no such folder of formats", folder);
    }
    std::vector<std::string> paths;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string extension = entry->path().extension().string();
        const bool is_definition = extension == ".yml" || extension == ".yaml";
        if (is_definition && entry->is_regular_file(error)) paths.push_back(entry->path().string());
        if (paths.size() > kDefinitionsMax) {
            return base::fail(ErrorCode::limit,
                              "more than " + std::to_string(kDefinitionsMax) + " definitions",
                              folder);
        }
    }
    if (error)
        return base::fail(ErrorCode::io, "the folder cannot be read: " + error.message(), folder);
    std::sort(paths.begin(), paths.end());
    std::vector<MadeFormat> out;
    for (const std::string& path : paths) {
        auto made = read_format(path);
        if (!made) {
            problems.push_back(made.error());
            continue;
        }
        const std::string where = place_text(path, made->program->definition.name.place);
        const auto same = std::find_if(out.begin(), out.end(), [&](const MadeFormat& other) {
            return other.name == made->name;
        });
        if (built_in.find(made->name) != nullptr) {
            problems.push_back({ErrorCode::bad_input,
                                "there is a built-in format '" + made->name + "'", where,
                                "choose another name", false});
        } else if (same != out.end()) {
            problems.push_back({ErrorCode::bad_input,
                                "'" + made->name + "' is defined in " + same->where + " already",
                                where, "choose another name", false});
        } else {
            out.push_back(std::move(*made));
        }
    }
    return out;
}

std::string encode(const Bundle& bundle) {
    std::string out(kBundleMark);
    base::put_text(out, bundle.text);
    base::put_varint(out, bundle.files.size());
    for (const auto& [name, bytes] : bundle.files) {
        base::put_text(out, name);
        base::put_text(out, bytes);
    }
    return out;
}

Result<Bundle> decode_bundle(std::string_view bytes) {
    const auto corrupt = [] {
        return base::fail(ErrorCode::corrupt, "this is no kept definition of a format");
    };
    if (!bytes.starts_with(kBundleMark)) return corrupt();
    base::ByteReader in(bytes.substr(kBundleMark.size()));
    Bundle bundle;
    bundle.text = in.text();
    const std::uint64_t count = in.varint();
    if (count > kFilesMax) return corrupt();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        std::string name(in.text());
        bundle.files.emplace_back(std::move(name), in.text());
    }
    if (!in.is_good() || !in.is_at_end()) return corrupt();
    return bundle;
}

Result<MadeFormat> make_format(Bundle bundle, std::string_view where) {
    const ReadFile read_file = [&](const std::string& name) -> Result<std::string> {
        for (const auto& [known, bytes] : bundle.files) {
            if (known == name) return bytes;
        }
        return base::fail(ErrorCode::corrupt, "the kept definition lacks the file " + name);
    };
    VD_TRY(MadeFormat made, make(bundle.text, where, read_file));
    made.bundle = std::move(bundle);
    return made;
}

Format format_of(const MadeFormat& made) {
    Format format;
    const Stage& first = made.program->definition.stages.front();
    format.declaration.name = made.name;
    if (first.take == Take::csv && first.has_header) {
        format.declaration.framing.header = event::Framing::Header::first;
    }
    format.declaration.recognise = recogniser_of(made.program);
    format.make = [program = made.program](event::FieldDictionary& fields) {
        return make_decoder(program, fields);
    };
    format.summary = made.program->definition.summary;
    return format;
}

Outline outline(const MadeFormat& made) {
    const Definition& definition = made.program->definition;
    Outline out;
    out.summary = definition.summary;
    out.dataset = definition.dataset;
    for (const StageProgram& stage : made.program->stages) {
        out.take += (out.take.empty() ? "" : ", ") + std::string(take_name(stage.written.take));
        const bool is_open = stage.written.take == Take::json ||
                             stage.written.take == Take::key_value ||
                             (stage.written.take == Take::csv && stage.written.columns.empty());
        out.keeps_rest = out.keeps_rest || (is_open && stage.written.keeps_rest);
        if (stage.pattern) out.is_walked = out.is_walked && stage.pattern->is_walked();
    }
    for (const Emit& emit : made.program->emits) {
        if (std::find(out.fields.begin(), out.fields.end(), emit.field) == out.fields.end())
            out.fields.push_back(emit.field);
    }
    const Recognition& recognition = definition.recognition;
    const auto say = [&](const std::string& text) {
        out.recognition += (out.recognition.empty() ? "" : " and ") + text;
    };
    if (!recognition.regex.text.empty()) say("matches " + recognition.regex.text);
    for (const std::string& mark : recognition.marks) say("has '" + mark + "'");
    for (const std::string& key : recognition.keys) say("has the key " + key);
    if (recognition.is_empty()) out.recognition = "by the source's setting alone";
    return out;
}

std::string why_not(const MadeFormat& made, std::string_view record) {
    const StageProgram& stage = made.program->stages[0];
    const auto shown = [](std::string_view text) {
        return "'" + std::string(text.substr(0, 40)) + "'";
    };
    switch (stage.written.take) {
        case Take::dissect: {
            const std::string missing = stage.dissect->missing_literal(record);
            if (missing.empty()) return "the pattern does not fit";
            return "the literal " + shown(missing) + " is not where the pattern has it";
        }
        case Take::regex: {
            const auto bytes = stage.pattern->understood_bytes(record);
            if (!bytes) return "the expression does not match";
            return "the expression matches " + std::to_string(*bytes) + " bytes, up to " +
                   shown(record.substr(std::min(*bytes, record.size())));
        }
        case Take::csv: {
            csv::LineReader reader(stage.written.separator);
            const std::size_t count = reader.read(record).size();
            if (reader.is_open()) return "a quote is not closed";
            std::string text = std::to_string(count) + " values";
            if (!stage.keys.empty())
                text += " for " + std::to_string(stage.keys.size()) + " columns";
            return stage.keys.empty() ? text + ", and another number of columns" : text;
        }
        case Take::key_value: return "there is no pair in it";
        case Take::json: return "it is not one whole JSON object";
    }
    return {};
}

std::optional<PinnedName> read_pinned_name(std::string_view name) {
    const std::size_t at = name.find(kPinMark);
    if (at == std::string_view::npos) return std::nullopt;
    const PinnedName out{name.substr(0, at), name.substr(at + 1)};
    const bool is_hash =
        out.hash_hex.size() == 32 &&
        out.hash_hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!is_hash || !is_format_name(out.name)) return std::nullopt;
    return out;
}

}  // namespace vedette::parse::user_made
