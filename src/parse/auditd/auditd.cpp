// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/auditd/event_reader.h"
#include "parse/auditd/limits.h"
#include "parse/auditd/record.h"
#include "parse/clean_text.h"
#include "parse/registry.h"

namespace vedette::parse {

namespace {

constexpr std::string_view kName = "auditd";
constexpr std::string_view kDataset = "linux.auditd";

/// Eats the first line.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// Events of the Linux audit system. A record may hold several lines of one event; the framing
/// gives one.
class AuditdDecoder final : public Decoder {
  public:
    explicit AuditdDecoder(event::FieldDictionary& fields) : reader_(fields) {}

    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        row.dataset = sink.batch().dataset_index(kDataset);
        sink.batch().add(event::ecs::kMessage, clean.text);
        if (!read(clean.text, sink)) row.flags |= event::kRowNotDecoded;
    }

    /// A line that audisp or the kernel has sent to syslog, one by one.
    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        if (bytes.starts_with("audit: ")) bytes.remove_prefix(7);
        if (!auditd::read_head(bytes.substr(0, bytes.find('\n')))) return false;
        sink.batch().rows().back().dataset = sink.batch().dataset_index(kDataset);
        return read(bytes, sink);
    }

  private:
    bool read(std::string_view text, RowSink& sink) {
        reader_.begin(text);
        std::size_t count = 0;
        while (!text.empty()) {
            const auto head = auditd::read_head(take_line(text));
            if (!head) continue;
            if (count == auditd::kLinesMax) {
                sink.batch().rows().back().flags |= event::kRowTruncated;
                break;
            }
            if (count++ == 0) set_time(sink.batch().rows().back(), head->time);
            reader_.read_line(*head, sink);
        }
        if (count > 0) reader_.end(sink);
        return count > 0;
    }

    auditd::EventReader reader_;
    std::string scratch_;  // a cache of memory, not of meaning
};

/// Whether a line tells of the event that the record so far is about.
bool is_same_event(std::string_view record, std::string_view line) {
    const auto first = auditd::read_head(record.substr(0, record.find('\n')));
    const auto next = auditd::read_head(line);
    return first && next && first->stamp == next->stamp && first->node == next->node;
}

int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        if (auditd::read_head(record)) ++known;
    }
    return count == 0 ? 0 : 96 * known / count;
}

}  // namespace

void register_auditd(Registry& registry) {
    Format format;
    format.declaration.name = kName;
    format.declaration.framing.continues = is_same_event;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<AuditdDecoder>(fields);
    };
    format.inner_hints = {"audispd", "audisp-syslog", "audit"};
    format.inner_starts = {"type=", "audit: type="};
    format.summary = "Linux audit: system calls with their command, files and users; logins";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
