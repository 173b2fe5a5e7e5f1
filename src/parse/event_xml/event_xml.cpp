// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "parse/registry.h"
#include "parse/windows_event_xml.h"
#include "parse/windows_map.h"

namespace vedette::parse {

namespace event_xml {
namespace {

class EventXmlDecoder final : public Decoder {
  public:
    explicit EventXmlDecoder(event::FieldDictionary& fields) : xml_(fields), map_(fields) {}

    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        xml_.decode(record, sink);
    }
    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        return xml_.decode_inner(bytes, sink);
    }
    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        std::vector<std::uint32_t> decoded;
        for (const std::uint32_t row : rows) {
            if ((batch.rows()[row].flags & event::kRowNotDecoded) == 0) decoded.push_back(row);
        }
        map_.map(batch, decoded);
    }

  private:
    WindowsEventXml xml_;
    WindowsMap map_;
};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kNameSpace = "http://schemas.microsoft.com/win/2004/08/events";
constexpr std::string_view kBlank = " \t\r\n";

/// Windows' own name space makes it certain, the names of the elements alone only likely.
int recognise_event_xml(std::string_view head) {
    if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
    for (;;) {
        head.remove_prefix(std::min(head.find_first_not_of(kBlank), head.size()));
        const std::string_view end = head.starts_with("<?") ? "?>" : "-->";
        if (!head.starts_with("<?") && !head.starts_with("<!--")) break;
        const std::size_t at = head.find(end);
        if (at == std::string_view::npos) return 0;
        head.remove_prefix(at + end.size());
    }
    if (!head.starts_with("<Event>") && !head.starts_with("<Event ") &&
        !head.starts_with("<Events>") && !head.starts_with("<Events ")) {
        return 0;
    }
    return head.find(kNameSpace) != std::string_view::npos ? 98 : 60;
}

}  // namespace
}  // namespace event_xml

void register_event_xml(Registry& registry) {
    Format format;
    format.declaration.name = "event_xml";
    format.declaration.framing.kind = event::Framing::Kind::element;
    format.declaration.framing.element = "Event";
    format.declaration.recognise_head = event_xml::recognise_event_xml;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<event_xml::EventXmlDecoder>(fields);
    };
    format.inner_hints = {"sysmon"};
    format.inner_starts = {"<Event>", "<Event "};
    format.summary = "Windows events as XML: <Event> documents and <Events> files";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
