// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/trusting_listener.h"

namespace countersign::cardcompany {

Result<std::unique_ptr<TrustingListener>> TrustingListener::start(
    http::ServerOptions options, http::Router router, std::shared_ptr<const network::AnchorSource> trust) {
  options.tls->client_anchor = trust->current();
  auto tls = *options.tls;
  TRY(auto server, http::Server::start(std::move(options), std::move(router)));
  return std::unique_ptr<TrustingListener>(
      new TrustingListener(std::move(tls), std::move(server), std::move(trust)));
}

Result<void> TrustingListener::follow() {
  auto anchor = trust_->current();
  if (anchor == tls_.client_anchor) return ok();
  auto tls = tls_;
  tls.client_anchor = std::move(anchor);
  TRY(server_->replace_tls(tls));
  tls_ = std::move(tls);
  return ok();
}

}  // namespace countersign::cardcompany
