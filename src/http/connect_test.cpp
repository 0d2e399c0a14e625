// SPDX-License-Identifier: Apache-2.0
// Clients over connections that somebody else made.
#include "http/raw_connection.h"
#include "http/tls_test_world.h"

namespace countersign::http {
namespace {

using x509::Role;

class ConnectTest : public TlsTest {
 protected:
  // A socket of this machine's, connected to the server, whatever the URL says.
  Result<int> connect_to_server() {
    ++connections;
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
      return fail(ErrorCode::kUnavailable, "connect");
    return descriptor;
  }
  ClientOptions connecting() {
    ClientOptions given = options();
    given.connect = [this] { return connect_to_server(); };
    return given;
  }
  // A name that no resolver knows.
  Result<std::unique_ptr<Client>> client(ClientOptions given, std::string_view base) {
    return Client::create(base, std::move(given));
  }

  std::atomic<int> connections = 0;
};

TEST_F(ConnectTest, SpeaksOverTheGivenConnectionWithoutLookingUpTheName) {
  start();
  auto given = connecting();
  given.peer->expected_subject = network.issue(Role::kAuthorityServer, x509::new_key().public_key()).subject();
  const auto http = client(std::move(given), "https://nowhere.invalid:8443").value();
  for (int i = 0; i < 2; ++i) {
    const auto response = http->get("/who");
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response.value().status, 200);
  }
  EXPECT_EQ(connections, 1) << "kept alive";
}

TEST_F(ConnectTest, StillDemandsThatThePeerBeWhoTheUrlSays) {
  start();
  const auto http = client(connecting(), "https://nowhere.invalid:8443").value();
  EXPECT_EQ(http->get("/who").error().code, ErrorCode::kWrongOrigin);
  EXPECT_EQ(requests, 0);
}

TEST_F(ConnectTest, TellsWhyThereIsNoConnection) {
  start();
  auto given = options();
  given.connect = []() -> Result<int> { return fail(ErrorCode::kCancelled, "the link is gone"); };
  const auto http = client(std::move(given), "https://127.0.0.1:8443").value();
  EXPECT_EQ(http->get("/who").error().code, ErrorCode::kCancelled);
}

TEST_F(ConnectTest, ExportsFromTheConnectionOfTheNewestRequest) {
  start();
  const auto base = "https://127.0.0.1:" + std::to_string(server->port());
  const auto one = client(options(), base).value();
  const auto other = client(options(), base).value();
  EXPECT_EQ(one->tls_exporter().error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(one->get("/who"));
  ASSERT_TRUE(other->get("/who"));
  const auto first = one->tls_exporter();
  ASSERT_TRUE(first);
  EXPECT_EQ(first.value().size(), 32U);
  ASSERT_TRUE(one->get("/who"));
  EXPECT_TRUE(equal_secrets(first.value(), one->tls_exporter().value())) << "the same connection";
  EXPECT_FALSE(equal_secrets(first.value(), other->tls_exporter().value()));
}

}  // namespace
}  // namespace countersign::http
