// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "http/client.h"

struct ssl_ctx_st;

namespace countersign::http {

// check_peer_names says whether a certificate is for whom we want to speak to: the subject where one is
// expected, else host or origin of the URL among its names. kWrongOrigin.
Result<void> check_peer_names(const x509::Certificate& peer, const PeerCheck& check, const Url& url);

// TlsClient judges the peer of one connection at a time; belongs to one thread at a time.
class TlsClient {
 public:
  // `options` and `url` outlive it.
  TlsClient(const ClientOptions& options, const Url& url) : options_(options), url_(url) {}
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Makes a fresh SSL_CTX ask this object, which outlives it.
  Result<void> configure(ssl_ctx_st* context);
  // Whether the newest handshake's peer was accepted.
  bool has_accepted() const { return accepted_; }
  // Why a connection failed, as far as TLS knows: the peer's check, or the alert with which the peer refused
  // us.
  const std::optional<Error>& error() const { return error_; }
  void forget_error() { error_.reset(); }
  // Of the newest handshake; empty before it.
  const crypto::SecretBytes& exporter() const { return exporter_; }

  // For the callbacks of OpenSSL.
  Result<void> judge(const std::vector<Bytes>& chain, BytesView stapled_status);
  void note(Error error) { error_ = std::move(error); }
  void accept() { accepted_ = true; }
  void keep_exporter(crypto::SecretBytes exporter) { exporter_ = std::move(exporter); }

 private:
  Result<void> judge_peer(const PeerCheck& check, BytesView leaf, BytesView stapled_status) const;
  const ClientOptions& options_;
  const Url& url_;
  bool accepted_ = false;
  std::optional<Error> error_;
  crypto::SecretBytes exporter_;
};

}  // namespace countersign::http
