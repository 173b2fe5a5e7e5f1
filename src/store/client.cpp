// SPDX-License-Identifier: Apache-2.0
#include "store/client.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "store/limits.h"

namespace vedette::store {

using base::ErrorCode;

namespace {

/// The engine's MEMORY_LIMIT_EXCEEDED.
constexpr int kMemoryLimitExceeded = 241;

struct KnownError {
    int number;
    ErrorCode code;
    std::string_view hint;
};

/// The engine's errors that mean something to us. Others are bad_input when they came as an answer
/// to a question, and never a reason to give up rows (see is_data_refusal).
constexpr KnownError kKnownErrors[] = {
    {60, ErrorCode::not_found, "the store's schema is not set up"},
    {81, ErrorCode::not_found, "the store's schema is not set up"},
    {47, ErrorCode::not_found, {}},
    {164, ErrorCode::denied, "searches may only read what is in the store"},
    {497, ErrorCode::denied, {}},
    {516, ErrorCode::denied, "check the store's user and password"},
    {159, ErrorCode::timeout, "narrow the time range or allow more time"},
    {160, ErrorCode::timeout, "narrow the time range or allow more time"},
    {241, ErrorCode::limit, "narrow the search, or give the store more memory"},
    {307, ErrorCode::limit, {}},
    {396, ErrorCode::limit, "ask for fewer rows"},
    {158, ErrorCode::limit, "ask for fewer rows"},
    {202, ErrorCode::unavailable, "too many statements at once"},
    {252, ErrorCode::unavailable, "the store merges slower than rows come in"},
    {243, ErrorCode::unavailable, "the disk is full"},
    {76, ErrorCode::unavailable, "the store cannot write: disk full, read-only or no rights"},
    {75, ErrorCode::unavailable, "the store cannot write: disk full, read-only or no rights"},
    {74, ErrorCode::unavailable, "the store cannot read its files"},
    {236, ErrorCode::unavailable, {}},
    {242, ErrorCode::unavailable, "the table is read-only"},
    {394, ErrorCode::cancelled, {}},
};

/// Errors of rows: parsing, ranges, constraints.
constexpr int kDataRefusals[] = {6,   7,   26,  27,  33,  36,  38,  41,  53,  69,  70,  72, 107,
                                 117, 128, 131, 190, 248, 321, 349, 432, 441, 467, 469, 565};

const KnownError* known(int number) {
    const auto* found = std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                                     [number](const KnownError& e) { return e.number == number; });
    return found == std::end(kKnownErrors) ? nullptr : found;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
    return text;
}

base::Error store_error(std::string_view text, const std::string& where) {
    base::Error error{ErrorCode::bad_input, std::string(trimmed(text)), where, {}, false};
    const int number = exception_code(error);
    if (const KnownError* entry = known(number); entry != nullptr) {
        error.code = entry->code;
        error.hint = entry->hint;
    } else if (number == 0) {
        error.code = ErrorCode::unavailable;
        error.text = "the store answers with something else: " + error.text;
    }
    error.is_retryable = error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
    return error;
}

void append_parameter(std::string& target, std::string_view name, std::string_view value) {
    if (target.back() != '?') target.push_back('&');
    base::append_url_encoded(target, name);
    target.push_back('=');
    base::append_url_encoded(target, value);
}

/// A statement and its values as a form.   Source: RFC 7578; ClickHouse documentation, "HTTP
/// Interface"
class Form {
  public:
    Form(std::string_view sql, const Values& values) {
        Values fields = {{"query", std::string(sql)}};
        for (const auto& [name, value] : values) {
            fields.emplace_back("param_" + name, value);
        }
        // Whatever the values hold, the boundary is in none of them.
        for (std::size_t salt = 0;; ++salt) {
            boundary_ = "vedette-" + std::to_string(salt);
            const bool is_free = std::none_of(fields.begin(), fields.end(), [&](const auto& field) {
                return field.second.find(boundary_) != std::string::npos;
            });
            if (is_free) break;
        }
        for (const auto& [name, value] : fields) {
            body_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" + name +
                     "\"\r\n\r\n" + value + "\r\n";
        }
        body_ += "--" + boundary_ + "--\r\n";
    }
    std::string_view body() const { return body_; }
    std::string content_type() const { return "multipart/form-data; boundary=" + boundary_; }

  private:
    std::string boundary_, body_;
};

/// What a failing answer tells; long ones are cut, because they quote the statement.
constexpr std::size_t kErrorTextBytesMax = 4'096;

}  // namespace

int exception_code(const base::Error& error) {
    static constexpr std::string_view kMark = "Code: ";
    const std::size_t at = error.text.find(kMark);
    int number = 0;
    if (at == std::string::npos) return 0;
    const char* begin = error.text.data() + at + kMark.size();
    std::from_chars(begin, error.text.data() + error.text.size(), number);
    return number;
}

bool is_data_refusal(const base::Error& error) {
    const int number = exception_code(error);
    return std::find(std::begin(kDataRefusals), std::end(kDataRefusals), number) !=
           std::end(kDataRefusals);
}

std::string escape_parameter(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    for (const char c : value) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            case '\0': out += "\\0"; break;
            default: out.push_back(c);
        }
    }
    return out;
}

