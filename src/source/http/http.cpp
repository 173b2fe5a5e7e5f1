// SPDX-License-Identifier: Apache-2.0
#include "source/http/reception.h"
#include "source/registry.h"
#include "source/request_source.h"

namespace vedette::source {

namespace http {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:9200";

base::Result<std::unique_ptr<Source>> make_http(const SourceSettings& settings,
                                                SourceContext context) {
    return make_request_source<Reception>(settings, std::move(context), kDefaultListen);
}

}  // namespace
}  // namespace http

void register_http(Registry& registry);
void register_http(Registry& registry) {
    registry.add({"http", http::make_http, http_listening_names()});
}

}  // namespace vedette::source
