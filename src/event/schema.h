// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "event/field.h"

namespace vedette::event {

/// The version of the Elastic Common Schema whose names we use.
inline constexpr std::string_view kEcsVersion = "8.17";

/// How the store keeps a field that has a column of its own.
enum class StoreType : std::uint8_t {
    keyword,  ///< few different values: LowCardinality(String)
    text,     ///< String
    number,   ///< Nullable(Int64): what does not read as a whole number goes to the map instead
    ip,       ///< String as written; searched as a network through the map-free column
};

/// One ECS field with a column of its own in the store. Every other field lives in the store's map.
struct SchemaField {
    std::string_view name;  ///< ECS name: dotted, lower case
    StoreType type = StoreType::keyword;

    /// The store's column: the name with dots as underscores.
    std::string column() const;
};

/// All schema fields; the index is the FieldId. Appending is a migration of the store.
std::span<const SchemaField> schema_fields();

/// The schema entry of a field id, or nullptr if it has no column of its own.
const SchemaField* schema_field(FieldId id);

/// Ids of the schema fields that code names. Checked against the table at start.
namespace ecs {
enum : FieldId {
    kEventCode,
    kEventAction,
    kEventCategory,
    kEventKind,
    kEventOutcome,
    kEventProvider,
    kEventDataset,
    kEventModule,
    kHostName,
    kHostIp,
    kUserName,
    kUserDomain,
    kUserId,
    kUserTargetName,
    kSourceIp,
    kSourcePort,
    kSourceDomain,
    kDestinationIp,
    kDestinationPort,
    kDestinationDomain,
    kNetworkProtocol,
    kNetworkTransport,
    kProcessName,
    kProcessExecutable,
    kProcessCommandLine,
    kProcessPid,
    kProcessEntityId,
    kProcessWorkingDirectory,
    kProcessParentName,
    kProcessParentExecutable,
    kProcessParentCommandLine,
    kProcessParentPid,
    kFilePath,
    kFileName,
    kHashMd5,
    kHashSha256,
    kRegistryPath,
    kDnsQuestionName,
    kUrlOriginal,
    kUrlDomain,
    kUrlPath,
    kHttpRequestMethod,
    kHttpResponseStatusCode,
    kUserAgentOriginal,
    kLogLevel,
    kLogLogger,
    kMessage,
    kCloudAccountId,
    kCloudRegion,
    kErrorCode,
    kSchemaFieldCount
};
}  // namespace ecs

}  // namespace vedette::event
