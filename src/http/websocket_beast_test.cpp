// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include "http/websocket_test_server.h"

// Boost.Beast's client as the other implementation.
namespace countersign::http {
namespace {

namespace websocket = boost::beast::websocket;
using boost::asio::ip::tcp;

TEST(WebSocketInterworking, ServesAnotherImplementation) {
  EchoRoute echo;
  Router router;
  router.add_websocket("/echo", echo.route());
  auto server = std::move(Server::start({}, std::move(router))).value();

  boost::asio::io_context context;
  websocket::stream<tcp::socket> client(context);
  client.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), server->port()});
  client.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
    request.set("Sec-WebSocket-Protocol", "echo.v1");
    request.set("Authorization", "Bearer open-sesame");
  }));
  client.handshake("127.0.0.1", "/echo");
  client.write_buffer_bytes(16);
  client.auto_fragment(true);
  for (const std::size_t size : {0, 1, 125, 126, 65535, 65536}) {
    const std::string message(size, 'm');
    client.binary(size % 2 == 0);
    client.write(boost::asio::buffer(message));
    boost::beast::flat_buffer buffer;
    client.read(buffer);
    EXPECT_EQ(client.got_binary(), size % 2 == 0);
    EXPECT_EQ(std::string_view(static_cast<const char*>(buffer.cdata().data()), buffer.size()), message);
  }
  client.ping("still there?");
  client.close(websocket::close_code::normal);
  EXPECT_EQ(echo.next_end(), "cancelled");
}

}  // namespace
}  // namespace countersign::http
