// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/registry.h"
#include "parse/text_scan.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;

constexpr std::string_view kName = "bash_history";
constexpr std::string_view kDataset = "linux.bash_history";

/// "#1736814571": seconds since 1970, as bash writes them where HISTTIMEFORMAT is set.
bool is_stamp(std::string_view line) {
    return line.size() >= 10 && line.size() <= 12 && line[0] == '#' &&
           is_digits(line.substr(1), 11);
}

/// The user of ".../home/alice/.bash_history", ".../root/.bash_history" and
/// ".../alice.bash_history"; nothing if the path does not tell.
std::string_view user_of(std::string_view path) {
    TextScanner scanner(path);
    if (!scanner.skip_end(".bash_history")) return {};
    scanner.skip_end("/");
    return scanner.rest().substr(scanner.rest().rfind('/') + 1);
}

/// Commands that people typed into bash, each with the line before it that tells when.
class BashHistoryDecoder final : public Decoder {
  public:
    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        event::Batch& batch = sink.batch();
        row.dataset = batch.dataset_index(kDataset);
        std::string_view command = clean.text;
        const std::string_view first = command.substr(0, command.find('\n'));
        if (is_stamp(first)) {
            if (const auto time = parse_epoch(first.substr(1))) set_time(row, *time);
            command.remove_prefix(std::min(command.size(), first.size() + 1));
        }
        batch.add(ecs::kMessage, command);
        if (command.empty()) return;
        batch.add(ecs::kProcessCommandLine, command);
        batch.add(ecs::kEventAction, "command_typed");
        batch.add(ecs::kEventCategory, "process");
        const std::string_view user = user_of(envelope.origin);
        if (!user.empty()) batch.add(ecs::kUserName, clean_text(user, user_scratch_).text);
    }

  private:
    std::string scratch_, user_scratch_;  // caches of memory, not of meaning
};

/// A stamp begins a record. Without one before it each line is a record, with one the lines up to
/// the next stamp are one command.
bool goes_on(std::string_view record, std::string_view line) {
    return !is_stamp(line) && is_stamp(record.substr(0, record.find('\n')));
}

/// Only a history with stamps can be told from other text.
int recognise(const std::vector<std::string_view>& records) {
    std::size_t stamps = 0, commands = 0;
    for (const std::string_view record : records) (is_stamp(record) ? stamps : commands) += 1;
    if (stamps == 0 || !is_stamp(records.front())) return 0;
    return commands + 1 >= stamps && stamps * 2 + 2 >= commands ? 90 : 30;
}

}  // namespace

void register_bash_history(Registry& registry) {
    Format format;
    format.declaration.name = kName;
    format.declaration.framing.continues = goes_on;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary&) { return std::make_unique<BashHistoryDecoder>(); };
    format.summary = "bash's history, with the times that HISTTIMEFORMAT leaves";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
