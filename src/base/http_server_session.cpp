// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>

#include "base/check.h"
#include "base/http_server_core.h"
#include "base/http_server_listen.h"

namespace vedette::base::http_detail {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCodeAsio = boost::system::error_code;
using PlainStream = beast::basic_stream<asio::generic::stream_protocol>;
using TlsStream = asio::ssl::stream<PlainStream>;
using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

template <typename Executor, typename Function>
void Core::post_if_running(const Executor& executor, Function function) {
    const std::lock_guard lock(mutex);
    if (!stopped) asio::post(executor, std::move(function));
}

namespace {

/// What we read on after our last answer, so that a sender in the middle of a body sees the answer
/// and not a reset connection.
constexpr std::size_t kLingerBytesMax = 16u << 20;
constexpr milliseconds kLingerTime(2'000);
/// Read buffer while a body comes in; a small one makes a system call for every few hundred bytes.
constexpr std::size_t kReadBufferBytes = 64u << 10;
constexpr std::size_t kFirstReadBytes = 4'096;
/// The slowest reader of an answer we wait for.
constexpr std::size_t kWriteBytesPerMs = 100;

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    for (const char c : value) out.push_back(c == '\r' || c == '\n' ? ' ' : c);
    out.append("\r\n");
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string head_text(const HttpResponse& response, bool is_keep_alive) {
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    const auto reason = http::obsolete_reason(
        http::int_to_status(static_cast<unsigned>(std::clamp(response.status, 100, 599))));
    out.append(reason.data(), reason.size()).append("\r\n");
    for (const auto& [name, value] : response.headers) append_header(out, name, value);
    if (has_body(response.status)) {
        if (!response.body.empty()) append_header(out, "Content-Type", response.content_type);
        append_header(out, "Content-Length", std::to_string(response.body.size()));
    }
    append_header(out, "Connection", is_keep_alive ? "keep-alive" : "close");
    return out.append("\r\n");
}

HttpResponse error_response(int status, std::string_view text) {
    std::string body = R"({"error":")";
    body.append(text).append(R"(","status":)").append(std::to_string(status)).append("}");
    HttpResponse response{status, std::move(body)};
    response.is_last = true;
    return response;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// The responder's way to its connection, which it keeps alive until the answer.
class Target final : public HttpResponder::Target {
  public:
    explicit Target(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
    ~Target() override {
        if (!is_answered_) connection_->answer(error_response(500, "nobody answered"));
    }
    void answer(HttpResponse response) override {
        VD_CHECK(!is_answered_.exchange(true));
        connection_->answer(std::move(response));
    }

  private:
    std::shared_ptr<Connection> connection_;
    std::atomic<bool> is_answered_{false};
};

/// One connection: read a header, ask whether it may go on, read the body, hand over, answer,
/// again. Everything runs on the stream's strand; a step that fails ends the connection.
template <typename Stream>
class Session final : public Connection {
  public:
    template <typename... StreamArguments>
    Session(std::shared_ptr<Core> core, int fd, Welcome welcome, StreamArguments&&... arguments)
        : core_(std::move(core)),
          peer_(peer_address(fd)),
          welcome_(welcome),
          stream_(std::forward<StreamArguments>(arguments)...),
          queue_timer_(stream_.get_executor()) {}

    void start() override {
        asio::post(stream_.get_executor(), [this, self = this->shared_from_this()] {
            if (welcome_ == Welcome::refuse) {
                write(error_response(503, "too many connections"));
            } else if constexpr (kIsTls) {
                expire_ms(core_->settings.handshake_timeout_ms);
                stream_.async_handshake(asio::ssl::stream_base::server,
                                        [this, self](const ErrorCodeAsio& error) {
                                            if (error) return end(error);
                                            wait_for_request();
                                        });
            } else {
                wait_for_request();
            }
        });
    }

    void finish_soon() override {
        core_->post_if_running(stream_.get_executor(), [this, self = this->shared_from_this()] {
            if (step_ == Step::idle) abort_now();
        });
    }

    void abort() override {
        core_->post_if_running(stream_.get_executor(),
                               [this, self = this->shared_from_this()] { abort_now(); });
    }

    void answer(HttpResponse response) override {
        core_->post_if_running(stream_.get_executor(), [this, self = this->shared_from_this(),
                                                        response = std::move(response)]() mutable {
            if (step_ != Step::answering) return;  // the connection was cut meanwhile
            give_back_permit();
            write(std::move(response));
        });
    }

  private:
    static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;
    enum class Step { idle, reading, queued, answering, writing, closing, closed };

    PlainStream& lowest() {
        if constexpr (kIsTls) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }
    void expire_ms(int ms) { lowest().expires_after(milliseconds(ms)); }

