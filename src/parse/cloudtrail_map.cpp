// SPDX-License-Identifier: Apache-2.0
#include "parse/cloudtrail_map.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "event/schema.h"

namespace vedette::parse {

namespace {

constexpr std::pair<std::string_view, event::FieldId> kCopies[] = {
    {"eventName", event::ecs::kEventAction},
    {"eventSource", event::ecs::kEventProvider},
    {"awsRegion", event::ecs::kCloudRegion},
    {"recipientAccountId", event::ecs::kCloudAccountId},
    {"userIdentity.accountId", event::ecs::kCloudAccountId},
    {"userAgent", event::ecs::kUserAgentOriginal},
    {"userIdentity.principalId", event::ecs::kUserId},
    {"errorCode", event::ecs::kErrorCode},
    {"errorMessage", event::ecs::kMessage},
};

/// The name at the end of arn:aws:iam::1:user/path/bob, arn:aws:sts::1:assumed-role/role/session or
/// arn:aws:iam::1:root.
std::size_t arn_tail_begin(std::string_view arn) {
    const std::size_t at = arn.find_last_of("/:");
    return at == std::string_view::npos ? 0 : at + 1;
}

/// Calls from AWS itself carry a service's name where an address is expected.
bool is_address(std::string_view text) {
    const bool has_only_address_characters =
        text.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos;
    const bool has_separator = text.find_first_of(".:") != std::string_view::npos;
    return has_only_address_characters && has_separator;
}

}  // namespace

CloudtrailMap::CloudtrailMap(event::FieldDictionary& fields) : time_(fields, {"eventTime"}) {
    const auto field = [&](std::string_view name) {
        const auto made = fields.intern(name);
        VD_CHECK(made.has_value());
        return *made;
    };
    for (const auto& [source, target] : kCopies) copies_.push_back({field(source), target});
    user_name_ = field("userIdentity.userName");
    arn_ = field("userIdentity.arn");
    error_code_ = field("errorCode");
    source_address_ = field("sourceIPAddress");
}

void CloudtrailMap::map(event::Batch& batch, std::span<const std::uint32_t> rows) {
    if (rows.empty()) return;
    const std::uint32_t dataset = batch.dataset_index("aws.cloudtrail");
    user_names_ = ColumnCursor(batch, user_name_);
    arns_ = ColumnCursor(batch, arn_);
    error_codes_ = ColumnCursor(batch, error_code_);
    source_addresses_ = ColumnCursor(batch, source_address_);
    user_ = LinkTarget(batch, event::ecs::kUserName);
    source_ip_ = LinkTarget(batch, event::ecs::kSourceIp);
    source_domain_ = LinkTarget(batch, event::ecs::kSourceDomain);
    std::vector<ColumnCursor> sources;
    std::vector<LinkTarget> targets(event::ecs::kSchemaFieldCount);
    for (const Copy& copy : copies_) {
        sources.emplace_back(batch, copy.source);
        targets[copy.target] = LinkTarget(batch, copy.target);
    }
    LinkTarget outcome(batch, event::ecs::kEventOutcome);
    time_.begin(batch);
    for (const std::uint32_t row : rows) {
        for (std::size_t i = 0; i < copies_.size(); ++i) {
            const event::Cell* const cell = sources[i].at(row);
            LinkTarget& target = targets[copies_[i].target];
            if (cell != nullptr && cell->size > 0 && target.wants(batch, row)) {
                target.link(batch, row, *cell);
            }
        }
        link_user(batch, row);
        link_source(batch, row);
        const bool is_failure = error_codes_.at(row) != nullptr;
        if (outcome.wants(batch, row)) outcome.add(batch, row, is_failure ? "failure" : "success");
        batch.rows()[row].dataset = dataset;
        time_.set(batch, row);
    }
}

void CloudtrailMap::link_user(event::Batch& batch, std::uint32_t row) {
    if (!user_.wants(batch, row)) return;
    if (const event::Cell* const name = user_names_.at(row); name != nullptr && name->size > 0) {
        user_.link(batch, row, *name);
        return;
    }
    const event::Cell* const arn = arns_.at(row);
    if (arn == nullptr) return;
    const std::size_t begin = arn_tail_begin(batch.text(*arn));
    if (begin < arn->size) user_.link(batch, row, *arn, begin, arn->size - begin);
}

void CloudtrailMap::link_source(event::Batch& batch, std::uint32_t row) {
    const event::Cell* const cell = source_addresses_.at(row);
    if (cell == nullptr || cell->size == 0) return;
    LinkTarget& target = is_address(batch.text(*cell)) ? source_ip_ : source_domain_;
    if (target.wants(batch, row)) target.link(batch, row, *cell);
}

}  // namespace vedette::parse
