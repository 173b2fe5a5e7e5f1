// SPDX-License-Identifier: Apache-2.0
#include "source/otlp/reception.h"
#include "source/registry.h"
#include "source/request_source.h"

namespace vedette::source {

namespace otlp {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:4318";

base::Result<std::unique_ptr<Source>> make_otlp(const SourceSettings& settings,
                                                SourceContext context) {
    return make_request_source<Reception>(settings, std::move(context), kDefaultListen);
}

}  // namespace
}  // namespace otlp

void register_otlp(Registry& registry);
void register_otlp(Registry& registry) {
    registry.add({"otlp", otlp::make_otlp, http_listening_names()});
}

}  // namespace vedette::source
