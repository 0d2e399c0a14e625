// SPDX-License-Identifier: Apache-2.0
// Clients whose connections somebody else carries.
#include <array>
#include <thread>

#include "http/raw_connection.h"
#include "http/tls_test_world.h"

namespace countersign::http {
namespace {

using x509::Role;

// Copies bytes until the end, then says so to the other side.
void copy(int from, int to) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t size = recv(from, buffer.data(), buffer.size(), 0);
    if (size <= 0 || send(to, buffer.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) break;
  }
  shutdown(to, SHUT_WR);
}

class CarryTest : public TlsTest {
 protected:
  void TearDown() override {
    for (auto& thread : threads_) thread.join();
  }
  ClientOptions carried() {
    ClientOptions given = options();
    given.carry = [this](int other_end) -> Result<void> {
      ++connections;
      threads_.emplace_back([this, other_end] { carry(other_end); });
      return ok();
    };
    return given;
  }
  x509::Name server_name() const { return identity(Role::kAuthorityServer).certificate.subject(); }

  std::atomic<int> connections = 0;

 private:
  // To the server of the test, whatever the URL says.
  void carry(int other_end) {
    const int onward = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(onward, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      std::thread back([&] { copy(onward, other_end); });
      copy(other_end, onward);
      back.join();
    }
    close(onward);
    close(other_end);
  }
  std::vector<std::thread> threads_;
};

TEST_F(CarryTest, SpeaksToAPeerWhoseNameNobodyCanLookUp) {
  start();
  auto given = carried();
  given.peer->expected_subject = server_name();
  const auto http = Client::create("https://nowhere.invalid:8443", std::move(given)).value();
  for (int i = 0; i < 2; ++i) {
    const auto response = http->get("/who");
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response.value().status, 200);
  }
  EXPECT_EQ(connections, 1) << "kept alive";
}

TEST_F(CarryTest, StillDemandsThatThePeerBeWhoTheUrlSays) {
  start();
  const auto http = Client::create("https://nowhere.invalid:8443", carried()).value();
  EXPECT_EQ(http->get("/who").error().code, ErrorCode::kWrongOrigin);
  EXPECT_EQ(requests, 0);
}

TEST_F(CarryTest, TellsWhyNothingIsCarried) {
  auto given = options();
  given.carry = [](int other_end) -> Result<void> {
    close(other_end);
    return fail(ErrorCode::kCancelled, "the link is gone");
  };
  const auto http = Client::create("https://127.0.0.1:8443", std::move(given)).value();
  EXPECT_EQ(http->get("/who").error().code, ErrorCode::kCancelled);
}

TEST_F(CarryTest, FailsWhenWhoCarriesHangsUp) {
  auto given = options();
  given.carry = [](int other_end) -> Result<void> {
    close(other_end);
    return ok();
  };
  const auto http = Client::create("https://127.0.0.1:8443", std::move(given)).value();
  EXPECT_EQ(http->get("/who").error().code, ErrorCode::kUnavailable);
}

TEST_F(CarryTest, CarriesNothingInClear) {
  ClientOptions given;
  given.carry = [](int) -> Result<void> { return ok(); };
  EXPECT_EQ(Client::create("http://127.0.0.1:8443", std::move(given)).error().code, ErrorCode::kMalformed);
}

TEST_F(CarryTest, ExportsFromTheConnectionOfTheNewestRequest) {
  start();
  const auto base = "https://127.0.0.1:" + std::to_string(server->port());
  const auto one = Client::create(base, options()).value();
  const auto other = Client::create(base, carried()).value();
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
