// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "base/log.h"
#include "source/listen_settings.h"
#include "source/registry.h"
#include "source/syslog/datagrams.h"
#include "source/syslog/stream.h"

namespace vedette::source {

namespace syslog {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

enum class Transport : std::uint8_t { udp, tcp, tls };

struct ListenAddress {
    Transport transport = Transport::udp;
    std::string address;  ///< host:port
};

constexpr std::string_view kAddressHint =
    "write it as udp://127.0.0.1:514, tcp://[::1]:601 or tls://0.0.0.0:6514";
/// As a program without rights may have it, for this machine alone.
constexpr std::string_view kDefaultListens[] = {"udp://127.0.0.1:5514", "tcp://127.0.0.1:5514"};
constexpr std::size_t kReceiveBufferMbMax = 1'024;

Result<ListenAddress> read_listen(const std::string& text, const std::string& where) {
    constexpr std::pair<std::string_view, Transport> kSchemes[] = {
        {"udp://", Transport::udp}, {"tcp://", Transport::tcp}, {"tls://", Transport::tls}};
    for (const auto& [scheme, transport] : kSchemes) {
        if (text.starts_with(scheme)) return ListenAddress{transport, text.substr(scheme.size())};
    }
    return fail(ErrorCode::bad_input, "'" + text + "' does not say how to listen", where,
                std::string(kAddressHint));
}

Result<MessageFraming> read_framing(const SourceSettings& settings) {
    const std::string text = settings.get("framing").value_or("recognised");
    if (text == "recognised") return MessageFraming::recognised;
    if (text == "counted") return MessageFraming::counted;
    if (text == "lines") return MessageFraming::lines;
    return fail(ErrorCode::bad_input, "there is no framing '" + text + "'", settings.where,
                "recognised (the default), counted (octet counting) or lines");
}

/// One source with as many sockets as it was told addresses.
class SyslogSource final : public Source {
  public:
    SyslogSource(SourceContext context, const std::string& format, MessageFraming framing)
        : context_(std::move(context)),
          formats_(std::make_shared<SenderFormats>(context_.formats, format)),
          framing_(framing),
          longer_(context_.counters.number("vedette_source_longer_messages_total",
                                           "source=\"" + context_.name + "\"")) {}

    void add(DatagramSettings settings) {
        datagrams_.push_back(
            std::make_unique<DatagramReceiver>(std::move(settings), context_, formats_));
    }
    void add(StreamListenerSettings settings) {
        streams_.push_back(std::make_unique<StreamListener>(
            std::move(settings), context_, formats_,
            [framing = framing_, &longer = longer_]() -> std::unique_ptr<StreamProtocol> {
                return std::make_unique<MessageStream>(framing, longer);
            }));
    }

    Result<void> start() override {
        for (const auto& receiver : datagrams_) {
            VD_TRY_DO(receiver->start());
            tell("udp", receiver->port());
        }
        for (const auto& listener : streams_) {
            VD_TRY_DO(listener->start());
            tell("tcp", listener->port());
        }
        return {};
    }

    void stop() override {
        for (const auto& listener : streams_) listener->stop();
        for (const auto& receiver : datagrams_) receiver->stop();
    }

  private:
    void tell(std::string_view protocol, std::uint16_t port) const {
        base::log::info("source.listening",
                        {{"source", context_.name}, {"protocol", protocol}, {"port", port}});
    }

    const SourceContext context_;
    const std::shared_ptr<SenderFormats> formats_;
    const MessageFraming framing_;
    std::atomic<std::uint64_t>& longer_;
    std::vector<std::unique_ptr<DatagramReceiver>> datagrams_;
    std::vector<std::unique_ptr<StreamListener>> streams_;
};

Result<std::vector<ListenAddress>> read_listens(const SourceSettings& settings,
                                                const ListenSettings& common) {
    std::vector<std::string> texts = settings.all("listen");
    if (texts.empty()) texts.assign(std::begin(kDefaultListens), std::end(kDefaultListens));
    std::vector<ListenAddress> out;
    for (const std::string& text : texts) {
        VD_TRY(const ListenAddress listen, read_listen(text, settings.where));
        const bool is_tls = listen.transport == Transport::tls;
        if (is_tls && !common.tls.is_wanted()) {
            return fail(ErrorCode::bad_input, text + " needs tls_certificate and tls_key",
                        settings.where);
        }
        VD_TRY_DO(common.check_reach(listen.address, is_tls, settings.where));
        out.push_back(listen);
    }
    return out;
}

Result<std::unique_ptr<Source>> make_syslog(const SourceSettings& settings, SourceContext context) {
    VD_TRY(const ListenSettings common, ListenSettings::read(settings, context.formats));
    VD_TRY(const MessageFraming framing, read_framing(settings));
    VD_TRY(const std::vector<ListenAddress> listens, read_listens(settings, common));
    DatagramSettings datagrams;
    datagrams.allowed = common.allowed;
    VD_TRY(const std::size_t buffer_mb,
           read_number(settings, "receive_buffer_mb", datagrams.receive_buffer_bytes >> 20, 1,
                       kReceiveBufferMbMax));
    datagrams.receive_buffer_bytes = buffer_mb << 20;
    auto source = std::make_unique<SyslogSource>(std::move(context), common.format, framing);
    for (const ListenAddress& listen : listens) {
        datagrams.listen = listen.address;
        if (listen.transport == Transport::udp) {
            source->add(datagrams);
        } else {
            source->add(common.listener(listen.address, listen.transport == Transport::tls));
        }
    }
    return source;
}

}  // namespace
}  // namespace syslog

void register_syslog(Registry& registry);
void register_syslog(Registry& registry) {
    std::vector<std::string> names = ListenSettings::names();
    names.insert(names.end(), {"listen", "framing", "receive_buffer_mb"});
    registry.add({"syslog", syslog::make_syslog, std::move(names)});
}

}  // namespace vedette::source
