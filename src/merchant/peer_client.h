// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "http/client.h"
#include "network/anchor_source.h"

namespace countersign::merchant {

// How a TLS peer is judged: as `check` says, under whom `trust` trusts at each moment; without it under the
// check's own anchor.
struct PeerRule {
  http::PeerCheck check;
  std::shared_ptr<const network::AnchorSource> trust = {};
};

// PeerClient speaks to one peer of the network. When whom the gateway trusts changes, or its own certificate,
// the requests from then on go over new connections. A peer of a CA that is not known has the source want a
// newer map. Thread-safe.
class PeerClient {
 public:
  // The peer of `options` is `rule`.
  PeerClient(std::string url, PeerRule rule, http::ClientOptions options);

  // Refuses a URL that is none before the first request.
  Result<void> prepare() const;
  // Speaks with this certificate from here on.
  Result<void> identify(const x509::Signer& identity);

  Result<http::Response> send(const http::Request& request) const;
  Result<http::Response> get(std::string_view path_and_query) const;
  Result<http::Response> post(std::string_view path, Bytes body, std::string_view content_type) const;

 private:
  Result<std::shared_ptr<http::Client>> client() const;
  Result<http::Response> noted(Result<http::Response> response) const;

  const std::string url_;
  const PeerRule rule_;
  mutable std::mutex mutex_;  // guards what follows
  http::ClientOptions options_;
  mutable std::shared_ptr<const x509::TrustAnchor> anchor_;  // that the client judges by
  mutable std::shared_ptr<http::Client> client_;
};

}  // namespace countersign::merchant
