// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "store/host/form_body.h"
#include "store/host/limits.h"
#include "store/host/statement.h"
#include "store/host/url_query.h"

namespace {

using namespace vedette::store::host;

bool is_within(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

void check_statement(std::string_view text) {
    const Statement cut = split_statement(text);
    VD_CHECK(is_within(cut.sql, text) && is_within(cut.inline_rows, text));
    VD_CHECK(cut.format == "Values" || is_within(cut.format, text));
    VD_CHECK(cut.kind == StatementKind::insert_rows || cut.inline_rows.empty());
    // What is left without its clause is still the same kind of statement.
    if (cut.kind == StatementKind::select) {
        VD_CHECK(split_statement(cut.sql).kind == StatementKind::select);
    }
    static_cast<void>(is_streamable_format(cut.format));
}

void check_query(std::string_view target) {
    const NamedValues values = parse_url_query(target);
    VD_CHECK(values.size() <= kParametersMax);
    std::size_t bytes = 0;
    for (const auto& [name, value] : values) bytes += name.size() + value.size();
    VD_CHECK(bytes <= target.size());
}

void check_form(std::string_view text) {
    const std::string_view type = text.substr(0, text.find('\n'));
    const std::string_view body = text.substr(std::min(text.size(), type.size() + 1));
    const auto fields = parse_form(type, body);
    if (!fields) return;
    VD_CHECK(fields->size() <= kParametersMax);
    std::size_t bytes = 0;
    for (const auto& [name, value] : *fields) bytes += name.size() + value.size();
    VD_CHECK(bytes <= body.size());
}

}  // namespace

// What a client of the store's child sends: the same bytes as a statement, as a request target and
// as a form, whose type is the first line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_statement(text);
    check_query(text);
    check_form(text);
    return 0;
}
