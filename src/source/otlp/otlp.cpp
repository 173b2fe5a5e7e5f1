// SPDX-License-Identifier: Apache-2.0
#include "source/http_listener.h"
#include "source/otlp/reception.h"
#include "source/registry.h"

namespace vedette::source {

namespace otlp {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:4318";

base::Result<std::unique_ptr<Source>> make_otlp(const SourceSettings& settings,
                                                SourceContext context) {
    VD_TRY(HttpListening listening, read_http_listening(settings, kDefaultListen, context.name));
    const std::string name = context.name;
    const auto reception =
        std::make_shared<Reception>(std::move(context), std::move(listening.tokens));
    return make_http_listener(
        name, std::move(listening.server),
        {[reception](base::HttpRequest request, base::HttpResponder respond) {
             reception->handle(std::move(request), std::move(respond));
         },
         [reception](const base::HttpRequest& head) { return reception->refuse(head); }});
}

}  // namespace
}  // namespace otlp

void register_otlp(Registry& registry);
void register_otlp(Registry& registry) {
    registry.add({"otlp", otlp::make_otlp, http_listening_names()});
}

}  // namespace vedette::source
