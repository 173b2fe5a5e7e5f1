// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/hit.h"

#include "cases/record.h"
#include "detect/sigma/limits.h"

namespace vedette::detect::sigma {

std::size_t HitRecord::bytes() const {
    std::size_t out = sizeof *this + source.size() + origin.size() + raw.size();
    for (const auto& some : values) {
        out += sizeof some;
        for (const std::string& value : some) out += sizeof value + value.size();
    }
    for (const event::Entity& entity : entities) out += sizeof entity + entity.id.size();
    return out;
}

void HitRecord::save(std::string& out) const {
    base::put(out, rule);
    base::put(out, id.offset);
    base::put(out, id.row);
    base::put(out, time.unix_ns);
    base::put(out, due.unix_ns);
    base::put_varint(out, values.size());
    for (const auto& some : values) {
        base::put_varint(out, some.size());
        for (const std::string& value : some) base::put_text(out, value);
    }
    base::put_varint(out, entities.size());
    for (const event::Entity& entity : entities) cases::put_entity(out, entity);
    for (const std::string* text : {&source, &origin, &raw}) base::put_text(out, *text);
    base::put_varint(out, line);
}

HitRecord HitRecord::restore(base::ByteReader& reader) {
    HitRecord out;
    out.rule = reader.get<std::uint32_t>();
    out.id.offset = reader.get<std::uint64_t>();
    out.id.row = reader.get<std::uint32_t>();
    out.time.unix_ns = reader.get<std::int64_t>();
    out.due.unix_ns = reader.get<std::int64_t>();
    const std::uint64_t fields = reader.varint();
    for (std::uint64_t i = 0; i < fields && reader.is_good(); ++i) {
        std::vector<std::string>& some = out.values.emplace_back();
        const std::uint64_t count = reader.varint();
        if (count > kHitValuesMax) reader.take(reader.remaining() + 1);
        for (std::uint64_t k = 0; k < count && reader.is_good(); ++k) {
            some.emplace_back(reader.text());
        }
    }
    const std::uint64_t entities = reader.varint();
    for (std::uint64_t i = 0; i < entities && reader.is_good(); ++i) {
        out.entities.push_back(cases::get_entity(reader));
    }
    for (std::string* text : {&out.source, &out.origin, &out.raw}) *text = reader.text();
    out.line = reader.varint();
    return out;
}

}  // namespace vedette::detect::sigma
