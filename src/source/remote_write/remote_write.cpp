// SPDX-License-Identifier: Apache-2.0
#include "source/registry.h"
#include "source/remote_write/reception.h"
#include "source/request_source.h"

namespace vedette::source {

namespace remote_write {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:9201";

base::Result<std::unique_ptr<Source>> make_remote_write(const SourceSettings& settings,
                                                        SourceContext context) {
    return make_request_source<Reception>(settings, std::move(context), kDefaultListen);
}

}  // namespace
}  // namespace remote_write

void register_remote_write(Registry& registry);
void register_remote_write(Registry& registry) {
    registry.add({"remote_write", remote_write::make_remote_write, http_listening_names()});
}

}  // namespace vedette::source
