// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/http_server.h"

namespace vedette::source::http {

/// The version of Elasticsearch whose bulk interface we speak; shippers look at it.
inline constexpr std::string_view kElasticVersion = "8.17.0";

/// What Filebeat, Logstash, Fluent Bit, rsyslog and the official clients ask before and beside
/// `_bulk`: who are you, your licence, health, nodes, and whether templates, policies and pipelines
/// exist. We answer that everything is there, because we need none of it: events keep their shape.
/// Nothing is stored. Nothing for requests that are not of this kind.
std::optional<base::HttpResponse> shipper_answer(const base::HttpRequest& request);

/// An error as Elasticsearch tells it.
base::HttpResponse elastic_error(int status, std::string_view type, std::string_view reason);

/// Marks an answer as Elasticsearch's and uses the content type the client asked for.
void finish_elastic_answer(const base::HttpRequest& request, base::HttpResponse& response);

}  // namespace vedette::source::http
