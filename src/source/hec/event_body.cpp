// SPDX-License-Identifier: Apache-2.0
#include "source/hec/event_body.h"

#include "base/json_scan.h"
#include "source/hec/limits.h"

namespace vedette::source::hec {

using base::JsonScan;

namespace {

/// Whether `fields` is what Splunk takes: an object of scalars and lists of scalars.
bool are_flat(std::string_view written) {
    JsonScan scan(written);
    std::string_view value;
    return scan.object([&](std::string_view) {
        if (scan.peek() == '{') return false;
        if (scan.peek() != '[') return scan.value(value);
        return scan.list(
            [&] { return scan.peek() != '{' && scan.peek() != '[' && scan.value(value); });
    });
}

/// What is found out about one event.
struct Look {
    CutEvent event;
    Status status = Status::success;
};

class Cutter {
  public:
    explicit Cutter(std::string_view body) : body_(body), scan_(body) {}

    EventBody run() {
        while (out_.status == Status::success && !scan_.is_at_end()) {
            if (scan_.peek() == '[') {
                const bool is_list = scan_.list([&] { return take_event(); });
                if (!is_list && out_.status == Status::success) refuse(Status::bad_format);
            } else {
                take_event();
            }
        }
        if (out_.status == Status::success && out_.events.empty()) out_.status = Status::no_data;
        return std::move(out_);
    }

  private:
    bool take_event() {
        if (out_.events.size() == kEventsMax) return refuse(Status::too_large);
        scan_.peek();
        const std::size_t begin = scan_.position();
        Look look;
        bool has_event = false;
        const bool is_object = scan_.object([&](std::string_view key) {
            std::string_view value;
            // Its own depth is counted: a list may be around it, which does not matter.
            if (!scan_.value(value, 1)) return false;
            if (key == "event") {
                has_event = true;
                if (value == "\"\"" || value == "null") look.status = Status::blank_event;
            } else if (key == "fields" && !are_flat(value)) {
                look.status = Status::bad_fields;
            } else if (key == "index" && value.front() == '"') {
                look.event.index = value.substr(1, value.size() - 2);
            }
            return true;
        });
        if (!is_object) return refuse(Status::bad_format);
        if (!has_event) return refuse(Status::no_event);
        if (look.status != Status::success) return refuse(look.status);
        look.event.text = body_.substr(begin, scan_.position() - begin);
        if (look.event.text.size() > kEventBytesMax) return refuse(Status::too_large);
        out_.events.push_back(look.event);
        return true;
    }

    bool refuse(Status status) {
        out_.status = status;
        out_.event_number = out_.events.size();
        return false;
    }

    std::string_view body_;
    JsonScan scan_;
    EventBody out_;
};

}  // namespace

EventBody cut_events(std::string_view body) { return Cutter(body).run(); }

}  // namespace vedette::source::hec
