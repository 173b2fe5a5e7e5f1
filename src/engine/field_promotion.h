// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "rule/search/sql.h"
#include "store/client.h"
#include "store/promotion.h"

namespace vedette::engine {

/// Names of fields that are counted when searches ask for them, and the file that keeps them.
inline constexpr std::size_t kFieldsCountedMax = 1'000;
inline constexpr std::uint64_t kFieldUseBytesMax = 1u << 20;
/// How often that file is written at most.
inline constexpr int kFieldUseSaveS = 60;
/// Fields that `vedette fields list` shows, and the newest rows that it looks at.
inline constexpr std::size_t kFieldsShownMax = 50;
inline constexpr std::uint64_t kFieldSampleRows = 1'000'000;

/// Field -> its column; of those that every part of the store holds.
using PromotedColumns = rule::search::PromotedColumns;
/// The same of a store that no server looks after.   Errors: those of Client.
base::Result<std::shared_ptr<const PromotedColumns>> promoted_columns(store::Client& client);

/// When fields are promoted by themselves.
struct PromotionSettings {
    /// A field of the map that was asked for this often is promoted; 0: only proposed.
    std::uint64_t asked_min = 0;
    /// But no more than so many.
    std::size_t fields_max = 8;
};

/// A field that searches ask for, or that has a column by promotion.
struct FieldStatus {
    std::string name;
    std::uint64_t asked = 0;                               ///< by searches, ever
    std::uint64_t sample_rows = 0, sample_with_field = 0;  ///< of the newest rows
    bool is_promoted = false;
    std::uint64_t rows = 0, rows_in_column = 0;
};

/// Counts which fields of the store's map searches ask for, promotes them when told or by itself,
/// and fills their columns in the background: one partition at a time, with a pause after each.
///
/// Counts lie in a file of the data folder and are written at most once in kFieldUseSaveS and at
/// the end: a kill forgets some. Bounded: of more than kFieldsCountedMax names the least asked go.
/// Threads: any; has one of its own.
class FieldPromotion {
  public:
    FieldPromotion(base::Files& files, std::string path, PromotionSettings settings);
    ~FieldPromotion();

    /// With a store: looks after the promoted fields from now on.
    void start(store::ClientOptions store);
    void stop();

    /// A search asked for these.
    void asked(const std::vector<std::string>& fields);
    /// The columns that a search may read instead of the map. Never nullptr.
    std::shared_ptr<const PromotedColumns> columns() const;

    /// Errors: those of promote_field and demote_field; unavailable without a store.
    base::Result<void> promote(const std::string& field);
    base::Result<void> demote(const std::string& field);
    /// The most asked first.
    base::Result<std::vector<FieldStatus>> status();

  private:
    void load();
    void save();
    void run();
    void look_after();
    void propose();
    base::Result<std::vector<store::PromotedField>> refresh(store::Client& client);
    base::Result<store::Client> client() const;

    base::Files& files_;
    const std::string path_;
    const PromotionSettings settings_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_stopping_ = false, has_news_ = false, must_save_ = false;
    std::map<std::string, std::uint64_t> asked_;
    std::shared_ptr<const PromotedColumns> columns_ = std::make_shared<PromotedColumns>();
    std::optional<store::ClientOptions> store_;
    std::mutex change_mutex_;  // one change of the table at a time; before mutex_
    std::thread thread_;
};

/// The counts as they lie in the file, and back: lines `count name`, the most asked first.
std::string encode_field_use(const std::map<std::string, std::uint64_t>& asked);
std::map<std::string, std::uint64_t> decode_field_use(std::string_view text);

}  // namespace vedette::engine
