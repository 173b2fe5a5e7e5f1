// SPDX-License-Identifier: Apache-2.0
#include "engine/masking/masker.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <re2/re2.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <map>
#include <mutex>

#include "base/sha256.h"
#include "engine/masking/limits.h"
#include "engine/masking/record_mask.h"
#include "event/batch.h"
#include "event/limits.h"
#include "parse/parser.h"

namespace vedette::engine::masking {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kMethods = 3;
constexpr std::string_view kMaskedWhole = "[masked]";

struct Entry {
    std::string source;
    std::vector<std::string> fields;
    std::vector<std::unique_ptr<RE2>> patterns;
    Method method = Method::hash;
};

bool fits(const std::string& pattern, const std::string& name) {
    return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

/// A decoder and a batch of its own, for one thread at a time.
struct Decoding {
    Decoding(const parse::Registry& formats, event::FieldDictionary& fields, sandbox::Pool& workers)
        : batch(fields), parser(formats, fields, &workers) {}
    event::Batch batch;
    parse::Parser parser;
    /// Masks made lately: people and addresses come again and again.
    std::map<std::string, std::string, std::less<>> masks[kMethods];
};

/// What is known of one record: its values that must go.
struct RecordSecrets {
    std::vector<Secret> secrets;
    bool must_go_whole = false;
};

Result<std::string> read_key(base::Files& files, const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
        // Made with its rights, not given them afterwards.
        const std::string beside = path + ".new";
        static_cast<void>(files.remove(beside));
        base::OwnedFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!fd.is_open()) return base::fail_errno("cannot make the key of pseudonyms", beside);
        fd.reset();
        {
            VD_TRY(auto file, files.open_append(beside));
            VD_TRY_DO(file->append(base::random_bytes(kKeyBytes)));
            VD_TRY_DO(file->sync());
        }
        VD_TRY_DO(files.rename(beside, path));
        VD_TRY_DO(files.sync_folder(path.substr(0, path.rfind('/'))));
    } else if ((info.st_mode & 077) != 0) {
        return base::fail(ErrorCode::denied, "others may read the key of pseudonyms", path,
                          "chmod 600 it; who has it can try values until one fits");
    }
    VD_TRY(std::string key, base::read_file(path, kKeyBytes));
    if (key.size() == kKeyBytes) return key;
    return base::fail(ErrorCode::corrupt, "the key of pseudonyms is not as it was made", path,
                      "restore it from a backup; with another key the same value gets another "
                      "pseudonym");
}

Result<std::unique_ptr<RE2>> compile(const std::string& pattern, const std::string& where) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternBytesMax);
    // Records are bytes: one that is no UTF-8 must be masked like any other.
    options.set_encoding(RE2::Options::EncodingLatin1);
    auto compiled = std::make_unique<RE2>(pattern, options);
    if (!compiled->ok()) {
        return base::fail(ErrorCode::bad_input, "'" + pattern + "': " + compiled->error(), where);
    }
    if (RE2::FullMatch("", *compiled)) {
        return base::fail(ErrorCode::bad_input, "'" + pattern + "' matches the empty text", where);
    }
    return compiled;
}

Result<Entry> make_entry(const MaskSettings& settings) {
    Entry entry{settings.source, settings.fields, {}, settings.method};
    if (settings.fields.empty() && settings.patterns.empty()) {
        return base::fail(ErrorCode::bad_input, "nothing is to be masked here", settings.where,
                          "give `fields:` or `patterns:`");
    }
    if (settings.fields.size() + settings.patterns.size() > kNamesMax) {
        return base::fail(ErrorCode::limit, "too many fields and patterns", settings.where);
    }
    for (const std::string& field : settings.fields) {
        if (field.empty()) {
            return base::fail(ErrorCode::bad_input, "a field has no name", settings.where);
        }
    }
    for (const std::string& pattern : settings.patterns) {
        VD_TRY(auto compiled, compile(pattern, settings.where));
        entry.patterns.push_back(std::move(compiled));
    }
    return entry;
}

/// Longest first: `ada@example.com` before `ada`.
void add_secret(RecordSecrets& record, std::string_view value, std::string mask) {
    const auto same = [&](const Secret& known) { return known.value == value; };
    if (std::any_of(record.secrets.begin(), record.secrets.end(), same)) return;
    if (record.secrets.size() >= kSecretsMax) {
        record.must_go_whole = true;
        return;
    }
    record.secrets.push_back({std::string(value), std::move(mask)});
}

