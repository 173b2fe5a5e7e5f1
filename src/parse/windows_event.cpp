// SPDX-License-Identifier: Apache-2.0
#include "parse/windows_event.h"

#include <algorithm>

namespace vedette::parse::windows {

namespace {

constexpr std::string_view kNumbers[] = {"EventID",
                                         "Version",
                                         "Level",
                                         "Task",
                                         "Opcode",
                                         "EventID_Qualifiers",
                                         "EventRecordID",
                                         "Execution_ThreadID",
                                         "Execution_ProcessID"};

ElementMeaning meaning_below_event(std::string_view name) {
    if (name == "System") return {Place::system};
    if (name == "EventData" || name == "BinaryEventData") return {Place::event_data};
    if (name == "RenderingInfo") return {Place::rendering};
    return {Place::user_data};
}

ElementMeaning leaf(std::string_view name) {
    ElementMeaning out{Place::user_data};
    out.field.assign(name);
    out.field.erase(std::remove(out.field.begin(), out.field.end(), ' '), out.field.end());
    if (out.field.size() != name.size()) out.written.assign(name);
    if (out.field.empty()) out.field = "Data";
    out.has_empty_value = true;
    return out;
}

}  // namespace

ElementMeaning meaning_of_element(Place parent, std::string_view name, std::string_view data_name) {
    switch (parent) {
        case Place::document:
            return name == "Event" ? ElementMeaning{Place::event} : ElementMeaning{};
        case Place::event: return meaning_below_event(name);
        case Place::system: {
            ElementMeaning out{Place::system_item};
            out.field.assign(name);
            out.kind = kind_of_header_field(name);
            return out;
        }
        case Place::event_data: return leaf(data_name.empty() ? name : data_name);
        case Place::rendering: {
            ElementMeaning out{Place::rendering};
            out.field = name == "Message" ? "message" : "RenderingInfo_" + std::string(name);
            return out;
        }
        case Place::user_data:
        case Place::system_item: break;
    }
    return leaf(name == "Data" && !data_name.empty() ? data_name : name);
}

std::string field_of_attribute(Place parent, std::string_view element, std::string_view attribute) {
    if (parent != Place::system || attribute.starts_with("xmlns")) return {};
    if (element == "TimeCreated" && attribute == "SystemTime") return "SystemTime";
    std::string out(element);
    out += '_';
    out += attribute;
    return out;
}

event::ValueKind kind_of_header_field(std::string_view field) {
    const bool is_number =
        std::find(std::begin(kNumbers), std::end(kNumbers), field) != std::end(kNumbers);
    return is_number ? event::ValueKind::integer : event::ValueKind::text;
}

std::string_view local_name(std::string_view name) {
    const std::size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace vedette::parse::windows
