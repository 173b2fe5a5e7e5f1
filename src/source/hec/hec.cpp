// SPDX-License-Identifier: Apache-2.0
#include "source/hec/reception.h"
#include "source/http_listener.h"
#include "source/registry.h"

namespace vedette::source {

namespace hec {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:8088";

base::Result<std::unique_ptr<Source>> make_hec(const SourceSettings& settings,
                                               SourceContext context) {
    VD_TRY(HttpListening listening, read_http_listening(settings, kDefaultListen, context.name));
    const std::string acks = settings.get("indexer_ack").value_or("false");
    if (acks != "true" && acks != "false") {
        return base::fail(base::ErrorCode::bad_input, "indexer_ack must be true or false",
                          settings.where);
    }
    const std::string name = context.name;
    const auto reception = std::make_shared<Reception>(std::move(context),
                                                       std::move(listening.tokens), acks == "true");
    return make_http_listener(
        name, std::move(listening.server),
        {[reception](base::HttpRequest request, base::HttpResponder respond) {
             reception->handle(std::move(request), std::move(respond));
         },
         [reception](const base::HttpRequest& head) { return reception->refuse(head); }});
}

}  // namespace
}  // namespace hec

void register_hec(Registry& registry);
void register_hec(Registry& registry) {
    std::vector<std::string> names = http_listening_names();
    names.push_back("indexer_ack");
    registry.add({"hec", hec::make_hec, std::move(names)});
}

}  // namespace vedette::source
