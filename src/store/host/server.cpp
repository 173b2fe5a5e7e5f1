// SPDX-License-Identifier: Apache-2.0
#include "store/host/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "store/host/limits.h"
#include "store/host/url_query.h"

namespace vedette::store::host {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Protocol = asio::local::stream_protocol;
using Socket = Protocol::socket;

constexpr std::uint32_t kHeadBytesMax = 512u << 10;  // values of a search travel in the target

base::Result<void> sent(const boost::system::error_code& code) {
    if (!code) return {};
    return base::fail(base::ErrorCode::unavailable, "the client went away: " + code.message());
}

/// Writes one answer to the socket.
class SocketAnswer final : public ServiceAnswer {
  public:
    SocketAnswer(Socket& socket, bool keeps_alive) : socket_(socket), keeps_alive_(keeps_alive) {}

    base::Result<void> head(int status, const NamedValues& headers,
                            std::int64_t size_bytes) override {
        is_chunked_ = size_bytes < 0;
        http::response<http::empty_body> message{static_cast<http::status>(status), 11};
        for (const auto& [name, value] : headers) message.set(name, one_line(value));
        message.keep_alive(keeps_alive_);
        if (is_chunked_) {
            message.chunked(true);
        } else {
            message.content_length(static_cast<std::uint64_t>(size_bytes));
        }
        http::response_serializer<http::empty_body> serializer{message};
        boost::system::error_code code;
        http::write_header(socket_, serializer, code);
        return sent(code);
    }

    base::Result<void> piece(std::string_view bytes) override {
        if (bytes.empty()) return {};
        boost::system::error_code code;
        if (is_chunked_) {
            asio::write(socket_, http::make_chunk(asio::buffer(bytes.data(), bytes.size())), code);
        } else {
            asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), code);
        }
        return sent(code);
    }

    base::Result<void> end() override {
        if (!is_chunked_) return {};
        boost::system::error_code code;
        asio::write(socket_, http::make_chunk_last(), code);
        return sent(code);
    }

    void abort() override { keeps_alive_ = false; }
    bool keeps_alive() const { return keeps_alive_; }

  private:
    static std::string one_line(std::string text) {
        for (char& c : text) {
            if (c == '\r' || c == '\n') c = ' ';
        }
        return text;
    }

    Socket& socket_;
    bool keeps_alive_;
    bool is_chunked_ = false;
};

/// Reads one request and has it answered. False when the connection is over.
bool serve_one(Socket& socket, boost::beast::flat_buffer& buffer, const Service& service) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kBodyBytesMax);
    parser.header_limit(kHeadBytesMax);
    boost::system::error_code code;
    http::read(socket, buffer, parser, code);
    if (code) {
        if (code == http::error::body_limit || code == http::error::header_limit) {
            SocketAnswer answer(socket, false);
            (void)answer.head(413, {}, 0);
        }
        return false;
    }
    const auto& message = parser.get();
    ServiceRequest request;
    request.method = std::string(message.method_string());
    request.body = message.body();
    const std::string_view target(message.target().data(), message.target().size());
    request.path = std::string(target.substr(0, target.find('?')));
    request.parameters = parse_url_query(target);
    SocketAnswer answer(socket, message.keep_alive());
    return service.handle(request, answer).has_value() && answer.keeps_alive();
}

}  // namespace

struct SocketServer::Impl {
    explicit Impl(const Service& service_in) : service(service_in) {}

    void serve(std::uint64_t number, std::shared_ptr<Socket> socket) {
        boost::beast::flat_buffer buffer;
        while (!is_stopping() && serve_one(*socket, buffer, service)) {
        }
        const std::lock_guard lock(mutex);
        sockets.erase(number);
        changed.notify_all();
    }

    bool is_stopping() {
        const std::lock_guard lock(mutex);
        return is_stopped;
    }

    void take(Socket accepted) {
        auto socket = std::make_shared<Socket>(std::move(accepted));
        const std::lock_guard lock(mutex);
        if (is_stopped || sockets.size() >= kConnectionsMax) return;  // closes it
        const std::uint64_t number = next_number++;
        sockets.emplace(number, socket);
        std::thread([this, number, socket] { serve(number, socket); }).detach();
    }

    const Service& service;
    asio::io_context context;
    Protocol::acceptor acceptor{context};
    std::string path;
    std::mutex mutex;
    std::condition_variable changed;
    bool is_stopped = false;
    std::uint64_t next_number = 0;
    std::map<std::uint64_t, std::shared_ptr<Socket>> sockets;
};

SocketServer::SocketServer(const Service& service) : impl_(std::make_unique<Impl>(service)) {}

SocketServer::~SocketServer() = default;

base::Result<void> SocketServer::listen(const std::string& socket_path) {
    ::unlink(socket_path.c_str());
    boost::system::error_code code;
    if (socket_path.size() >= 108) {
        return base::fail(base::ErrorCode::bad_input,
                          "the path of the socket is longer than 107 bytes", socket_path,
                          "use a shorter data directory");
    }
    impl_->acceptor.open(Protocol(), code);
    const mode_t old_mask = ::umask(0177);
    if (!code) impl_->acceptor.bind(Protocol::endpoint(socket_path), code);
    ::umask(old_mask);
    if (!code) impl_->acceptor.listen(kConnectionsMax, code);
    if (code)
        return base::fail(base::ErrorCode::io, "cannot listen: " + code.message(), socket_path);
    impl_->path = socket_path;
    return {};
}

bool SocketServer::run() {
    for (;;) {
        boost::system::error_code code;
        Socket socket(impl_->context);
        impl_->acceptor.accept(socket, code);
        if (impl_->is_stopping()) break;
        if (code) {  // out of descriptors: the peers that hold them will go on
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            continue;
        }
        impl_->take(std::move(socket));
    }
    ::unlink(impl_->path.c_str());
    std::unique_lock lock(impl_->mutex);
    for (auto& [number, socket] : impl_->sockets) {
        // Who waits for a request sees the end; an answer on its way still goes out.
        ::shutdown(socket->native_handle(), SHUT_RD);
    }
    return impl_->changed.wait_for(lock, std::chrono::milliseconds(kStopWaitMs),
                                   [this] { return impl_->sockets.empty(); });
}

void SocketServer::stop() {
    const std::lock_guard lock(impl_->mutex);
    impl_->is_stopped = true;
    ::shutdown(impl_->acceptor.native_handle(), SHUT_RDWR);  // wakes accept()
}

}  // namespace vedette::store::host
