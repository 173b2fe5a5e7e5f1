// SPDX-License-Identifier: Apache-2.0
#include "store/host/service.h"

#include <algorithm>
#include <optional>

#include "store/host/form_body.h"
#include "store/host/limits.h"
#include "store/host/statement.h"

namespace vedette::store::host {

namespace {

constexpr std::string_view kParamPrefix = "param_";
constexpr std::string_view kTextType = "text/plain; charset=UTF-8";

/// Parameters of the request that are neither values nor settings.
bool is_protocol_word(std::string_view name) {
    static constexpr std::string_view kWords[] = {
        "query",    "database",    "default_format",    "query_id",
        "user",     "password",    "quota_key",         "session_id",
        "readonly", "buffer_size", "wait_end_of_query", "send_progress_in_http_headers",
        "compress", "decompress"};
    return std::find(std::begin(kWords), std::end(kWords), name) != std::end(kWords);
}

std::string_view value_of(const NamedValues& parameters, std::string_view name) {
    for (const auto& [key, value] : parameters) {
        if (key == name) return value;
    }
    return {};
}

/// ClickHouse's statuses for the errors that callers tell apart; all others are 500.
int status_of(int code) {
    switch (code) {
        case 516:  // AUTHENTICATION_FAILED
            return 401;
        case 164:  // READONLY
        case 497:  // ACCESS_DENIED
            return 403;
        case 60:   // UNKNOWN_TABLE
        case 81:   // UNKNOWN_DATABASE
        case 46:   // UNKNOWN_FUNCTION
        case 47:   // UNKNOWN_IDENTIFIER
        case 115:  // UNKNOWN_SETTING
            return 404;
        case 62:   // SYNTAX_ERROR
        case 53:   // TYPE_MISMATCH
        case 117:  // INCORRECT_DATA
        case 456:  // UNKNOWN_QUERY_PARAMETER
        case 457:  // BAD_QUERY_PARAMETER
            return 400;
        default: return 500;
    }
}

base::Result<void> answer_text(ServiceAnswer& answer, int status, std::string_view text,
                               NamedValues headers = {}) {
    headers.emplace_back("Content-Type", kTextType);
    VD_TRY_DO(answer.head(status, headers, static_cast<std::int64_t>(text.size())));
    VD_TRY_DO(answer.piece(text));
    return answer.end();
}

base::Result<void> answer_error(ServiceAnswer& answer, std::string_view text) {
    const int code = exception_code(text);
    return answer_text(answer, status_of(code), std::string(text) + "\n",
                       {{"X-ClickHouse-Exception-Code", std::to_string(code)}});
}

NamedValues headers_for(std::string_view format) {
    const bool is_json = format.starts_with("JSON");
    const bool is_text = is_json || format.starts_with("T") || format.starts_with("CSV");
    return {{"Content-Type", std::string(is_json   ? "application/json; charset=UTF-8"
                                         : is_text ? kTextType
                                                   : "application/octet-stream")},
            {"X-ClickHouse-Format", std::string(format)},
            {"X-ClickHouse-Server-Display-Name", "vedette"}};
}

std::string summary(const Progress& progress) {
    const auto entry = [](std::string_view name, std::uint64_t value) {
        return "\"" + std::string(name) + "\":\"" + std::to_string(value) + "\"";
    };
    return "{" + entry("read_rows", progress.rows_read) + "," +
           entry("read_bytes", progress.bytes_read) + "," +
           entry("written_rows", progress.rows_written) + "," +
           entry("written_bytes", progress.bytes_written) + "}";
}

bool is_reading(const ServiceRequest& request) {
    const std::string_view wanted = value_of(request.parameters, "readonly");
    return request.method == "GET" || (!wanted.empty() && wanted != "0");
}

/// The settings of one request, in the order in which they must be made: ours, which bound it, then
/// the caller's, then those that the caller may not change.
NamedValues settings_for(const ServiceRequest& request, const EngineOptions& options) {
    const bool is_read = is_reading(request);
    // Half of the memory for one search leaves the other half to the writers.
    const std::uint64_t memory = is_read ? options.memory_bytes_max / 2 : options.memory_bytes_max;
    NamedValues out = {
        {"max_threads", std::to_string(options.threads_max)},
        {"max_memory_usage", std::to_string(memory)},
        {"max_execution_time", std::to_string(is_read ? kReadSecondsDefault : 0)},
        {"async_insert", "0"},
        {"input_format_parallel_parsing", "0"},
    };
    for (const auto& [name, value] : request.parameters) {
        if (name.starts_with(kParamPrefix) || is_protocol_word(name)) continue;
        const auto same = [&name = name](const auto& entry) { return entry.first == name; };
        out.erase(std::remove_if(out.begin(), out.end(), same), out.end());
        out.emplace_back(name, value);
    }
    if (is_read) out.emplace_back("readonly", "1");
    return out;
}

NamedValues values_of(const ServiceRequest& request) {
    NamedValues out;
    for (const auto& [name, value] : request.parameters) {
        if (name.starts_with(kParamPrefix))
            out.emplace_back(name.substr(kParamPrefix.size()), value);
    }
    return out;
}

/// Sends the head with the first piece, so that a statement that fails at once gets its own status.
class LazyAnswer {
  public:
    LazyAnswer(ServiceAnswer& answer, std::string_view format) : answer_(answer), format_(format) {}

