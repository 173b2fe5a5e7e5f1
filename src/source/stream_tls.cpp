// SPDX-License-Identifier: Apache-2.0
#include "source/stream_tls.h"

#include <openssl/ssl.h>

namespace vedette::source {

using base::ErrorCode;
using base::fail;

namespace {

/// Names whose sessions may be resumed; OpenSSL wants one where clients show certificates.
constexpr std::string_view kSessionContext = "vedette";

auto refuse(std::string what, const std::string& path, const boost::system::error_code& error) {
    return fail(ErrorCode::bad_input, std::move(what) + ": " + error.message(), path,
                "PEM files are wanted; the key must belong to the certificate");
}

base::Result<void> ask_for_client_certificates(boost::asio::ssl::context& tls,
                                               const std::string& ca_path) {
    boost::system::error_code error;
    tls.load_verify_file(ca_path, error);
    if (error) return refuse("cannot use the certificate authority of clients", ca_path, error);
    tls.set_verify_mode(
        boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert, error);
    if (error) return refuse("cannot ask for certificates of clients", ca_path, error);
    // Tells clients which of their certificates is wanted.
    ::SSL_CTX_set_client_CA_list(tls.native_handle(), ::SSL_load_client_CA_file(ca_path.c_str()));
    return {};
}

}  // namespace

base::Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(
    const StreamTlsSettings& settings) {
    auto tls = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
    SSL_CTX* const native = tls->native_handle();
    ::SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    ::SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    ::SSL_CTX_set_session_id_context(native,
                                     reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                     static_cast<unsigned>(kSessionContext.size()));
    boost::system::error_code error;
    tls->use_certificate_chain_file(settings.certificate_path, error);
    if (error) return refuse("cannot use the certificate", settings.certificate_path, error);
    tls->use_private_key_file(settings.key_path, boost::asio::ssl::context::pem, error);
    if (error) return refuse("cannot use the private key", settings.key_path, error);
    if (::SSL_CTX_check_private_key(native) != 1) {
        return fail(ErrorCode::bad_input, "the private key does not belong to the certificate",
                    settings.key_path);
    }
    if (!settings.client_ca_path.empty()) {
        VD_TRY_DO(ask_for_client_certificates(*tls, settings.client_ca_path));
    }
    return tls;
}

}  // namespace vedette::source
