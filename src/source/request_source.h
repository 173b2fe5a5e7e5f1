// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "source/http_listener.h"
#include "source/source.h"

namespace vedette::source {

/// The source of a kind whose requests a `Reception` handles: made of the context and the tokens,
/// and of `more`, with handle() for whole requests and refuse() for their heads.
/// Errors: those of read_http_listening.
template <class Reception, class... More>
base::Result<std::unique_ptr<Source>> make_request_source(const SourceSettings& settings,
                                                          SourceContext context,
                                                          std::string_view default_listen,
                                                          More... more) {
    VD_TRY(HttpListening listening, read_http_listening(settings, default_listen, context.name));
    const std::string name = context.name;
    const auto reception =
        std::make_shared<Reception>(std::move(context), std::move(listening.tokens), more...);
    return make_http_listener(
        name, std::move(listening.server),
        {[reception](base::HttpRequest request, base::HttpResponder respond) {
             reception->handle(std::move(request), std::move(respond));
         },
         [reception](const base::HttpRequest& head) { return reception->refuse(head); }});
}

}  // namespace vedette::source