    base::Result<void> piece(std::string_view bytes) {
        if (!has_head_) VD_TRY_DO(answer_.head(200, headers_for(format_), -1));
        has_head_ = true;
        auto sent = answer_.piece(bytes);
        is_broken_ = !sent;
        return sent;
    }

    base::Result<void> finish(const base::Result<Progress>& result) {
        if (result && !has_head_) {
            NamedValues headers = headers_for(format_);
            headers.emplace_back("X-ClickHouse-Summary", summary(*result));
            VD_TRY_DO(answer_.head(200, headers, 0));
        }
        if (result) return answer_.end();
        if (!has_head_) return answer_error(answer_, result.error().text);
        // As a ClickHouse server does: the error's text goes behind the rows, the end never comes.
        if (!is_broken_) (void)answer_.piece("\n__exception__\n" + result.error().text + "\n");
        answer_.abort();
        return {};
    }

  private:
    ServiceAnswer& answer_;
    std::string format_;
    bool has_head_ = false;
    bool is_broken_ = false;
};

}  // namespace

base::Result<void> Service::run(const ServiceRequest& request, ServiceAnswer& answer) const {
    const std::string_view in_url = value_of(request.parameters, "query");
    const bool has_text_in_url = !in_url.empty();
    const std::string_view text = has_text_in_url ? in_url : request.body;
    const Statement statement = split_statement(text);
    if (statement.sql.size() > kStatementBytesMax) {
        return answer_error(answer,
                            "Code: 62. DB::Exception: Max query size exceeded. (SYNTAX_ERROR)");
    }
    std::string_view format = statement.format;
    if (format.empty()) format = value_of(request.parameters, "default_format");
    if (format.empty()) format = "TabSeparated";

    auto session = engine_.session();
    if (!session) return answer_error(answer, "Code: 202. DB::Exception: " + session.error().text);
    if (const std::string_view database = value_of(request.parameters, "database");
        !database.empty()) {
        if (auto made = session->use(database); !made)
            return answer_error(answer, made.error().text);
    }
    if (auto made = session->set(settings_for(request, options_)); !made) {
        return answer_error(answer, made.error().text);
    }
    if (is_reading(request) && !session->may_read_only(text)) {
        return answer_error(answer,
                            "Code: 164. DB::Exception: Only one statement that reads is allowed in "
                            "readonly mode. (READONLY)");
    }
    LazyAnswer lazy(answer, format);
    const AnswerSink sink = [&lazy](std::string_view bytes) { return lazy.piece(bytes); };
    if (statement.kind == StatementKind::insert_rows) {
        const std::string_view rows = has_text_in_url ? request.body : statement.inline_rows;
        return lazy.finish(session->insert(statement.sql, format, rows));
    }
    const bool is_stream = statement.kind == StatementKind::select && is_streamable_format(format);
    const NamedValues values = values_of(request);
    return lazy.finish(is_stream ? session->stream(statement.sql, format, values, sink)
                                 : session->query(statement.sql, format, values, sink));
}

base::Result<void> Service::handle(const ServiceRequest& request, ServiceAnswer& answer) const {
    if (request.path == "/ping") return answer_text(answer, 200, "Ok.\n");
    if (request.path != "/")
        return answer_text(answer, 404, "There is no handle " + request.path + "\n");
    if (request.method != "GET" && request.method != "POST") {
        return answer_text(answer, 405, "only GET and POST\n");
    }
    if (!is_form(request.content_type)) return run(request, answer);
    auto fields = parse_form(request.content_type, request.body);
    if (!fields) {
        return answer_error(answer,
                            "Code: 1000. DB::Exception: " + fields.error().text + ". (HTML_FORM)");
    }
    ServiceRequest with_fields = request;
    with_fields.body = {};
    for (auto& field : *fields) with_fields.parameters.push_back(std::move(field));
    return run(with_fields, answer);
}

}  // namespace vedette::store::host
