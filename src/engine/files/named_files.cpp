// SPDX-License-Identifier: Apache-2.0
#include "engine/files/named_files.h"

#include <unistd.h>

#include <array>
#include <climits>

#include "base/bytes.h"
#include "event/entity.h"
#include "event/schema.h"

namespace vedette::engine::files {

namespace {

constexpr std::size_t kEntitiesMax = 16;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool is_path_of_a_file(std::string_view path) {
    if (path.size() < 2 || path.size() >= PATH_MAX || path[0] != '/') return false;
    if (path.find('\0') != std::string_view::npos) return false;
    for (const std::string_view folder : {"/proc/", "/sys/", "/dev/"}) {
        // What lies in /dev/shm are files, and not the most harmless.
        if (path.starts_with(folder) && !path.starts_with("/dev/shm/")) return false;
    }
    return true;
}

}  // namespace

void ThisMachine::add_host(std::string_view name) { hosts.insert(lower(name)); }

bool ThisMachine::is_host(std::string_view name) const {
    const std::string folded = lower(name);
    return hosts.contains(folded) || hosts.contains(folded.substr(0, folded.find('.')));
}

std::set<std::string, std::less<>> own_host_names() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    std::set<std::string, std::less<>> out = {"localhost"};
    if (::gethostname(name.data(), name.size() - 1) != 0) return out;
    const std::string whole = lower(name.data());
    out.insert(whole);
    out.insert(whole.substr(0, whole.find('.')));
    return out;
}

NamedFiles::NamedFiles(ThisMachine machine, event::FieldDictionary& fields)
    : machine_(std::move(machine)),
      host_(fields.intern("host.name").value_or(event::kNoField)),
      container_(fields.intern("container.id").value_or(event::kNoField)) {
    for (const char* const name : {"process.executable", "file.path"}) {
        if (const auto field = fields.intern(name)) paths_.push_back(*field);
    }
}

bool NamedFiles::is_ours(const event::Batch& batch, std::uint32_t row) const {
    const event::Row& of = batch.rows()[row];
    if (of.origin >= batch.origins().size() || batch.first(container_, row)) return false;
    const std::string& source = batch.origins()[of.origin].source;
    const auto host = batch.first(host_, row);
    if (machine_.local_sources.contains(source)) return !host || machine_.is_host(*host);
    return machine_.named_sources.contains(source) && host && machine_.is_host(*host);
}

void NamedFiles::pick(const event::Batch& batch,
                      const std::function<void(NamedFile)>& found) const {
    for (const event::FieldId field : paths_) {
        const event::Column* const column = batch.column(field);
        if (column == nullptr) continue;
        for (const event::Cell& cell : column->cells) {
            const std::string_view path = batch.text(cell);
            if (!is_path_of_a_file(path) || !is_ours(batch, cell.row)) continue;
            const event::Row& row = batch.rows()[cell.row];
            const event::Origin& origin = batch.origins()[row.origin];
            found({std::string(path), origin.source, origin.path, row.line, row.time, row.id,
                   event::entities_of(batch, cell.row)});
        }
    }
}

void put(std::string& out, const NamedFile& file) {
    for (const std::string* text : {&file.path, &file.source, &file.origin}) {
        base::put_text(out, *text);
    }
    base::put_varint(out, file.record);
    base::put(out, file.time.unix_ns);
    base::put(out, file.event.offset);
    base::put(out, file.event.row);
    base::put_varint(out, file.entities.size());
    for (const event::Entity& entity : file.entities) {
        base::put(out, static_cast<std::uint8_t>(entity.type));
        base::put_text(out, entity.id);
    }
}

base::Result<std::vector<NamedFile>> read_named_files(std::string_view bytes) {
    base::ByteReader in(bytes);
    std::vector<NamedFile> out;
    while (in.is_good() && !in.is_at_end()) {
        NamedFile file;
        for (std::string* text : {&file.path, &file.source, &file.origin}) *text = in.text();
        file.record = in.varint();
        file.time.unix_ns = in.get<std::int64_t>();
        file.event.offset = in.get<decltype(file.event.offset)>();
        file.event.row = in.get<decltype(file.event.row)>();
        const std::uint64_t entities = in.varint();
        for (std::uint64_t i = 0; i < entities && i < kEntitiesMax && in.is_good(); ++i) {
            const auto type = in.get<std::uint8_t>();
            std::string id(in.text());
            if (type > static_cast<std::uint8_t>(event::kEntityTypeLast)) break;
            file.entities.push_back({static_cast<event::EntityType>(type), std::move(id)});
        }
        const bool is_whole =
            in.is_good() && file.entities.size() == entities && is_path_of_a_file(file.path);
        if (!is_whole) return base::fail(base::ErrorCode::corrupt, "these are no named files");
        out.push_back(std::move(file));
    }
    return out;
}

}  // namespace vedette::engine::files
