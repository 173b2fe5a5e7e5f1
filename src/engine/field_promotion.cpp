// SPDX-License-Identifier: Apache-2.0
#include "engine/field_promotion.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/log.h"
#include "base/thread_priority.h"

namespace vedette::engine {

namespace {

namespace log = base::log;
using base::ErrorCode;
using base::Result;

using Counts = std::map<std::string, std::uint64_t>;

std::vector<std::pair<std::string, std::uint64_t>> by_count(const Counts& counts) {
    std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return sorted;
}

bool is_countable(std::string_view name) {
    return !name.empty() && name.size() <= store::kPromotedNameBytesMax &&
           name.find('\n') == std::string_view::npos;
}

std::shared_ptr<const PromotedColumns> ready_columns(
    const std::vector<store::PromotedField>& fields) {
    auto columns = std::make_shared<PromotedColumns>();
    for (const store::PromotedField& field : fields) {
        if (field.is_ready()) columns->emplace(field.name, field.column);
    }
    return columns;
}

}  // namespace

std::string encode_field_use(const Counts& asked) {
    std::string out;
    for (const auto& [name, count] : by_count(asked)) {
        out += std::to_string(count) + " " + name + "\n";
    }
    return out;
}

Counts decode_field_use(std::string_view text) {
    Counts counts;
    while (!text.empty() && counts.size() < kFieldsCountedMax) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        std::uint64_t count = 0;
        const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), count);
        if (code != std::errc() || end == line.data() + line.size() || *end != ' ') continue;
        const std::string_view name = line.substr(static_cast<std::size_t>(end - line.data()) + 1);
        if (is_countable(name)) counts.emplace(name, count);
    }
    return counts;
}

FieldPromotion::FieldPromotion(base::Files& files, std::string path, PromotionSettings settings)
    : files_(files), path_(std::move(path)), settings_(settings) {
    load();
}

Result<std::shared_ptr<const PromotedColumns>> promoted_columns(store::Client& client) {
    VD_TRY(const auto fields, store::promoted_fields(client));
    return ready_columns(fields);
}

FieldPromotion::~FieldPromotion() { stop(); }

void FieldPromotion::load() {
    const auto text = base::read_file(path_, kFieldUseBytesMax);
    if (text) asked_ = decode_field_use(*text);
}

void FieldPromotion::save() {
    std::string text;
    {
        const std::lock_guard lock(mutex_);
        if (!must_save_) return;
        must_save_ = false;
        text = encode_field_use(asked_);
    }
    if (const auto saved = files_.replace(path_, text); !saved) {
        log::warn("fields.not_saved", {{"reason", saved.error().message()}});
    }
}

void FieldPromotion::start(store::ClientOptions store) {
    {
        const std::lock_guard lock(mutex_);
        store_ = std::move(store);
        has_news_ = true;
    }
    thread_ = std::thread([this] {
        base::stand_behind_senders();
        run();
    });
}

void FieldPromotion::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    save();
}

void FieldPromotion::asked(const std::vector<std::string>& fields) {
    const std::lock_guard lock(mutex_);
    for (const std::string& field : fields) {
        if (!is_countable(field)) continue;
        if (asked_.size() >= kFieldsCountedMax && !asked_.contains(field)) {
            const auto least =
                std::min_element(asked_.begin(), asked_.end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; });
            asked_.erase(least);
        }
        const std::uint64_t count = ++asked_[field];
        must_save_ = true;
        if (count == settings_.asked_min) has_news_ = true;
    }
    if (has_news_) changed_.notify_all();
}

std::shared_ptr<const PromotedColumns> FieldPromotion::columns() const {
    const std::lock_guard lock(mutex_);
    return columns_;
}

Result<store::Client> FieldPromotion::client() const {
    const std::lock_guard lock(mutex_);
    if (store_) return store::Client(*store_);
    return base::fail(ErrorCode::unavailable, "this server keeps no store", {},
                      "set store.enabled in the configuration");
}

Result<std::vector<store::PromotedField>> FieldPromotion::refresh(store::Client& client) {
    VD_TRY(auto fields, store::promoted_fields(client));
    const std::lock_guard lock(mutex_);
    columns_ = ready_columns(fields);
    return fields;
}