/// Whether the first bytes of the records are such as no text has.
bool is_binary(const event::Chunk& chunk) {
    const std::string_view head = std::string_view(chunk.bytes).substr(0, kBinaryHeadBytes);
    return std::any_of(head.begin(), head.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
    });
}

/// A value that says nothing of anybody: blanks, a dash.
bool is_empty_word(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               static_cast<unsigned char>(c) >= 0x80;
    });
}

}  // namespace

Result<void> check(const MaskSettings& settings) {
    VD_TRY_DO(make_entry(settings));
    return {};
}

struct Masker::Impl {
    Impl(const parse::Registry& formats_in, event::FieldDictionary& fields_in,
         sandbox::Pool& workers_in, base::CounterRegistry& counters)
        : formats(formats_in),
          fields(fields_in),
          workers(workers_in),
          stage(counters.stage("mask")),
          values_total(counters.number("vedette_masked_values_total")),
          records_total(counters.number("vedette_masked_records_total")),
          whole_total(counters.number("vedette_masked_whole_total")) {}

    std::vector<const Entry*> entries_of(const std::string& source) const {
        std::vector<const Entry*> found;
        for (const Entry& entry : entries) {
            if (fits(entry.source, source)) found.push_back(&entry);
        }
        return found;
    }

    std::unique_ptr<Decoding> take_decoding() {
        {
            const std::lock_guard lock(mutex);
            if (!idle.empty()) {
                auto decoding = std::move(idle.back());
                idle.pop_back();
                return decoding;
            }
        }
        return std::make_unique<Decoding>(formats, fields, workers);
    }
    void give_back(std::unique_ptr<Decoding> decoding) {
        decoding->batch.clear();
        const std::lock_guard lock(mutex);
        if (idle.size() < kDecodersKept) idle.push_back(std::move(decoding));
    }

    /// The method for a field's name; nullptr if it stays.
    const Method* method_of(const std::string& name, const std::vector<const Entry*>& chosen) {
        for (const Entry* entry : chosen) {
            for (const std::string& pattern : entry->fields) {
                if (fits(pattern, name)) return &entry->method;
            }
        }
        return nullptr;
    }

    void add_value(std::string_view value, Method method, Decoding& decoding,
                   RecordSecrets& record) {
        if (is_empty_word(value)) return;
        auto& masks = decoding.masks[static_cast<std::size_t>(method)];
        auto known = masks.find(value);
        if (known == masks.end()) {
            if (masks.size() >= kMasksKept) masks.clear();
            known = masks.emplace(std::string(value), masked(value, method, key)).first;
        }
        add_secret(record, value, known->second);
    }

