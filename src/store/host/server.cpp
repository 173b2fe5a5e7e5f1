// SPDX-License-Identifier: Apache-2.0
#include "store/host/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <condition_variable>
#include <cstring>
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

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::uint32_t kHeadBytesMax = 512u << 10;  // values of a short search travel in it

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
    void refuse(int status) { (void)head(status, {}, 0); }
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

/// What one connection keeps from request to request: fresh pages for 30 MB of rows cost as much as
/// parsing them.
struct ConnectionMemory {
    boost::beast::flat_buffer buffer;
    std::string body;  // at least as long as the body in it
};

using Head = http::request_parser<http::empty_body>;

/// Reads a body of known size straight into its place: through the parser it would come in pieces
/// of 512 bytes.
base::Result<std::string_view> read_counted_body(Socket& socket, std::uint64_t size,
                                                 ConnectionMemory& memory) {
    if (memory.body.size() < size) memory.body.resize(size);
    const std::size_t early = std::min<std::uint64_t>(size, memory.buffer.size());
    std::memcpy(memory.body.data(), memory.buffer.data().data(), early);
    memory.buffer.consume(early);
    boost::system::error_code code;
    asio::read(socket, asio::buffer(memory.body.data() + early, size - early), code);
    VD_TRY_DO(sent(code));
    return std::string_view(memory.body).substr(0, size);
}

base::Result<std::string_view> read_chunked_body(Socket& socket, Head&& head,
                                                 ConnectionMemory& memory) {
    http::request_parser<http::string_body> parser{std::move(head)};
    parser.body_limit(kBodyBytesMax);
    boost::system::error_code code;
    http::read(socket, memory.buffer, parser, code);
    VD_TRY_DO(sent(code));
    memory.body = std::move(parser.get().body());
    return std::string_view(memory.body);
}

base::Result<std::string_view> read_body(Socket& socket, Head&& head, ConnectionMemory& memory) {
    if (head.get()[http::field::expect] == "100-continue") {
        static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
        boost::system::error_code code;
        asio::write(socket, asio::buffer(kGoOn.data(), kGoOn.size()), code);
        VD_TRY_DO(sent(code));
    }
    if (head.chunked()) return read_chunked_body(socket, std::move(head), memory);
    return read_counted_body(socket, head.content_length().value_or(0), memory);
}

/// Reads one request and has it answered. False when the connection is over.
bool serve_one(Socket& socket, ConnectionMemory& memory, const Service& service) {
    Head head;
    head.header_limit(kHeadBytesMax);
    head.body_limit(kBodyBytesMax);
    boost::system::error_code code;
    http::read_header(socket, memory.buffer, head, code);
    if (code == http::error::body_limit || code == http::error::header_limit) {
        SocketAnswer(socket, false).refuse(413);
    }
    if (code) return false;
    const bool keeps_alive = head.keep_alive();
    ServiceRequest request;
    request.method = std::string(head.get().method_string());
    const std::string target(head.get().target());
    request.path = target.substr(0, target.find('?'));
    request.parameters = parse_url_query(target);
    request.content_type = std::string(head.get()[http::field::content_type]);
    const auto body = read_body(socket, std::move(head), memory);
    if (!body) return false;
    request.body = *body;
    SocketAnswer answer(socket, keeps_alive);
    return service.handle(request, answer).has_value() && answer.keeps_alive();
}

}  // namespace

struct SocketServer::Impl {
    explicit Impl(const Service& service_in) : service(service_in) {}

    void serve(std::uint64_t number, const std::shared_ptr<Socket>& socket) {
        ConnectionMemory memory;
        memory.buffer.reserve(kReadBytes);
        while (!is_stopping() && serve_one(*socket, memory, service)) {
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