std::string quote_identifier(std::string_view name) {
    std::string out = "`";
    for (const char c : name) {
        if (c == '`' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + "`";
}

Client::Client(ClientOptions options)
    : options_(std::move(options)),
      http_(options_.endpoint, {5'000, options_.idle_timeout_ms, ~std::uint64_t{0}}) {}

namespace {

/// Values as they travel. The engine reads the text of an array as such, with escapes in its
/// elements alone, and all other text as tab-separated.
Values written(std::string_view sql, const Values& values) {
    Values out;
    for (const auto& [name, value] : values) {
        const bool is_array = sql.find("{" + name + ":Array(") != std::string_view::npos;
        out.emplace_back(name, is_array ? value : escape_parameter(value));
    }
    return out;
}

}  // namespace

std::string Client::target(const Values& values, const Values& settings) const {
    std::string out = "/?";
    append_parameter(out, "database", options_.database);
    for (const auto& [name, value] : settings) append_parameter(out, name, value);
    for (const auto& [name, value] : values) {
        append_parameter(out, "param_" + name, value);
    }
    return out;
}

base::Result<void> Client::send(std::string target, std::vector<std::string_view> body,
                                std::uint64_t answer_bytes_max, const Sink& sink,
                                const std::string& content_type) {
    base::HttpClientRequest request;
    request.method = "POST";
    if (!content_type.empty()) request.headers.emplace_back("Content-Type", content_type);
    request.target = std::move(target);
    request.body = std::move(body);
    std::string error_text;
    std::uint64_t bytes = 0;
    const auto take = [&](const base::HttpResponseHead& head,
                          std::string_view piece) -> base::Result<void> {
        if (head.status != 200) {
            error_text.append(piece.substr(0, kErrorTextBytesMax - error_text.size()));
            return {};
        }
        bytes += piece.size();
        if (bytes > answer_bytes_max) {
            return base::fail(
                ErrorCode::limit,
                "the answer is longer than " + std::to_string(answer_bytes_max) + " bytes", {},
                "ask for fewer rows or columns");
        }
        // Kept for the case that the rows break off: the error's text is then at their end.
        error_text.assign(piece.substr(piece.size() - std::min(piece.size(), kErrorTextBytesMax)));
        return sink(piece);
    };
    auto head = http_.send(request, take);
    if (head && head->status == 200) return {};
    if (head) return tl::unexpected(store_error(error_text, options_.endpoint.text()));
    static constexpr std::string_view kBrokenMark = "\n__exception__\n";
    if (const std::size_t at = error_text.rfind(kBrokenMark); at != std::string::npos) {
        return tl::unexpected(
            store_error(std::string_view(error_text).substr(at + kBrokenMark.size()),
                        options_.endpoint.text()));
    }
    return tl::unexpected(std::move(head).error());
}

base::Result<void> Client::stream(std::string_view sql, const Values& values,
                                  const QueryOptions& options, const Sink& sink) {
    std::size_t value_bytes = 0;
    for (const auto& [name, value] : values) value_bytes += value.size();
    const bool is_form = value_bytes > kTargetValuesBytesMax;
    const Values params = written(sql, values);
    std::string address = target(is_form ? Values() : params, options.settings);
    append_parameter(address, "default_format", options.format);
    append_parameter(address, "readonly", "1");
    if (!is_form) return send(std::move(address), {sql}, options.answer_bytes_max, sink);
    const Form form(sql, params);
    return send(std::move(address), {form.body()}, options.answer_bytes_max, sink,
                form.content_type());
}

base::Result<std::string> Client::query(std::string_view sql, const Values& values,
                                        const QueryOptions& options) {
    std::string out;
    const auto gather = [&](const QueryOptions& with) {
        out.clear();
        return stream(sql, values, with, [&out](std::string_view piece) {
            out.append(piece);
            return base::Result<void>();
        });
    };
    auto done = gather(options);
    if (!done && exception_code(done.error()) == kMemoryLimitExceeded) {
        QueryOptions frugal = options;
        frugal.settings.emplace_back("max_block_size", std::to_string(kFrugalBlockRows));
        frugal.settings.emplace_back("max_threads", "1");
        done = gather(frugal);
    }
    if (!done) return tl::unexpected(std::move(done).error());
    return out;
}

base::Result<void> Client::execute(std::string_view sql, const Values& values,
                                   const Values& settings) {
    return send(target(written(sql, values), settings), {sql}, kErrorTextBytesMax,
                [](std::string_view) { return base::Result<void>(); });
}

base::Result<void> Client::execute_without_database(std::string_view sql) {
    return send("/?", {sql}, kErrorTextBytesMax,
                [](std::string_view) { return base::Result<void>(); });
}

base::Result<void> Client::insert(std::string_view table, std::string_view format,
                                  std::vector<std::string_view> body, const Values& settings) {
    std::string address = target({}, settings);
    append_parameter(address, "query",
                     "INSERT INTO " + quote_identifier(table) + " FORMAT " + std::string(format));
    return send(std::move(address), std::move(body), kErrorTextBytesMax,
                [](std::string_view) { return base::Result<void>(); });
}

base::Result<void> Client::ping() {
    base::HttpClientRequest request;
    request.target = "/ping";
    VD_TRY(const base::HttpClientResponse response, http_.send(request));
    if (response.head.status == 200) return {};
    return base::fail(ErrorCode::unavailable, "the store does not answer its ping",
                      options_.endpoint.text());
}

}  // namespace vedette::store