Result<void> FieldPromotion::promote(const std::string& field) {
    VD_TRY(store::Client client, this->client());
    {
        const std::lock_guard one(change_mutex_);
        VD_TRY_DO(store::promote_field(client, field));
        VD_TRY_DO(refresh(client));
    }
    log::info("fields.promoted", {{"field", field}});
    const std::lock_guard lock(mutex_);
    has_news_ = true;
    changed_.notify_all();
    return {};
}

Result<void> FieldPromotion::demote(const std::string& field) {
    VD_TRY(store::Client client, this->client());
    {
        // No search that begins from now on names the column.
        const std::lock_guard lock(mutex_);
        auto without = std::make_shared<PromotedColumns>(*columns_);
        without->erase(field);
        columns_ = std::move(without);
    }
    const std::lock_guard one(change_mutex_);
    VD_TRY_DO(store::demote_field(client, field));
    log::info("fields.demoted", {{"field", field}});
    VD_TRY_DO(refresh(client));
    return {};
}

Result<std::vector<FieldStatus>> FieldPromotion::status() {
    VD_TRY(store::Client client, this->client());
    VD_TRY(const auto promoted, refresh(client));
    std::map<std::string, FieldStatus> fields;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, count] : by_count(asked_)) {
            if (fields.size() >= kFieldsShownMax) break;
            fields[name].asked = count;
        }
    }
    for (const store::PromotedField& field : promoted) {
        FieldStatus& status = fields[field.name];
        status.is_promoted = true;
        status.rows = field.rows;
        status.rows_in_column = field.rows_in_column;
    }
    std::vector<std::string> names;
    for (const auto& [name, status] : fields) names.push_back(name);
    VD_TRY(const store::FieldUse use, store::count_fields(client, names, kFieldSampleRows));
    std::vector<FieldStatus> out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        FieldStatus& status = fields[names[i]];
        status.name = names[i];
        status.sample_rows = use.rows;
        status.sample_with_field = use.with_field[i];
        out.push_back(status);
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const FieldStatus& a, const FieldStatus& b) { return a.asked > b.asked; });
    return out;
}

void FieldPromotion::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, std::chrono::seconds(kFieldUseSaveS),
                              [&] { return is_stopping_ || has_news_; });
            if (is_stopping_) return;
            has_news_ = false;
        }
        save();
        propose();
        look_after();
    }
}

/// Promotes what was asked for often enough.
void FieldPromotion::propose() {
    if (settings_.asked_min == 0) return;
    auto client = this->client();
    if (!client) return;
    const auto promoted = store::promoted_fields(*client);
    if (!promoted) return;  // the store is away: the next round tries again
    std::vector<std::string> wanted;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, count] : by_count(asked_)) {
            const bool is_there =
                std::any_of(promoted->begin(), promoted->end(),
                            [&](const store::PromotedField& each) { return each.name == name; });
            if (count >= settings_.asked_min && !is_there) wanted.push_back(name);
        }
    }
    for (std::size_t i = 0; i < wanted.size() && promoted->size() + i < settings_.fields_max; ++i) {
        if (const auto done = promote(wanted[i]); !done) {
            log::warn("fields.not_promoted",
                      {{"field", wanted[i]}, {"reason", done.error().message()}});
        }
    }
}

/// Fills one partition of one column, and comes back for the next.
void FieldPromotion::look_after() {
    auto client = this->client();
    if (!client) return;
    const std::lock_guard one(change_mutex_);
    auto promoted = refresh(*client);
    for (std::size_t i = 0; promoted && i < promoted->size(); ++i) {
        const store::PromotedField& field = (*promoted)[i];
        if (field.is_ready()) continue;
        const auto filled = store::fill_promoted(*client, field.name, [this] {
            const std::lock_guard lock(mutex_);
            return !is_stopping_;
        });
        if (!filled) {
            if (filled.error().code == ErrorCode::cancelled) return;
            log::warn("fields.not_filled",
                      {{"field", field.name}, {"reason", filled.error().message()}});
            return;
        }
        if (*filled) {
            log::info("fields.filled", {{"field", field.name}, {"partition", **filled}});
        }
        promoted = refresh(*client);
        const std::lock_guard lock(mutex_);
        has_news_ = true;
        return;
    }
}

}  // namespace vedette::engine