    void wait_for_request() {
        step_ = Step::idle;
        if (core_->is_stopping()) return abort_now();
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(core_->settings.header_bytes_max));
        parser_->body_limit(core_->settings.body_bytes_max);
        if (buffer_.size() > 0) return read_header();  // pipelined
        buffer_.shrink_to_fit();                       // an idle connection should cost little
        expire_ms(core_->settings.idle_timeout_ms);
        stream_.async_read_some(
            buffer_.prepare(kFirstReadBytes),
            [this, self = this->shared_from_this()](const ErrorCodeAsio& error, std::size_t size) {
                if (error) return end(error);
                buffer_.commit(size);
                read_header();
            });
    }

    void read_header() {
        step_ = Step::reading;
        expire_ms(core_->settings.header_timeout_ms);
        http::async_read_header(
            stream_, buffer_, *parser_,
            [this, self = this->shared_from_this()](const ErrorCodeAsio& error, std::size_t) {
                if (error) return refuse_malformed(error);
                on_header();
            });
    }

    void on_header() {
        const auto& message = parser_->get();
        is_keep_alive_ = message.keep_alive();
        is_head_ = message.method() == http::verb::head;
        request_ = HttpRequest{};
        request_.method = std::string(message.method_string());
        const std::string_view target(message.target().data(), message.target().size());
        const std::size_t question = target.find('?');
        request_.path = target.substr(0, question);
        if (question != std::string_view::npos) request_.query = target.substr(question + 1);
        for (const auto& field : message) {
            request_.headers.emplace_back(
                lower({field.name_string().data(), field.name_string().size()}),
                std::string(field.value().data(), field.value().size()));
        }
        request_.peer = peer_;
        request_.is_encrypted = kIsTls;
        if (core_->handlers.refuse) {
            if (auto refusal = core_->handlers.refuse(request_)) return refuse(std::move(*refusal));
        }
        const std::string expect = lower(request_.header("expect"));
        if (!expect.empty() && expect != "100-continue") {
            return refuse(error_response(417, "only 100-continue is understood"));
        }
        must_continue_ = !expect.empty() && message.version() >= 11;
        ask_for_room();
    }

    void ask_for_room() {
        step_ = Step::queued;
        // Nobody knows how long a chunked body gets: it may need all that is allowed.
        const auto length = parser_->content_length();
        permit_bytes_ = parser_->chunked() ? core_->settings.body_bytes_max
                                           : static_cast<std::size_t>(length.value_or(0));
        lowest().expires_never();
        queue_timer_.expires_after(milliseconds(core_->settings.queue_wait_ms));
        queue_timer_.async_wait(
            [this, self = this->shared_from_this()](const ErrorCodeAsio& error) {
                if (error || step_ != Step::queued || !core_->admission.cancel(ticket_)) return;
                HttpResponse response = error_response(503, "too many requests at once");
                response.headers.emplace_back("Retry-After", "5");
                refuse(std::move(response));
            });
        ticket_ = core_->admission.ask(permit_bytes_, [this, self = this->shared_from_this()] {
            asio::post(stream_.get_executor(), [this, self] { on_room(); });
        });
    }

    void on_room() {
        has_permit_ = true;
        queue_timer_.cancel();
        if (step_ != Step::queued) return give_back_permit();  // cut meanwhile
        step_ = Step::reading;
        body_deadline_ =
            std::chrono::steady_clock::now() + milliseconds(core_->settings.body_timeout_ms);
        if (parser_->is_done()) return handle();
        buffer_.reserve(kReadBufferBytes);
        if (!must_continue_ || buffer_.size() > 0) return read_body();
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        expire_ms(core_->settings.write_timeout_ms);
        asio::async_write(
            stream_, asio::buffer(kContinue.data(), kContinue.size()),
            [this, self = this->shared_from_this()](const ErrorCodeAsio& error, std::size_t) {
                if (error) return end(error);
                read_body();
            });
    }

    void read_body() {
        lowest().expires_at(std::min(
            body_deadline_,
            std::chrono::steady_clock::now() + milliseconds(core_->settings.read_timeout_ms)));
        http::async_read_some(
            stream_, buffer_, *parser_,
            [this, self = this->shared_from_this()](const ErrorCodeAsio& error, std::size_t) {
                if (error) return refuse_malformed(error);
                if (!parser_->is_done()) return read_body();
                handle();
            });
    }

    void handle() {
        step_ = Step::answering;
        lowest().expires_never();
        request_.body = std::move(parser_->get().body());
        // A chunked body asked for the most it might be.
        const std::size_t unused = permit_bytes_ - std::min(permit_bytes_, request_.body.size());
        permit_bytes_ -= unused;
        if (unused > 0) core_->admission.give_back(0, unused);
        core_->counters.requests.fetch_add(1, std::memory_order_relaxed);
        core_->counters.body_bytes.fetch_add(request_.body.size(), std::memory_order_relaxed);
        core_->handlers.handle(std::exchange(request_, HttpRequest{}),
                               HttpResponder(std::make_shared<Target>(this->shared_from_this())));
    }