    void collect(Decoding& decoding, const event::Chunk& chunk,
                 const std::vector<const Entry*>& chosen, std::vector<RecordSecrets>& records) {
        const event::Batch& batch = decoding.batch;
        const auto record_of = [&](std::uint32_t row) -> RecordSecrets& {
            return records[batch.rows()[row].line - chunk.envelope.first_line];
        };
        for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
            const event::Row& head = batch.rows()[row];
            if ((head.flags & (event::kRowNotDecoded | event::kRowTruncated)) != 0) {
                record_of(row).must_go_whole = true;
            }
        }
        for (const event::Column& column : batch.columns()) {
            const Method* method = method_of(std::string(fields.name(column.field)), chosen);
            if (method == nullptr) continue;
            for (const event::Cell& cell : column.cells) {
                add_value(batch.text(cell), *method, decoding, record_of(cell.row));
            }
        }
        const event::Column& names = batch.overflow_names();
        for (std::size_t i = 0; i < names.cells.size(); ++i) {
            const Method* method =
                method_of(std::string(batch.overflow_text(names, names.cells[i])), chosen);
            if (method == nullptr) continue;
            const event::Cell& cell = batch.overflow_values().cells[i];
            add_value(batch.overflow_text(batch.overflow_values(), cell), *method, decoding,
                      record_of(cell.row));
        }
    }

    /// Decodes a chunk and shows its rows to `look`, batch by batch.
    template <class Look>
    static void decode(Decoding& decoding, const std::shared_ptr<const event::Chunk>& chunk,
                       Look&& look) {
        // The parser takes what is in the batch when it is full; we look and let it begin anew.
        decoding.parser.parse(chunk, 0, decoding.batch, event::kBatchRowsMax,
                              [&](event::Batch& full) {
                                  look(full);
                                  full.clear();
                              });
        decoding.parser.finish(decoding.batch);
        look(decoding.batch);
        decoding.batch.clear();
    }

    static bool is_part_of(std::string_view raw, const event::Chunk& chunk) {
        const std::less_equal<> not_behind;
        const char* const begin = chunk.bytes.data();
        return not_behind(begin, raw.data()) &&
               not_behind(raw.data() + raw.size(), begin + chunk.bytes.size());
    }

    /// What must go of each record by the fields that are chosen. `has_own_texts`: whether any row
    /// has a raw text that is no part of its record.
    std::vector<RecordSecrets> by_fields(event::Chunk& chunk, Decoding& decoding,
                                         const std::vector<const Entry*>& chosen,
                                         bool& has_own_texts) {
        std::vector<RecordSecrets> records(chunk.record_count());
        const auto shared = std::make_shared<const event::Chunk>(std::move(chunk));
        decode(decoding, shared, [&](const event::Batch& batch) {
            for (const event::Row& row : batch.rows()) {
                has_own_texts = has_own_texts || !is_part_of(row.raw, *shared);
            }
            collect(decoding, *shared, chosen, records);
        });
        chunk = *shared;
        return records;
    }

    /// Records that give rows with raw texts of their own are exchanged for these texts, which
    /// decode to the same rows (OTLP: of a binary record no value can be changed by itself, and one
    /// record has hundreds of rows). Not for what confined workers decode.
    void take_apart(event::Chunk& chunk, Decoding& decoding) {
        std::vector<std::vector<std::string>> texts(chunk.record_count());
        std::vector<bool> has_own(chunk.record_count(), false);
        const auto shared = std::make_shared<const event::Chunk>(std::move(chunk));
        decode(decoding, shared, [&](const event::Batch& batch) {
            for (const event::Row& row : batch.rows()) {
                const std::size_t record = row.line - shared->envelope.first_line;
                texts[record].emplace_back(row.raw);
                if (!is_part_of(row.raw, *shared)) has_own[record] = true;
            }
        });
        chunk = *shared;
        chunk.bytes.clear();
        chunk.ends.clear();
        chunk.keys.clear();
        chunk.flags.clear();
        for (std::size_t i = 0; i < shared->record_count(); ++i) {
            if (!has_own[i]) texts[i].assign(1, std::string(shared->record(i)));
            for (std::size_t part = 0; part < texts[i].size(); ++part) {
                chunk.add_record(texts[i][part]);
                if (!shared->keys.empty()) {
                    chunk.keys.push_back(part == 0 ? shared->keys[i] : std::string());
                }
                if (!shared->flags.empty()) chunk.flags.push_back(shared->flags[i]);
            }
        }
    }

    /// Whatever of a record a pattern takes is a value that must go.
    void collect_patterns(std::string_view record, const std::vector<const Entry*>& chosen,
                          RecordSecrets& out) {
        for (const Entry* entry : chosen) {
            for (const auto& pattern : entry->patterns) {
                std::size_t at = 0;
                re2::StringPiece hit;
                while (at < record.size() &&
                       pattern->Match({record.data(), record.size()}, at, record.size(),
                                      RE2::UNANCHORED, &hit, 1)) {
                    const auto begin = static_cast<std::size_t>(hit.data() - record.data());
                    if (!hit.empty()) {
                        add_secret(out, {hit.data(), hit.size()},
                                   masked({hit.data(), hit.size()}, entry->method, key));
                    }
                    at = begin + std::max<std::size_t>(hit.size(), 1);
                    if (out.must_go_whole) return;
                }
            }
        }
    }

    /// The record as it may be kept.
    std::string mask_record(std::string_view record, RecordSecrets& known) {
        if (known.secrets.empty() && !known.must_go_whole) return std::string(record);
        records_total += 1;
        const auto whole = [this] {
            whole_total += 1;
            return std::string(kMaskedWhole);
        };
        if (known.must_go_whole) return whole();
        std::stable_sort(
            known.secrets.begin(), known.secrets.end(),
            [](const Secret& a, const Secret& b) { return a.value.size() > b.value.size(); });
        const auto places = find_secrets(record, known.secrets);
        if (!places || !covers_all(record, *places, known.secrets)) return whole();
        std::string out = replaced(record, *places, known.secrets);
        // A mask may hold what another one hides (a kept domain that is masked elsewhere).
        if (may_hold_secret(known.secrets)) {
            const auto left = find_secrets(out, still_secret(known.secrets));
            if (!left || !left->empty()) return whole();
        }
        values_total += places->size();
        return out;
    }

    /// Whether any mask has any value in it.
    static bool may_hold_secret(const std::vector<Secret>& secrets) {
        const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
        return std::any_of(secrets.begin(), secrets.end(), [&](const Secret& one) {
            return std::any_of(secrets.begin(), secrets.end(), [&](const Secret& other) {
                return std::search(one.mask.begin(), one.mask.end(), other.value.begin(),
                                   other.value.end(), same) != one.mask.end();
            });
        });
    }

    /// A value whose mask is the value itself is masked already.
    static std::vector<Secret> still_secret(const std::vector<Secret>& secrets) {
        std::vector<Secret> out;
        for (const Secret& secret : secrets) {
            if (secret.value != secret.mask) out.push_back(secret);
        }
        return out;
    }

    /// Whether each secret was found somewhere, be it within a longer one.
    static bool covers_all(std::string_view record, const std::vector<Occurrence>& places,
                           const std::vector<Secret>& secrets) {
        std::vector<bool> found(secrets.size(), false);
        for (const Occurrence& place : places) found[place.secret] = true;
        for (std::size_t i = 0; i < secrets.size(); ++i) {
            if (found[i]) continue;
            const auto alone = find_secrets(record, {secrets[i]});
            if (!alone || alone->empty()) return false;
        }
        return true;
    }

    void mask_key(std::string& name, const RecordSecrets& known) const {
        const auto places = find_secrets(name, known.secrets);
        if (known.must_go_whole || !places || !places->empty()) {
            name = masked(name, Method::hash, key);
        }
    }

    const parse::Registry& formats;
    event::FieldDictionary& fields;
    sandbox::Pool& workers;
    base::StageCounters& stage;
    std::atomic<std::uint64_t>& values_total;
    std::atomic<std::uint64_t>& records_total;
    std::atomic<std::uint64_t>& whole_total;
    std::vector<Entry> entries;
    std::string key;
    std::mutex mutex;
    std::vector<std::unique_ptr<Decoding>> idle;
};

