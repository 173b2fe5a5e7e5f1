// SPDX-License-Identifier: Apache-2.0
#include "source/stream_tls.h"

#include <openssl/ssl.h>

#include "base/tls_context.h"

namespace vedette::source {

namespace {

/// Names whose sessions may be resumed; OpenSSL wants one where clients show certificates.
constexpr std::string_view kSessionContext = "vedette";

base::Result<void> ask_for_client_certificates(boost::asio::ssl::context& tls,
                                               const std::string& ca_path) {
    boost::system::error_code error;
    tls.load_verify_file(ca_path, error);
    if (error)
        return base::refuse_pem("cannot use the certificate authority of clients", ca_path, error);
    tls.set_verify_mode(
        boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert, error);
    if (error) return base::refuse_pem("cannot ask for certificates of clients", ca_path, error);
    // Tells clients which of their certificates is wanted.
    ::SSL_CTX_set_client_CA_list(tls.native_handle(), ::SSL_load_client_CA_file(ca_path.c_str()));
    return {};
}

}  // namespace

base::Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(
    const StreamTlsSettings& settings) {
    VD_TRY(auto tls, base::make_tls_server_context(settings.certificate_path, settings.key_path));
    ::SSL_CTX_set_session_id_context(tls->native_handle(),
                                     reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                     static_cast<unsigned>(kSessionContext.size()));
    if (!settings.client_ca_path.empty()) {
        VD_TRY_DO(ask_for_client_certificates(*tls, settings.client_ca_path));
    }
    return tls;
}

}  // namespace vedette::source
