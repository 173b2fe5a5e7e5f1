// SPDX-License-Identifier: Apache-2.0
#include "base/tls_context.h"

#include <openssl/ssl.h>

#include <utility>

namespace vedette::base {

tl::unexpected<Error> refuse_pem(std::string what, const std::string& path,
                                 const boost::system::error_code& error) {
    return fail(ErrorCode::bad_input, std::move(what) + ": " + error.message(), path,
                "PEM files are wanted; the key must belong to the certificate");
}

Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_server_context(
    const std::string& certificate_path, const std::string& key_path) {
    using boost::asio::ssl::context;
    auto tls = std::make_unique<context>(context::tls_server);
    SSL_CTX* const native = tls->native_handle();
    ::SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    ::SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    boost::system::error_code error;
    tls->use_certificate_chain_file(certificate_path, error);
    if (error) return refuse_pem("cannot use the certificate", certificate_path, error);
    tls->use_private_key_file(key_path, context::pem, error);
    if (error) return refuse_pem("cannot use the private key", key_path, error);
    if (::SSL_CTX_check_private_key(native) != 1) {
        return fail(ErrorCode::bad_input, "the private key does not belong to the certificate",
                    key_path);
    }
    return tls;
}

}  // namespace vedette::base
