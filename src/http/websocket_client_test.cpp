// SPDX-License-Identifier: Apache-2.0
#include "http/websocket_client.h"

#include <cstdlib>
#include <future>

#include "http/tls_test_world.h"
#include "http/websocket_handshake.h"
#include "http/websocket_test_server.h"

namespace countersign::http {
namespace {

using namespace std::chrono_literals;
using x509::Role;

struct WebSocketClientTest : TlsTest {
  void start_echo(WebSocketLimits limits = {}) {
    Router router;
    router.add_websocket("/echo", echo.route(limits));
    router.add("GET", "/silent", [](Request, const Respond& respond) {
      static Respond kept;  // never answered
      kept = respond;
    });
    router.add("GET", "/another-key", [](Request request, const Respond& respond) {
      request.headers["Sec-WebSocket-Key"] = "AAAAAAAAAAAAAAAAAAAAAA==";
      respond(upgrade_answer(request, "echo.v1"));
    });
    router.add("GET", "/another-protocol", [](const Request& request, const Respond& respond) {
      respond(upgrade_answer(request, "echo.v2"));
    });
    ServerOptions server_options;
    server_options.stop_timeout = 100ms;
    server_options.tls = listener(identity(Role::kAuthorityServer));
    auto started = Server::start(std::move(server_options), std::move(router));
    ASSERT_TRUE(started);
    server = std::move(started).value();
  }
  void TearDown() override { server.reset(); }  // before the route
  WebSocketClientOptions options() const {
    WebSocketClientOptions given;
    given.peer = NetworkPeer{network.root, Role::kAuthorityServer, clock};
    given.subprotocol = "echo.v1";
    given.bearer_token = "open-sesame";
    return given;
  }
  Result<std::unique_ptr<WebSocketClient>> connect(WebSocketClientOptions given,
                                                   std::string_view path = "/echo") {
    return WebSocketClient::connect("https://127.0.0.1:" + std::to_string(server->port()) + std::string(path),
                                    std::move(given));
  }
  // Of a connection that is refused.
  std::string refusal(WebSocketClientOptions given, std::string_view path = "/echo") {
    const auto client = connect(std::move(given), path);
    return client ? "connected" : std::string(error_name(client.error().code));
  }