Masker::Masker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Masker::~Masker() = default;

Result<std::unique_ptr<Masker>> Masker::make(const std::vector<MaskSettings>& settings,
                                             base::Files& files, const std::string& data_folder,
                                             const parse::Registry& formats,
                                             event::FieldDictionary& fields, sandbox::Pool& workers,
                                             base::CounterRegistry& counters) {
    if (settings.empty()) return std::unique_ptr<Masker>();
    auto impl = std::make_unique<Impl>(formats, fields, workers, counters);
    for (const MaskSettings& each : settings) {
        VD_TRY(Entry entry, make_entry(each));
        impl->entries.push_back(std::move(entry));
    }
    VD_TRY(impl->key, read_key(files, data_folder + "/" + std::string(kKeyFile)));
    return std::unique_ptr<Masker>(new Masker(std::move(impl)));
}

bool Masker::applies_to(const std::string& source) const {
    return std::any_of(impl_->entries.begin(), impl_->entries.end(),
                       [&](const Entry& entry) { return fits(entry.source, source); });
}

void Masker::mask(event::Chunk& chunk) {
    const std::uint64_t cpu_before = base::thread_cpu_ns();
    const std::vector<const Entry*> chosen = impl_->entries_of(chunk.envelope.source);
    std::vector<RecordSecrets> records(chunk.record_count());
    const bool has_fields = std::any_of(chosen.begin(), chosen.end(),
                                        [](const Entry* entry) { return !entry->fields.empty(); });
    const parse::Format* const format = impl_->formats.find(chunk.envelope.format);
    const bool is_confined = format != nullptr && format->is_confined;
    if (has_fields || (!is_confined && is_binary(chunk))) {
        auto decoding = impl_->take_decoding();
        bool has_own_texts = false;
        records = impl_->by_fields(chunk, *decoding, chosen, has_own_texts);
        if (has_own_texts && !is_confined) {
            impl_->take_apart(chunk, *decoding);
            records = impl_->by_fields(chunk, *decoding, chosen, has_own_texts);
        }
        impl_->give_back(std::move(decoding));
    }
    event::Chunk masked_chunk = chunk;
    masked_chunk.bytes.clear();
    masked_chunk.ends.clear();
    for (std::size_t i = 0; i < chunk.record_count(); ++i) {
        impl_->collect_patterns(chunk.record(i), chosen, records[i]);
        masked_chunk.add_record(impl_->mask_record(chunk.record(i), records[i]));
        if (i < masked_chunk.keys.size() && !masked_chunk.keys[i].empty()) {
            impl_->mask_key(masked_chunk.keys[i], records[i]);
        }
    }
    impl_->stage.received += chunk.record_count();
    impl_->stage.bytes += chunk.bytes.size();
    impl_->stage.sent += chunk.record_count();
    chunk = std::move(masked_chunk);
    impl_->stage.cpu_ns += base::thread_cpu_ns() - cpu_before;
}

}  // namespace vedette::engine::masking
