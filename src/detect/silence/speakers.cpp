// SPDX-License-Identifier: Apache-2.0
#include "detect/silence/speakers.h"

#include <algorithm>

namespace vedette::detect::silence {

namespace {

void put_speaker(std::string& out, const Speaker& speaker) {
    speaker.habit.save(out);
    base::put(out, speaker.last_event.offset);
    base::put(out, speaker.last_event.row);
    base::put(out, speaker.last_time.unix_ns);
    base::put(out, speaker.last_heard.unix_ns);
    base::put(out, speaker.last_line);
    base::put(out, speaker.heard);
    base::put(out, static_cast<std::uint8_t>(speaker.state));
    base::put(out, speaker.told_at.plain_ms);
    base::put(out, speaker.told_at.expected_ms);
    base::put(out, speaker.speaking_since.unix_ns);
}

bool get_speaker(base::ByteReader& in, Speaker& speaker) {
    const bool is_habit = speaker.habit.restore(in);
    speaker.last_event.offset = in.get<std::uint64_t>();
    speaker.last_event.row = in.get<std::uint32_t>();
    speaker.last_time.unix_ns = in.get<std::int64_t>();
    speaker.last_heard.unix_ns = in.get<std::int64_t>();
    speaker.last_line = in.get<std::uint64_t>();
    speaker.heard = in.get<std::uint64_t>();
    const auto state = in.get<std::uint8_t>();
    speaker.state = static_cast<Speaker::State>(state);
    speaker.told_at = {in.get<std::int64_t>(), in.get<std::int64_t>()};
    speaker.speaking_since.unix_ns = in.get<std::int64_t>();
    return is_habit && in.is_good() && state <= static_cast<std::uint8_t>(Speaker::State::hushed) &&
           speaker.told_at.plain_ms >= 0 && speaker.told_at.expected_ms >= 0;
}

}  // namespace

Speaker& Speakers::hear(SpeakerName name) {
    name.origin.resize(std::min(name.origin.size(), kNameBytesMax));
    const auto found = all_.find(name);
    if (found != all_.end()) return found->second;
    if (all_.size() >= kSpeakersMax) {
        // Sources are named in the configuration or by a token: they stay.
        const auto least = std::min_element(all_.begin(), all_.end(), [](auto& a, auto& b) {
            if (a.first.is_source() != b.first.is_source()) return b.first.is_source();
            return a.second.habit.watched_ms() < b.second.habit.watched_ms();
        });
        all_.erase(least);
        ++driven_out_;
    }
    return all_[std::move(name)];
}

const Speaker* Speakers::find(const SpeakerName& name) const {
    const auto found = all_.find(name);
    return found == all_.end() ? nullptr : &found->second;
}

std::size_t Speakers::memory_bytes() const {
    std::size_t bytes = 0;
    for (const auto& [name, speaker] : all_) {
        bytes += sizeof name + sizeof speaker + name.source.capacity() + name.origin.capacity() +
                 name.dataset.capacity();
    }
    return bytes;
}

void Speakers::save(std::string& out) const {
    base::put_varint(out, driven_out_);
    base::put_varint(out, all_.size());
    for (const auto& [name, speaker] : all_) {
        base::put_text(out, name.source);
        base::put_text(out, name.origin);
        base::put_text(out, name.dataset);
        put_speaker(out, speaker);
    }
}

bool Speakers::restore(base::ByteReader& in) {
    all_.clear();
    driven_out_ = in.varint();
    const std::uint64_t count = in.varint();
    if (count > kSpeakersMax) return false;
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        SpeakerName name;
        name.source = in.text();
        name.origin = in.text();
        name.dataset = in.text();
        Speaker speaker;
        if (!get_speaker(in, speaker) || name.origin.size() > kNameBytesMax) return false;
        all_.emplace(std::move(name), std::move(speaker));
    }
    return in.is_good() && all_.size() == count;
}

}  // namespace vedette::detect::silence
