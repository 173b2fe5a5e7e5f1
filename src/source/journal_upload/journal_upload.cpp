// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/log.h"
#include "source/journal_upload/upload.h"
#include "source/listen_settings.h"
#include "source/registry.h"

namespace vedette::source {

namespace journal_upload {
namespace {

using base::Result;

/// The port that systemd-journal-upload takes if none is named.
constexpr std::string_view kDefaultListen = "127.0.0.1:19532";
constexpr std::string_view kFormat = "journald_export";

class JournalUploadSource final : public Source {
  public:
    explicit JournalUploadSource(SourceContext context)
        : context_(std::move(context)),
          formats_(std::make_shared<SenderFormats>(context_.formats, std::string(kFormat))),
          broken_(context_.counters.number("vedette_source_broken_connections_total",
                                           "source=\"" + context_.name + "\"")) {}

    void listen(StreamListenerSettings settings) {
        listener_ = std::make_unique<StreamListener>(
            std::move(settings), context_, formats_,
            [&broken = broken_] { return std::make_unique<Upload>(broken); });
    }

    Result<void> start() override {
        VD_TRY_DO(listener_->start());
        base::log::info("source.listening",
                        {{"source", context_.name}, {"port", listener_->port()}});
        return {};
    }
    void stop() override { listener_->stop(); }

  private:
    const SourceContext context_;
    const std::shared_ptr<SenderFormats> formats_;
    std::atomic<std::uint64_t>& broken_;
    std::unique_ptr<StreamListener> listener_;
};

Result<std::unique_ptr<Source>> make_journal_upload(const SourceSettings& settings,
                                                    SourceContext context) {
    const bool has_format =
        std::any_of(context.formats.begin(), context.formats.end(),
                    [](const event::FormatDeclaration& each) { return each.name == kFormat; });
    if (!has_format) {
        return base::fail(base::ErrorCode::unsupported,
                          "this build has no format " + std::string(kFormat), settings.where);
    }
    VD_TRY(const ListenSettings common, ListenSettings::read(settings, context.formats));
    const std::string address = settings.get("listen").value_or(std::string(kDefaultListen));
    const bool is_tls = common.tls.is_wanted();
    VD_TRY_DO(common.check_reach(address, is_tls, settings.where));
    auto source = std::make_unique<JournalUploadSource>(std::move(context));
    source->listen(common.listener(address, is_tls));
    return source;
}

}  // namespace
}  // namespace journal_upload

void register_journal_upload(Registry& registry);
void register_journal_upload(Registry& registry) {
    std::vector<std::string> names = ListenSettings::names();
    // What comes is a journal: there is no choice.
    names.erase(std::remove(names.begin(), names.end(), "format"), names.end());
    names.emplace_back("listen");
    registry.add({"journal_upload", journal_upload::make_journal_upload, std::move(names)});
}

}  // namespace vedette::source
