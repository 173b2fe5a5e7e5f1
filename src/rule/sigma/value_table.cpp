// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/value_table.h"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/hash.h"
#include "rule/sigma/fold.h"

namespace vedette::rule::sigma {

namespace {

/// Steps from a text's place before it is taken for a new one.
constexpr int kStepsMax = 16;
constexpr std::size_t kBlock = 16;
constexpr std::size_t kShortBytesMax = 48;

std::uint64_t word_at(const char* bytes) {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// The hash of a value among those of its column, of its ends and its middle: values that differ in
/// nothing of that share a place, and past kStepsMax of them they are taken for new ones, which
/// costs a look at each and is never wrong.
std::uint64_t sampled_hash(std::string_view text) {
    constexpr std::uint64_t kA = 0x9E37'79B9'7F4A'7C15, kB = 0xD6E8'FEB8'6659'FD93;
    const std::size_t size = text.size();
    const char* const begin = text.data();
    if (size < 8) {
        std::uint64_t word = 0;
        if (size > 0) std::memcpy(&word, begin, size);
        return mixed(word ^ kA, kB + size);
    }
    const char* const end = begin + size;
    const std::uint64_t outer = mixed(word_at(begin) ^ kA, word_at(end - 8) ^ (kB + size));
    if (size <= 16) return outer;
    const std::uint64_t inner = mixed(word_at(begin + 8) ^ kB, word_at(end - 16) ^ kA);
    if (size <= 32) return outer ^ inner;
    const char* const middle = begin + size / 2 - 8;
    return outer ^ inner ^ std::rotl(mixed(word_at(middle) ^ kA, word_at(middle + 8) ^ kB), 17);
}

/// Folds 16 bytes; false if one of them is not ASCII.
bool fold_block(const char* from, char* to) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i above = _mm_cmpgt_epi8(text, _mm_set1_epi8('A' - 1));
    const __m128i below = _mm_cmplt_epi8(text, _mm_set1_epi8('Z' + 1));
    const __m128i bit = _mm_and_si128(_mm_and_si128(above, below), _mm_set1_epi8(0x20));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_or_si128(text, bit));
    return _mm_movemask_epi8(text) == 0;
}

/// Folds a text of ASCII; false, with nothing certain written, if it is not.
bool fold_ascii(std::string_view text, char* to) {
    if (text.size() < kBlock) {
        char from[kBlock] = {}, folded[kBlock];
        if (!text.empty()) std::memcpy(from, text.data(), text.size());
        if (!fold_block(from, folded)) return false;
        std::memcpy(to, folded, text.size());
        return true;
    }
    std::size_t at = 0;
    for (; at + kBlock <= text.size(); at += kBlock) {
        if (!fold_block(text.data() + at, to + at)) return false;
    }
    const std::size_t last = text.size() - kBlock;
    return fold_block(text.data() + last, to + last);
}

}  // namespace

std::uint64_t text_hash(std::string_view text) {
    constexpr std::uint64_t kA = 0x9E37'79B9'7F4A'7C15, kB = 0xD6E8'FEB8'6659'FD93;
    const std::size_t size = text.size();
    if (size > kShortBytesMax) return base::hash64(text);
    if (size < 8) {
        std::uint64_t word = 0;
        if (size > 0) std::memcpy(&word, text.data(), size);
        return mixed(word ^ kA, kB + size);
    }
    std::uint64_t hash = size;
    for (std::size_t at = 0; at + 8 < size; at += 8) {
        hash = mixed(hash ^ word_at(text.data() + at) ^ kA, kB);
    }
    return mixed(hash ^ word_at(text.data() + size - 8), kB);
}

void ValueTable::clear(std::size_t count_max) {
    values_.clear();
    folded_size_ = 0;
    const std::size_t wanted = std::bit_ceil(std::max<std::size_t>(count_max, 8) * 2);
    if (places_.size() < wanted || round_ == 0xFFFF'FFFF) {
        places_.assign(std::max(wanted, places_.size()), Place{0, 0, 0});
        round_ = 0;
    }
    // A small column stays within a small part of the table, which stays in the cache.
    mask_ = wanted - 1;
    ++round_;
}

std::uint32_t ValueTable::add(std::string_view text) {
    const std::uint64_t hash = sampled_hash(text);
    Place* free_place = nullptr;
    for (int step = 0; step < kStepsMax; ++step) {
        Place& place = places_[(hash + static_cast<std::uint64_t>(step)) & mask_];
        if (place.round != round_) {
            free_place = &place;
            break;
        }
        if (place.hash == hash && values_[place.value].raw == text) return place.value;
    }
    const auto value = static_cast<std::uint32_t>(values_.size());
    if (free_place != nullptr) *free_place = {hash, value, round_};
    values_.push_back({text, folded_size_, 0});
    append_folded(text);
    values_.back().folded_size = folded_size_ - values_.back().folded_begin;
    if (folded_size_ == folded_.size()) folded_.resize(folded_.size() * 2 + 1);
    folded_[folded_size_++] = '\0';
    return value;
}

void ValueTable::append_folded(std::string_view text) {
    const auto has_room = [&](std::size_t size) { return folded_.size() - folded_size_ > size; };
    if (!has_room(text.size())) folded_.resize((folded_size_ + text.size() + 1) * 2);
    if (fold_ascii(text, folded_.data() + folded_size_)) {
        folded_size_ += text.size();
        return;
    }
    fold_into(text, buffer_);
    if (!has_room(buffer_.size())) folded_.resize((folded_size_ + buffer_.size() + 1) * 2);
    std::copy(buffer_.begin(), buffer_.end(),
              folded_.begin() + static_cast<std::ptrdiff_t>(folded_size_));
    folded_size_ += buffer_.size();
}

std::size_t ValueTable::memory_bytes() const {
    return values_.capacity() * sizeof(Value) + folded_.capacity() +
           places_.capacity() * sizeof(Place) + buffer_.capacity();
}

}  // namespace vedette::rule::sigma
