// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/server.h"
#include "network/anchor_source.h"

namespace countersign::cardcompany {

// TrustingListener is the company's service over TLS, which judges its clients by whom the company trusts at
// each moment. Who is connected already is judged anew with each request (PartyStatus).
class TrustingListener {
 public:
  // `options.tls` is there; its client_anchor is the source's. Errors of http::Server::start.
  static Result<std::unique_ptr<TrustingListener>> start(http::ServerOptions options, http::Router router,
                                                         std::shared_ptr<const network::AnchorSource> trust);
  // Takes over whom the source trusts since. To be called every few seconds, from one thread.
  Result<void> follow();
  unsigned short port() const { return server_->port(); }

 private:
  TrustingListener(http::TlsListener tls, std::unique_ptr<http::Server> server,
                   std::shared_ptr<const network::AnchorSource> trust)
      : tls_(std::move(tls)), server_(std::move(server)), trust_(std::move(trust)) {}

  http::TlsListener tls_;
  const std::unique_ptr<http::Server> server_;
  const std::shared_ptr<const network::AnchorSource> trust_;
};

}  // namespace countersign::cardcompany