  EchoRoute echo;
};

TEST_F(WebSocketClientTest, CarriesMessagesBothWays) {
  start_echo();
  auto client = std::move(connect(options())).value();
  Bytes large(60 << 10);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(i * 7);
  ASSERT_TRUE(client->send_text("{\"type\":\"cancel\"}"));
  ASSERT_TRUE(client->send_binary(large));
  const auto text = client->receive();
  ASSERT_TRUE(text);
  EXPECT_EQ(text.value().kind, MessageKind::kText);
  EXPECT_EQ(text.value().text(), "{\"type\":\"cancel\"}");
  EXPECT_EQ(client->receive().value().payload, large);
}

TEST_F(WebSocketClientTest, SendsAndReceivesAtTheSameTime) {
  start_echo();
  auto client = std::move(connect(options())).value();
  const auto sender = std::async(std::launch::async, [&] {
    for (int i = 0; i < 400; ++i) {
      if (!client->send_binary(Bytes(8 << 10, static_cast<std::uint8_t>(i)))) return;
    }
  });
  for (int i = 0; i < 400; ++i) {
    const auto message = client->receive();
    ASSERT_TRUE(message) << i;
    ASSERT_EQ(message.value().payload[0], static_cast<std::uint8_t>(i));
  }
}

TEST_F(WebSocketClientTest, SaysWhoClosed) {
  start_echo();
  auto client = std::move(connect(options())).value();
  ASSERT_TRUE(client->send_text("close"));
  EXPECT_EQ(client->receive().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(client->send_text("anybody?").error().code, ErrorCode::kUnavailable);

  client = std::move(connect(options())).value();
  EXPECT_EQ(echo.next_end(), "gone");
  client.reset();
  EXPECT_EQ(echo.next_end(), "cancelled");
}

TEST_F(WebSocketClientTest, LetsAnotherThreadEndTheWaiting) {
  start_echo();
  auto client = std::move(connect(options())).value();
  auto waiting = std::async(std::launch::async, [&] { return client->receive(); });
  client->close();
  EXPECT_EQ(waiting.get().error().code, ErrorCode::kGone);
  EXPECT_EQ(echo.next_end(), "cancelled");
}

TEST_F(WebSocketClientTest, NoticesThatTheServerIsLostOrSilent) {
  start_echo();
  auto client = std::move(connect(options())).value();
  server.reset();
  EXPECT_EQ(client->receive().error().code, ErrorCode::kCancelled);  // the server said that it goes

  start_echo();
  WebSocketClientOptions impatient = options();
  impatient.limits = {.ping_interval = 20ms, .peer_timeout = 100ms};
  client = std::move(connect(impatient)).value();
  ASSERT_TRUE(client->send_text("pause"));
  EXPECT_EQ(client->receive().error().code, ErrorCode::kUnavailable);
}

TEST_F(WebSocketClientTest, RefusesMessagesBeyondItsLimit) {
  start_echo();
  WebSocketClientOptions small = options();
  small.limits.max_message = 100;
  auto client = std::move(connect(small)).value();
  ASSERT_TRUE(client->send_binary(Bytes(101)));
  EXPECT_EQ(client->receive().error().code, ErrorCode::kTooLarge);
}

TEST_F(WebSocketClientTest, PassesOnWhyTheServerRefuses) {
  start_echo();
  WebSocketClientOptions given = options();
  given.bearer_token = "wrong";
  EXPECT_EQ(refusal(given), "unauthenticated");
  EXPECT_EQ(refusal(options(), "/nowhere"), "not_found");
  given = options();
  given.subprotocol = "echo.v2";
  EXPECT_EQ(refusal(given), "unsupported");
  given = options();
  given.connect_timeout = 100ms;
  EXPECT_EQ(refusal(given, "/silent"), "unavailable");
}

TEST_F(WebSocketClientTest, RefusesAnswersThatAreNotForItsUpgrade) {
  start_echo();
  EXPECT_EQ(refusal(options(), "/another-key"), "malformed");
  EXPECT_EQ(refusal(options(), "/another-protocol"), "malformed");
}

TEST_F(WebSocketClientTest, RefusesServersOfAnotherRoleNetworkOrTime) {
  start_echo();
  WebSocketClientOptions given = options();
  given.peer->role = Role::kMerchant;
  EXPECT_EQ(refusal(given), "wrong_role");
  const x509::TestNetwork other;
  given = options();
  given.peer->root = other.root;
  EXPECT_EQ(refusal(given), "certificate_unknown");
  given = options();
  given.peer->clock = std::make_shared<FixedClock>(network.now + std::chrono::days(4000));
  EXPECT_EQ(refusal(given), "expired");
}

TEST_F(WebSocketClientTest, RefusesServersThatTheSystemDoesNotKnow) {
  start_echo();
  WebSocketClientOptions given = options();
  given.peer.reset();
  EXPECT_EQ(refusal(given), "certificate_unknown");
}

TEST_F(WebSocketClientTest, RefusesWhatItMayNotConnectTo) {
  start_echo();
  WebSocketClientOptions given = options();
  given.addresses = AddressPolicy::kPublicOnly;
  EXPECT_EQ(refusal(given), "forbidden");
  given = options();
  given.bearer_token = "a\r\nHost: elsewhere";
  EXPECT_EQ(refusal(given), "malformed");
  EXPECT_EQ(WebSocketClient::connect("http://127.0.0.1/", options()).error().code, ErrorCode::kMalformed);
  const auto port = server->port();
  server.reset();
  EXPECT_EQ(
      WebSocketClient::connect("https://127.0.0.1:" + std::to_string(port) + "/echo", options()).error().code,
      ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::http
