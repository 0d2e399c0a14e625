// SPDX-License-Identifier: Apache-2.0
#include "mediator/http_gateway.h"

#include "base/log.h"

namespace countersign::mediator {
namespace {

class RelaySocket final : public GatewaySocket {
 public:
  explicit RelaySocket(std::unique_ptr<http::WebSocketClient> client) : client_(std::move(client)) {}
  Result<void> send_text(std::string_view text) override { return client_->send_text(text); }
  Result<void> send_binary(BytesView bytes) override { return client_->send_binary(bytes); }
  Result<http::WebSocketMessage> receive() override { return client_->receive(); }
  void close() override { client_->close(); }

 private:
  const std::unique_ptr<http::WebSocketClient> client_;
};

}  // namespace

Result<std::unique_ptr<GatewaySocket>> HttpGateway::connect(const link::NamedCheckout& named) {
  http::WebSocketClientOptions options;
  if (options_.network_root) options.peer = http::NetworkPeer{*options_.network_root};
  options.addresses = options_.addresses;
  options.subprotocol = kRelaySubprotocol;
  options.bearer_token = named.token;
  // The checkout's id has no character that would need an encoding.
  auto client = http::WebSocketClient::connect(named.gateway + "/v1/relay?checkout=" + named.checkout,
                                               std::move(options));
  if (!client) {
    log_error("gateway_not_reached", client.error(), {{"gateway", named.gateway}});
    return fail(client.error());
  }
  return std::unique_ptr<GatewaySocket>(new RelaySocket(std::move(client).value()));
}

}  // namespace countersign::mediator
