// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <vector>

#include "base/check.h"
#include "source/limits.h"
#include "source/stream_core.h"

namespace vedette::source::stream_detail {

namespace asio = boost::asio;
using AsioError = boost::system::error_code;
using PlainStream = asio::generic::stream_protocol::socket;
using TlsStream = asio::ssl::stream<PlainStream>;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

template <typename Function>
void Core::post_if_running(Function function) {
    const std::lock_guard lock(mutex);
    if (!is_stopped) asio::post(io, std::move(function));
}

namespace {

/// How exact time-outs are.
constexpr milliseconds kLookInterval(500);
/// Pause before a chunk is offered again that found no room.
constexpr milliseconds kOfferAgain(50);
/// After our last answer we read on for so long, so that the peer gets it and not a reset.
constexpr milliseconds kLingerTime(2'000);
/// At a stop we read what the kernel has, of a sender that goes on for no longer than this.
constexpr milliseconds kDrainTime(1'000);
/// Answers that the peer has not taken; then we read nothing more.
constexpr std::size_t kUnsentBytesMax = 64u << 10;

/// One connection. Everything runs on the listener's one thread; after each piece of news pump()
/// does what can be done now.
template <typename Stream>
class Session final : public Connection {
  public:
    template <typename... StreamArguments>
    Session(std::shared_ptr<Core> core, std::string peer, StreamArguments&&... arguments)
        : core_(std::move(core)),
          peer_(std::move(peer)),
          stream_(std::forward<StreamArguments>(arguments)...),
          look_timer_(core_->io),
          offer_timer_(core_->io),
          protocol_(core_->make_protocol()),
          must_peek_(!kIsTls && !protocol_->has_answers()),
          buffer_(must_peek_ ? core_->settings.waiting_bytes_max : kReadBytes),
          last_read_(Steady::now()) {}

    const std::string& peer() const override { return peer_; }

    void start() override {
        asio::post(core_->io, [this, self = this->shared_from_this()] {
            look_again();
            if constexpr (kIsTls) {
                stream_.async_handshake(asio::ssl::stream_base::server,
                                        [this, self](const AsioError& error) {
                                            if (is_closed_) return;
                                            if (error) return refuse_handshake();
                                            begin();
                                        });
            } else {
                begin();
            }
        });
    }

    void finish_soon() override {
        core_->post_if_running([this, self = this->shared_from_this()] {
            if (!is_begun_) return close_now();
            if (is_stopping_) return;
            stop_reading();
            pump();
        });
    }

    void abort() override {
        core_->post_if_running([this, self = this->shared_from_this()] { close_now(); });
    }

  private:
    static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

    PlainStream& lowest() {
        if constexpr (kIsTls) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }

    void refuse_handshake() {
        core_->numbers.refused_handshake.fetch_add(1, std::memory_order_relaxed);
        close_now();
    }

    void begin() {
        is_begun_ = true;
        last_read_ = Steady::now();
        pump();
    }

    bool is_at_end() const { return is_ended_ || is_drained_ || protocol_->is_over(); }

    void pump() {
        if (is_closed_ || is_closing_) return;
        feed();
        offer_gathered();
        write();
        let_go();
        look_whether_drained();
        if (is_at_end() && rest_.empty()) {
            finish_message();
            offer_gathered();
        }
        if (must_read()) read();
        if (is_done()) close();
    }

    // A sender that gets no answers will not send again what lies in the kernel: it is read first.
    void stop_reading() {
        is_stopping_ = true;
        is_drained_ = protocol_->has_answers();
        drain_until_ = Steady::now() + kDrainTime;
        protocol_->on_stop();
    }

    void look_whether_drained() {
        if (!is_stopping_ || is_drained_ || in_flight_ || chunk_.record_count() > 0) return;
        if (!rest_.empty()) return;
        AsioError ignored;
        is_drained_ = Steady::now() > drain_until_ || lowest().available(ignored) == 0;
    }

    void feed() {
        while (!rest_.empty()) {
            if (protocol_->is_over()) rest_ = {};
            const std::size_t taken = protocol_->feed(rest_, chunk_);
            rest_.remove_prefix(taken);
            if (rest_.empty() || protocol_->is_over()) continue;
            // The protocol takes no more before the chunk is gone or its answers are.
            if (chunk_.record_count() > 0) {
                if (in_flight_) return;
                offer_gathered();
            } else {
                const std::size_t before = unsent_.size();
                gather_answers();
                if (in_flight_ || unsent_.size() >= kUnsentBytesMax) return;
                VD_CHECK(taken > 0 || unsent_.size() > before);
            }
        }
    }

    // A message that is not whole is given out, whole as it is: it may be all that will ever come.
    void finish_message() {
        if (is_finished_) return;
        const std::size_t before = chunk_.record_count();
        if (!protocol_->finish(chunk_)) {
            if (in_flight_) return;
            offer_gathered();
            VD_CHECK(protocol_->finish(chunk_));
        }
        is_finished_ = true;
        if (chunk_.record_count() > before) {
            core_->numbers.unfinished.fetch_add(1, std::memory_order_relaxed);
        }
    }

    void offer_gathered() {
        if (in_flight_ || chunk_.record_count() == 0) return;
        in_flight_ = std::make_shared<event::Chunk>(std::move(chunk_));
        chunk_ = event::Chunk();
        in_flight_->envelope.source = core_->context.name;
        in_flight_->envelope.origin = peer_;
        in_flight_->envelope.arrival = core_->context.clock.now();
        core_->formats->stamp(*in_flight_);
        core_->numbers.stage.received.fetch_add(in_flight_->record_count(),
                                                std::memory_order_relaxed);
        protocol_->on_offered();
        offer();
    }

    void offer() {
        // A copy, because the journal may fail after it took the chunk.
        const auto taken = core_->context.sink.offer(
            *in_flight_, [this, self = this->shared_from_this()](Acceptance acceptance) {
                core_->post_if_running([this, self, acceptance] { on_fate(acceptance); });
            });
        is_taken_ = taken.has_value();
        if (is_taken_) return;
        core_->numbers.waits.fetch_add(1, std::memory_order_relaxed);
        offer_again_later();
    }

    void offer_again_later() {
        if (is_closed_) return;
        offer_timer_.expires_after(kOfferAgain);
        offer_timer_.async_wait([this, self = this->shared_from_this()](const AsioError& error) {
            if (!error && !is_closed_) offer();
        });
    }

    void on_fate(Acceptance acceptance) {
        is_taken_ = false;
        if (acceptance == Acceptance::refused) {
            core_->numbers.stage.errors.fetch_add(1, std::memory_order_relaxed);
            return is_closed_ ? count_lost() : offer_again_later();
        }
        core_->numbers.stage.sent.fetch_add(in_flight_->record_count(), std::memory_order_relaxed);
        in_flight_.reset();
        if (is_closed_) return;
        protocol_->on_durable();
        pump();
    }

    void gather_answers() { unsent_ += protocol_->take_answers(); }

    void write() {
        gather_answers();
        if (is_writing_ || unsent_.empty() || is_broken_) return;
        is_writing_ = true;
        has_written_ = true;
        writing_since_ = Steady::now();
        writing_ = std::exchange(unsent_, {});
        asio::async_write(
            stream_, asio::buffer(writing_),
            [this, self = this->shared_from_this()](const AsioError& error, std::size_t) {
                is_writing_ = false;
                if (error) {
                    // Nobody hears us any more; what was read is handed over still.
                    is_broken_ = is_ended_ = true;
                    unsent_.clear();
                }
                pump();
            });
    }

    bool must_read() const {
        if (is_reading_ || is_at_end() || !rest_.empty()) return false;
        if (unsent_.size() >= kUnsentBytesMax || peeked_bytes_ > 0) return false;
        if (is_stopping_ && Steady::now() > drain_until_) return false;
        return !in_flight_ || chunk_.bytes.size() < core_->settings.waiting_bytes_max;
    }

    // Plain bytes that nobody answers stay in the kernel until their records are durable, so that
    // what a kill can lose of whole messages is what the kernel held, and not a byte of ours.
    void peek() {
        is_reading_ = true;
        lowest().async_wait(asio::socket_base::wait_read,
                            [this, self = this->shared_from_this()](const AsioError& error) {
                                is_reading_ = false;
                                if (is_closed_ || is_closing_ || is_drained_) return;
                                const ssize_t got =
                                    error ? -1
                                          : ::recv(lowest().native_handle(), buffer_.data(),
                                                   buffer_.size(), MSG_PEEK | MSG_DONTWAIT);
                                if (got < 0 && !error && (errno == EAGAIN || errno == EINTR))
                                    return peek();
                                if (got <= 0) is_ended_ = true;
                                if (got < 0) is_broken_ = true;
                                peeked_bytes_ = got > 0 ? static_cast<std::size_t>(got) : 0;
                                take_read(peeked_bytes_);
                            });
    }

    // What was peeked at and is durable by now; the beginning of a message that is not whole yet is
    // kept by the protocol.
    void let_go() {
        if (peeked_bytes_ == 0 || in_flight_ || chunk_.record_count() > 0 || !rest_.empty()) return;
        // With this flag TCP throws away without copying. What fails here shows at the next read.
        ::recv(lowest().native_handle(), nullptr, peeked_bytes_, MSG_TRUNC | MSG_DONTWAIT);
        peeked_bytes_ = 0;
    }

    void take_read(std::size_t size) {
        last_read_ = Steady::now();
        rest_ = std::string_view(buffer_.data(), size);
        core_->numbers.stage.bytes.fetch_add(size, std::memory_order_relaxed);
        pump();
    }

    void read() {
        if (must_peek_) return peek();
        is_reading_ = true;
        stream_.async_read_some(
            asio::buffer(buffer_),
            [this, self = this->shared_from_this()](const AsioError& error, std::size_t size) {
                is_reading_ = false;
                if (is_closing_) return error ? close_now() : linger();
                if (is_closed_ || is_drained_) return;
                if (error) is_ended_ = true;
                if (error && error != asio::error::eof) is_broken_ = true;
                take_read(size);
            });
    }

    bool is_done() const {
        return is_at_end() && rest_.empty() && is_finished_ && chunk_.record_count() == 0 &&
               !in_flight_ && (is_broken_ || (unsent_.empty() && !is_writing_));
    }

    void close() {
        // A peer that waits for an answer must get it; one that does not is not waited for.
        if (is_broken_ || is_ended_ || !has_written_) return close_now();
        is_closing_ = true;
        closing_since_ = Steady::now();
        if constexpr (kIsTls) {
            stream_.async_shutdown(
                [this, self = this->shared_from_this()](const AsioError&) { close_now(); });
        } else {
            AsioError ignored;
            stream_.shutdown(asio::socket_base::shutdown_send, ignored);
            linger();
        }
    }

    void linger() {
        if (is_reading_ || is_closed_) return;  // that read goes on with it
        stream_.async_read_some(asio::buffer(buffer_), [this, self = this->shared_from_this()](
                                                           const AsioError& error, std::size_t) {
            if (error) return close_now();
            linger();
        });
    }

    void close_now() {
        if (is_closed_) return;
        is_closed_ = true;
        look_timer_.cancel();
        offer_timer_.cancel();
        count_lost();
        AsioError ignored;
        lowest().close(ignored);
        core_->remove(this->shared_from_this());
    }

    // A chunk that the journal took may still become durable: it is not lost.
    void count_lost() {
        if (protocol_->has_answers()) return;
        std::uint64_t lost = chunk_.record_count();
        if (in_flight_ && !is_taken_) lost += in_flight_->record_count();
        core_->numbers.stage.dropped.fetch_add(lost, std::memory_order_relaxed);
        core_->numbers.dropped_stopping.fetch_add(lost, std::memory_order_relaxed);
    }

    void look_again() {
        look_timer_.expires_after(kLookInterval);
        look_timer_.async_wait([this, self = this->shared_from_this()](const AsioError& error) {
            if (error || is_closed_) return;
            look_at_times();
            if (!is_closed_) look_again();
        });
    }

    void look_at_times() {
        const auto now = Steady::now();
        const StreamListenerSettings& settings = core_->settings;
        const auto is_over = [&](Steady::time_point since, int timeout_ms) {
            return now - since > milliseconds(timeout_ms);
        };
        if (is_closing_) {
            if (now - closing_since_ > kLingerTime) close_now();
        } else if (!is_begun_) {
            if (is_over(last_read_, settings.handshake_timeout_ms)) time_out();
        } else if (is_writing_ && is_over(writing_since_, settings.write_timeout_ms)) {
            time_out();
        } else if (is_reading_ && !is_at_end()) {
            const int limit_ms = protocol_->has_unfinished() ? settings.unfinished_timeout_ms
                                                             : settings.idle_timeout_ms;
            if (!is_over(last_read_, limit_ms)) return;
            core_->numbers.timeouts.fetch_add(1, std::memory_order_relaxed);
            stop_reading();
            pump();
        }
    }

    void time_out() {
        core_->numbers.timeouts.fetch_add(1, std::memory_order_relaxed);
        close_now();
    }

    const std::shared_ptr<Core> core_;  // first, so that it goes last: the stream needs its io
    const std::string peer_;
    Stream stream_;
    asio::steady_timer look_timer_, offer_timer_;
    const std::unique_ptr<StreamProtocol> protocol_;

    const bool must_peek_;
    std::vector<char> buffer_;
    std::size_t peeked_bytes_ = 0;  // of the kernel's, in buffer_ too
    std::string_view rest_;         // read, not fed yet; lies in buffer_
    event::Chunk chunk_;            // gathered
    std::shared_ptr<event::Chunk> in_flight_;
    std::string unsent_, writing_;
    Steady::time_point last_read_, writing_since_, closing_since_, drain_until_;
    bool is_begun_ = false;     // the handshake is done
    bool is_reading_ = false;   // a read is under way
    bool is_writing_ = false;   // a write is under way
    bool has_written_ = false;  // the peer may be waiting for answers
    bool is_taken_ = false;     // the journal has in_flight_
    bool is_finished_ = false;  // the protocol gave out what it held
    bool is_ended_ = false;     // the peer sends nothing more
    bool is_broken_ = false;    // the peer hears nothing more
    bool is_stopping_ = false;  // we read only what is there
    bool is_drained_ = false;   // and that is read
    bool is_closing_ = false, is_closed_ = false;
};

}  // namespace

std::shared_ptr<Connection> make_connection(std::shared_ptr<Core> core, int family, int fd,
                                            std::string peer) {
    PlainStream socket(core->io, {family, SOCK_STREAM}, fd);
    if (core->tls) {
        auto& tls = *core->tls;
        return std::make_shared<Session<TlsStream>>(std::move(core), std::move(peer),
                                                    std::move(socket), tls);
    }
    return std::make_shared<Session<PlainStream>>(std::move(core), std::move(peer),
                                                  std::move(socket));
}

}  // namespace vedette::source::stream_detail
