// SPDX-License-Identifier: Apache-2.0
#include "source/hec/reception.h"
#include "source/registry.h"
#include "source/request_source.h"

namespace vedette::source {

namespace hec {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:8088";

base::Result<std::unique_ptr<Source>> make_hec(const SourceSettings& settings,
                                               SourceContext context) {
    const std::string acks = settings.get("indexer_ack").value_or("false");
    if (acks != "true" && acks != "false") {
        return base::fail(base::ErrorCode::bad_input, "indexer_ack must be true or false",
                          settings.where);
    }
    return make_request_source<Reception>(settings, std::move(context), kDefaultListen,
                                          acks == "true");
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
