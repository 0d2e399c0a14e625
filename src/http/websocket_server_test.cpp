// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <future>

#include "http/raw_connection.h"
#include "http/websocket_frames.h"
#include "http/websocket_test_server.h"

namespace countersign::http {
namespace {

using namespace std::chrono_literals;

constexpr WebSocketMask kMask{1, 2, 3, 4};

std::string frame(WebSocketOpcode opcode, std::string_view payload) {
  return to_text(write_frame(opcode, as_bytes(payload), kMask));
}

std::string answer(WebSocketOpcode opcode, std::string_view payload) {
  return to_text(write_frame(opcode, as_bytes(payload)));
}

// The example of RFC 6455 §1.3, as a table to spoil.
using Lines = std::vector<std::string>;
Lines upgrade_lines() {
  return {"GET /echo HTTP/1.1",
          "Host: h",
          "Upgrade: websocket",
          "Connection: keep-alive, Upgrade",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Sec-WebSocket-Protocol: other.v1, echo.v1",
          "Sec-WebSocket-Version: 13",
          "Authorization: Bearer open-sesame"};
}
std::string text_of(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\r\n";
  return text + "\r\n";
}

struct WebSocketServer : testing::Test {
  void start(WebSocketLimits limits = {}) {
    Router router;
    router.add_websocket("/echo", echo.route(limits));
    auto started = Server::start({}, std::move(router));
    ASSERT_TRUE(started);
    server = std::move(started).value();
  }
  // A connection behind its upgrade.
  std::unique_ptr<RawConnection> open() {
    auto connection = std::make_unique<RawConnection>(server->port());
    connection->send(text_of(upgrade_lines()));
    EXPECT_TRUE(connection->receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    return connection;
  }

  EchoRoute echo;
  std::unique_ptr<Server> server;
};

TEST_F(WebSocketServer, AnswersTheUpgradeAsTheStandardSays) {
  start();
  RawConnection connection(server->port());
  connection.send(text_of(upgrade_lines()));
  const std::string head = connection.receive_until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_NE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);
  EXPECT_NE(head.find("Sec-WebSocket-Protocol: echo.v1\r\n"), std::string::npos);
  EXPECT_NE(head.find("Connection: Upgrade\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
}

struct SpoiledUpgrade {
  const char* name;
  std::size_t line;
  const char* replacement;  // empty: left out
  const char* status;
};

TEST_F(WebSocketServer, RefusesWhatIsNoUpgradeToItsProtocol) {
  start();
  const SpoiledUpgrade rows[] = {
      {"another method", 0, "POST /echo HTTP/1.1", "405"},
      {"a plain GET", 2, "X: y", "426"},
      {"upgrade to something else", 2, "Upgrade: h2c", "426"},
      {"no upgrade in Connection", 3, "Connection: keep-alive", "426"},
      {"a key of another length", 4, "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==", "400"},
      {"no key", 4, "X: y", "400"},
      {"another subprotocol", 5, "Sec-WebSocket-Protocol: ECHO.v1", "426"},
      {"no subprotocol", 5, "X: y", "426"},
      {"another version", 6, "Sec-WebSocket-Version: 8", "426"},
      {"a token that the route refuses", 7, "Authorization: Bearer close-sesame", "401"},
  };
  for (const SpoiledUpgrade& row : rows) {
    Lines lines = upgrade_lines();
    lines[row.line] = row.replacement;
    RawConnection connection(server->port());
    connection.send(text_of(lines));
    EXPECT_EQ(connection.receive_until("\r\n\r\n").substr(9, 3), row.status) << row.name;
  }
}

TEST_F(WebSocketServer, RefusesFramesBeforeItsAnswer) {
  start();
  RawConnection connection(server->port());
  connection.send(text_of(upgrade_lines()) + frame(WebSocketOpcode::kText, "early"));
  EXPECT_EQ(connection.receive_until("\r\n\r\n").substr(9, 3), "400");
}

TEST_F(WebSocketServer, EchoesMessagesAndAnswersPings) {
  start();
  const auto connection = open();
  connection->send(frame(WebSocketOpcode::kText, "hello") + frame(WebSocketOpcode::kPing, "still there?"));
  const std::string expected =
      answer(WebSocketOpcode::kText, "hello") + answer(WebSocketOpcode::kPong, "still there?");
  EXPECT_EQ(connection->receive_until("still there?"), expected);
}

TEST_F(WebSocketServer, EchoesTheCloseAndSaysThatThePeerClosed) {
  start();
  const auto connection = open();
  connection->send(frame(WebSocketOpcode::kClose, std::string_view("\x03\xe8", 2)));
  EXPECT_EQ(connection->receive_until("\x03\xe8"), answer(WebSocketOpcode::kClose, "\x03\xe8"));
  EXPECT_EQ(echo.next_end(), "cancelled");
}

TEST_F(WebSocketServer, ClosesWhenItsRouteDoes) {
  start();
  const auto connection = open();
  connection->send(frame(WebSocketOpcode::kText, "close") + frame(WebSocketOpcode::kText, "too late"));
  EXPECT_EQ(connection->receive_all(), answer(WebSocketOpcode::kClose, "\x03\xe8"));
  EXPECT_EQ(echo.next_end(), "gone");
}

TEST_F(WebSocketServer, EndsWithAReasonWhoBreaksTheProtocol) {
  start({.max_message = 100});
  struct Row {
    const char* name;
    std::string bytes;
    std::string_view code;
    const char* end;
  };
  const Row rows[] = {
      {"unmasked", answer(WebSocketOpcode::kText, "hello"), "\x03\xea", "malformed"},
      {"too large", frame(WebSocketOpcode::kText, std::string(101, 'x')), "\x03\xf1", "too_large"},
      {"not UTF-8", frame(WebSocketOpcode::kText, "\xff"), "\x03\xef", "unsupported"},
  };
  for (const Row& row : rows) {
    const auto connection = open();
    connection->send(row.bytes);
    EXPECT_EQ(connection->receive_all(), answer(WebSocketOpcode::kClose, row.code)) << row.name;
    EXPECT_EQ(echo.next_end(), row.end) << row.name;
  }
}

TEST_F(WebSocketServer, SaysThatAConnectionIsLost) {
  start();
  open().reset();
  EXPECT_EQ(echo.next_end(), "unavailable");
}

TEST_F(WebSocketServer, AsksASilentPeerAndThenGivesItUp) {
  start({.ping_interval = 30ms, .peer_timeout = 120ms});
  const auto connection = open();
  EXPECT_EQ(connection->receive_all(),
            answer(WebSocketOpcode::kPing, "") + answer(WebSocketOpcode::kClose, "\x03\xe9"));
  EXPECT_EQ(echo.next_end(), "unavailable");
}

TEST_F(WebSocketServer, KeepsAPeerThatAnswersPings) {
  start({.ping_interval = 20ms, .peer_timeout = 2000ms});
  const auto connection = open();
  const std::string ping = answer(WebSocketOpcode::kPing, "");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(connection->receive_until(ping), ping);
    connection->send(frame(WebSocketOpcode::kPong, ""));
  }
}

TEST_F(WebSocketServer, TakesNothingWhilePausedAndAllAfterwards) {
  start();
  const auto connection = open();
  connection->send(frame(WebSocketOpcode::kText, "pause") + frame(WebSocketOpcode::kText, "one") +
                   frame(WebSocketOpcode::kText, "two"));
  auto session = echo.session();
  ASSERT_TRUE(session->send_text("from the server"));
  EXPECT_EQ(connection->receive_until("from the server"), answer(WebSocketOpcode::kText, "from the server"));
  session->resume_reading();
  EXPECT_EQ(connection->receive_until("two"),
            answer(WebSocketOpcode::kText, "one") + answer(WebSocketOpcode::kText, "two"));
}

TEST_F(WebSocketServer, LetsSendersWaitForAPeerThatTakesNothing) {
  start({.max_unsent = 64 << 10});
  const auto connection = open();
  const auto session = echo.session();
  const Bytes message(60 << 10);
  std::size_t sent = 0;
  while (session->wait_for_room(200ms)) {  // until the socket is full, too
    if (session->send_binary(message)) sent += message.size() + 4;
  }
  EXPECT_EQ(session->send_binary(message).error().code, ErrorCode::kTooLarge);
  auto received = std::async(std::launch::async, [&] { return connection->receive_all(); });
  EXPECT_TRUE(session->wait_for_room(10s));
  EXPECT_TRUE(session->send_text("go on"));
  session->close(WebSocketClose::kNormal);
  const std::string end =
      answer(WebSocketOpcode::kText, "go on") + answer(WebSocketOpcode::kClose, "\x03\xe8");
  const std::string all = received.get();
  EXPECT_EQ(all.size(), sent + end.size());
  EXPECT_TRUE(all.ends_with(end));
}

TEST_F(WebSocketServer, TellsItsPeersThatItStops) {
  start();
  const auto connection = open();
  const auto session = echo.session();
  server.reset();
  EXPECT_EQ(connection->receive_all(), answer(WebSocketOpcode::kClose, "\x03\xe9"));
  EXPECT_EQ(echo.next_end(), "unavailable");
  EXPECT_EQ(session->send_text("anybody?").error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::http