    void give_back_permit() {
        if (!std::exchange(has_permit_, false)) return;
        core_->admission.give_back(1, permit_bytes_);
    }

    /// An answer before the body was read: nothing sensible can follow on this connection.
    void refuse(HttpResponse response) {
        give_back_permit();
        if (!parser_->is_done()) response.is_last = true;
        write(std::move(response));
    }

    void refuse_malformed(const ErrorCodeAsio& error) {
        if (step_ == Step::closed) return;
        if (error.category() != ErrorCodeAsio(http::error::end_of_stream).category() ||
            error == http::error::end_of_stream || error == http::error::partial_message) {
            return end(error);
        }
        core_->counters.requests_bad.fetch_add(1, std::memory_order_relaxed);
        is_keep_alive_ = false;
        if (error == http::error::header_limit || error == http::error::buffer_overflow) {
            return refuse(error_response(431, "the header is too large"));
        }
        if (error == http::error::body_limit) {
            return refuse(error_response(413, "the body is too large"));
        }
        refuse(error_response(400, "not a valid request: " + error.message()));
    }

    void write(HttpResponse response) {
        step_ = Step::writing;
        is_keep_alive_ = is_keep_alive_ && !response.is_last && !core_->is_stopping();
        head_ = head_text(response, is_keep_alive_);
        answer_ = is_head_ || !has_body(response.status) ? std::string() : std::move(response.body);
        expire_ms(
            core_->settings.write_timeout_ms +
            static_cast<int>(std::min<std::size_t>(answer_.size() / kWriteBytesPerMs, 600'000)));
        asio::async_write(
            stream_, std::array{asio::buffer(head_), asio::buffer(answer_)},
            [this, self = this->shared_from_this()](const ErrorCodeAsio& error, std::size_t) {
                if (error) return end(error);
                std::string().swap(answer_);
                if (is_keep_alive_) return wait_for_request();
                close_politely();
            });
    }

    void close_politely() {
        step_ = Step::closing;
        lowest().expires_after(kLingerTime);
        if constexpr (kIsTls) {
            // Closing TLS with unread data resets the connection: let a body run out first.
            if (parser_ && parser_->is_done()) {
                stream_.async_shutdown(
                    [this, self = this->shared_from_this()](const ErrorCodeAsio&) { abort_now(); });
                return;
            }
        } else {
            ErrorCodeAsio ignored;
            stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
        }
        buffer_.clear();
        buffer_.reserve(kReadBufferBytes);
        linger(0);
    }

    void linger(std::size_t read_bytes) {
        if (read_bytes > kLingerBytesMax) return abort_now();
        stream_.async_read_some(buffer_.prepare(kReadBufferBytes / 2),
                                [this, read_bytes, self = this->shared_from_this()](
                                    const ErrorCodeAsio& error, std::size_t size) {
                                    if (error) return abort_now();
                                    linger(read_bytes + size);
                                });
    }

    void end(const ErrorCodeAsio& error) {
        if (error == beast::error::timeout && step_ != Step::closed) {
            core_->counters.timeouts.fetch_add(1, std::memory_order_relaxed);
        }
        abort_now();
    }

    void abort_now() {
        if (step_ == Step::closed) return;
        if (step_ == Step::queued && core_->admission.cancel(ticket_)) permit_bytes_ = 0;
        step_ = Step::closed;
        give_back_permit();
        queue_timer_.cancel();
        lowest().close();
        core_->remove(this->shared_from_this());
    }

    const std::shared_ptr<Core> core_;  // first, so that it goes last: the stream needs its io
    const std::string peer_;
    const Welcome welcome_;
    Stream stream_;
    asio::steady_timer queue_timer_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    HttpRequest request_;
    std::string head_, answer_;
    Step step_ = Step::reading;
    bool is_keep_alive_ = false, is_head_ = false, must_continue_ = false;
    bool has_permit_ = false;
    std::uint64_t ticket_ = 0;
    std::size_t permit_bytes_ = 0;
    SteadyTime body_deadline_;
};

}  // namespace

std::shared_ptr<Connection> make_connection(std::shared_ptr<Core> core, int family, int fd,
                                            Welcome welcome) {
    asio::generic::stream_protocol::socket socket(asio::make_strand(core->io),
                                                  {family, SOCK_STREAM}, fd);
    if (core->tls) {
        auto& tls = *core->tls;
        return std::make_shared<Session<TlsStream>>(std::move(core), fd, welcome, std::move(socket),
                                                    tls);
    }
    return std::make_shared<Session<PlainStream>>(std::move(core), fd, welcome, std::move(socket));
}

}  // namespace vedette::base::http_detail
