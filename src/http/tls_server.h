// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "http/server.h"

struct ssl_ctx_st;
struct ssl_st;

namespace countersign::http {

// TlsServer is the TLS side of a listener: one SSL_CTX and what its callbacks need. TLS 1.3 only, no
// resumption, so that every connection is judged anew. Immutable, thread-safe; connections share it and keep
// it alive.
class TlsServer {
 public:
  // kInternal when OpenSSL does not take key or certificate.
  static Result<std::shared_ptr<const TlsServer>> create(TlsListener listener);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  // What a handshake learns about its client.
  struct Handshake {
    const TlsServer* server = nullptr;
    std::optional<x509::Certificate> client_certificate;  // verified
  };
  // A new SSL object; null when memory is short. `handshake` outlives it.
  ssl_st* new_session(Handshake& handshake) const;
  const TlsListener& listener() const { return listener_; }

 private:
  explicit TlsServer(TlsListener listener) : listener_(std::move(listener)) {}
  Result<void> configure();
  TlsListener listener_;
  ssl_ctx_st* context_ = nullptr;
};

}  // namespace countersign::http
