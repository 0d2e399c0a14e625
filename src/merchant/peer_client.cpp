// SPDX-License-Identifier: Apache-2.0
#include "merchant/peer_client.h"

namespace countersign::merchant {

PeerClient::PeerClient(std::string url, PeerRule rule, http::ClientOptions options)
    : url_(std::move(url)), rule_(std::move(rule)), options_(std::move(options)) {
  options_.peer = rule_.check;
}

Result<std::shared_ptr<http::Client>> PeerClient::client() const {
  auto anchor = rule_.trust ? rule_.trust->current() : rule_.check.anchor;
  const std::lock_guard lock(mutex_);
  if (client_ && anchor == anchor_) return client_;
  auto options = options_;
  options.peer->anchor = anchor;
  TRY(auto made, http::Client::create(url_, std::move(options)));
  client_ = std::move(made);
  anchor_ = std::move(anchor);
  return client_;
}

Result<void> PeerClient::prepare() const {
  TRY(client());
  return ok();
}

Result<void> PeerClient::identify(const x509::Signer& identity) {
  {
    const std::lock_guard lock(mutex_);
    options_.identity = identity;
    client_.reset();
  }
  return prepare();
}

Result<http::Response> PeerClient::noted(Result<http::Response> response) const {
  return rule_.trust ? rule_.trust->note(std::move(response)) : response;
}

Result<http::Response> PeerClient::send(const http::Request& request) const {
  TRY(const auto connection, client());
  return noted(connection->send(request));
}

Result<http::Response> PeerClient::get(std::string_view path_and_query) const {
  TRY(const auto connection, client());
  return noted(connection->get(path_and_query));
}

Result<http::Response> PeerClient::post(std::string_view path, Bytes body,
                                        std::string_view content_type) const {
  TRY(const auto connection, client());
  return noted(connection->post(path, std::move(body), content_type));
}

}  // namespace countersign::merchant
