// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vedette::base {

/// SHA-256 of bytes that come in pieces: names content that an adversary may want to exchange,
/// where hash128 will not do. Threads: one at a time.   Source: FIPS 180-4, by OpenSSL
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void add(std::string_view bytes);
    /// Of everything added; begins anew behind it.   Returns: 64 lower-case hexadecimal digits.
    std::string take_hex();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

std::string sha256_hex(std::string_view bytes);

/// 32 bytes that only who has the key can tell of these bytes.   Source: RFC 2104
std::string hmac_sha256(std::string_view key, std::string_view bytes);
/// Bytes that nobody can guess, for keys.
std::string random_bytes(std::size_t count);

}  // namespace vedette::base
