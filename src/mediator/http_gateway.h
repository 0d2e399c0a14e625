// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/websocket_client.h"
#include "mediator/sides.h"

namespace countersign::mediator {

inline constexpr std::string_view kRelaySubprotocol = "countersign-relay.v1";

struct HttpGatewayOptions {
  std::optional<x509::Certificate> network_root;  // absent: gateways are judged by the system's roots
  http::AddressPolicy addresses = http::AddressPolicy::kAny;
};

// HttpGateway reaches a gateway's relay (GET /v1/relay) over a WebSocket.
class HttpGateway final : public GatewayAccess {
 public:
  explicit HttpGateway(HttpGatewayOptions options) : options_(std::move(options)) {}
  Result<std::unique_ptr<GatewaySocket>> connect(const link::NamedCheckout& checkout) override;

 private:
  const HttpGatewayOptions options_;
};

}  // namespace countersign::mediator
