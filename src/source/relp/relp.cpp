// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include "source/listen_settings.h"
#include "source/registry.h"
#include "source/relp/conversation.h"

namespace vedette::source {

namespace relp {
namespace {

using base::Result;

/// rsyslog's examples use this port; nobody was assigned one.
constexpr std::string_view kDefaultListen = "127.0.0.1:2514";

class RelpSource final : public Source {
  public:
    RelpSource(SourceContext context, const std::string& format)
        : context_(std::move(context)),
          formats_(std::make_shared<SenderFormats>(context_.formats, format)),
          longer_(number("vedette_source_longer_messages_total")),
          broken_(number("vedette_source_broken_connections_total")) {}

    void add(StreamListenerSettings settings) {
        listeners_.push_back(std::make_unique<StreamListener>(
            std::move(settings), context_, formats_,
            [&longer = longer_, &broken = broken_]() -> std::unique_ptr<StreamProtocol> {
                return std::make_unique<Conversation>(longer, broken);
            }));
    }

    Result<void> start() override {
        for (const auto& listener : listeners_) {
            VD_TRY_DO(listener->start());
            base::log::info("source.listening",
                            {{"source", context_.name}, {"port", listener->port()}});
        }
        return {};
    }
    void stop() override {
        for (const auto& listener : listeners_) listener->stop();
    }

  private:
    std::atomic<std::uint64_t>& number(std::string_view metric) const {
        return context_.counters.number(metric, "source=\"" + context_.name + "\"");
    }

    const SourceContext context_;
    const std::shared_ptr<SenderFormats> formats_;
    std::atomic<std::uint64_t>&longer_, &broken_;
    std::vector<std::unique_ptr<StreamListener>> listeners_;
};

Result<std::unique_ptr<Source>> make_relp(const SourceSettings& settings, SourceContext context) {
    VD_TRY(const ListenSettings common, ListenSettings::read(settings, context.formats));
    std::vector<std::string> addresses = settings.all("listen");
    if (addresses.empty()) addresses.emplace_back(kDefaultListen);
    auto source = std::make_unique<RelpSource>(std::move(context), common.format);
    for (const std::string& address : addresses) {
        const bool is_tls = common.tls.is_wanted();
        VD_TRY_DO(common.check_reach(address, is_tls, settings.where));
        source->add(common.listener(address, is_tls));
    }
    return source;
}

}  // namespace
}  // namespace relp

void register_relp(Registry& registry);
void register_relp(Registry& registry) {
    std::vector<std::string> names = ListenSettings::names();
    names.emplace_back("listen");
    registry.add({"relp", relp::make_relp, std::move(names)});
}

}  // namespace vedette::source
