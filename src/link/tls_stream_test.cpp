// SPDX-License-Identifier: Apache-2.0
#include "link/tls_stream.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <future>

#include "link/test_world.h"
#include "link/testing/pair.h"

namespace countersign::link {
namespace {

using Streams = std::pair<Result<std::unique_ptr<TlsStream>>, Result<std::unique_ptr<TlsStream>>>;

struct TlsStreamTest : ::testing::Test {
  static Result<void> anyone(const Sha256Digest&) { return ok(); }
  static TlsStream::Judge only(const Sha256Digest& wanted,
                               ErrorCode otherwise = ErrorCode::kCertificateUnknown) {
    return [=](const Sha256Digest& peer) -> Result<void> {
      if (peer == wanted) return ok();
      return fail(otherwise, "another key");
    };
  }

  // Connecting and accepting side.
  Streams handshake(TlsStream::Judge connecting, TlsStream::Judge accepting) {
    auto [pc_end, terminal_end] = testing::socket_pair();
    auto accepted = std::async(std::launch::async, [&, end = std::move(terminal_end)]() mutable {
      return TlsStream::accept(std::move(end), terminal, accepting, after(limit));
    });
    auto connected = TlsStream::connect(std::move(pc_end), pc, connecting, after(limit));
    return {std::move(connected), accepted.get()};
  }

  HandClock clock;
  Identity pc = new_identity(clock);
  Identity terminal = new_identity(clock);
  std::chrono::milliseconds limit{5'000};
};

TEST_F(TlsStreamTest, KnowsTheOtherSideByItsKey) {
  auto [connected, accepted] = handshake(only(terminal.digest()), only(pc.digest()));
  ASSERT_TRUE(connected && accepted);
  EXPECT_EQ(connected.value()->peer(), terminal.digest());
  EXPECT_EQ(accepted.value()->peer(), pc.digest());
  Bytes got(5);
  ASSERT_TRUE(connected.value()->write_all(as_bytes("hello"), after(limit)));
  ASSERT_TRUE(accepted.value()->read_all(got, after(limit)));
  EXPECT_EQ(as_text(got), "hello");
}

TEST_F(TlsStreamTest, HasAnExporterThatBothSidesShareAndNoOtherSession) {
  auto [connected, accepted] = handshake(anyone, anyone);
  auto [again, other] = handshake(anyone, anyone);
  const auto secret = connected.value()->exporter("EXPORTER-a");
  EXPECT_TRUE(equal_secrets(secret, accepted.value()->exporter("EXPORTER-a")));
  EXPECT_FALSE(equal_secrets(secret, accepted.value()->exporter("EXPORTER-b")));
  EXPECT_FALSE(equal_secrets(secret, again.value()->exporter("EXPORTER-a")));
}

TEST_F(TlsStreamTest, RefusesAServerWithAnotherKey) {
  auto [connected, accepted] = handshake(only(pc.digest()), anyone);
  EXPECT_EQ(code_of(connected), "certificate_unknown");
  EXPECT_EQ(code_of(accepted), "forbidden") << "the alert says that the key was refused";
}

TEST_F(TlsStreamTest, RefusesAClientWithAnotherKeyWhichLearnsItAtItsFirstRead) {
  for (const auto reason : {ErrorCode::kCertificateUnknown, ErrorCode::kCertificateRevoked}) {
    auto [connected, accepted] = handshake(anyone, only(terminal.digest(), reason));
    EXPECT_EQ(accepted.error().code, reason);
    ASSERT_TRUE(connected);
    Bytes one(1);
    EXPECT_EQ(code_of(connected.value()->read_all(one, after(limit))), "forbidden");
  }
}

// A client of OpenSSL as others would write it; what the accepting side says.
std::string accept_from(const Identity& terminal, void (*configure)(SSL_CTX*), const Bytes& protocols) {
  auto [client_end, terminal_end] = testing::socket_pair();
  auto accepted = std::async(std::launch::async, [&, end = std::move(terminal_end)]() mutable {
    return code_of(TlsStream::accept(
        std::move(end), terminal, [](const Sha256Digest&) -> Result<void> { return ok(); },
        after(std::chrono::seconds(5))));
  });
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  configure(context);
  SSL* session = SSL_new(context);
  if (!protocols.empty())
    SSL_set_alpn_protos(session, protocols.data(), static_cast<unsigned>(protocols.size()));
  SSL_set_fd(session, client_end.number());
  SSL_connect(session);
  char one = 0;
  SSL_read(session, &one, 1);
  SSL_free(session);
  SSL_CTX_free(context);
  client_end = Socket();
  return accepted.get();
}

const Bytes kLinkProtocol = [] {
  Bytes protocol =
      to_bytes(std::string_view("\x12"
                                "countersign-link/1"));
  return protocol;
}();

TEST_F(TlsStreamTest, RefusesAClientWithoutAKey) {
  EXPECT_EQ(accept_from(
                terminal, [](SSL_CTX*) {}, kLinkProtocol),
            "unauthenticated");
}

TEST_F(TlsStreamTest, RefusesOlderVersions) {
  const auto old = [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); };
  EXPECT_EQ(accept_from(terminal, old, kLinkProtocol), "unsupported");
}

TEST_F(TlsStreamTest, RefusesOtherProtocols) {
  EXPECT_EQ(accept_from(
                terminal, [](SSL_CTX*) {}, to_bytes(std::string_view("\x08http/1.1"))),
            "unsupported");
}

TEST_F(TlsStreamTest, RefusesWhatIsNoTls) {
  auto [client_end, terminal_end] = testing::socket_pair();
  const std::string_view request = "GET / HTTP/1.1\r\nHost: terminal\r\n\r\n";
  ASSERT_EQ(::send(client_end.number(), request.data(), request.size(), 0), std::ssize(request));
  EXPECT_EQ(code_of(TlsStream::accept(std::move(terminal_end), terminal, anyone, after(limit))), "malformed");
}

TEST_F(TlsStreamTest, WaitsNoLongerThanItsLimitForASilentPeer) {
  auto [client_end, terminal_end] = testing::socket_pair();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(code_of(TlsStream::accept(std::move(terminal_end), terminal, anyone,
                                      after(std::chrono::milliseconds(50)))),
            "unavailable");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

TEST_F(TlsStreamTest, StopsWhenAsked) {
  auto [client_end, terminal_end] = testing::socket_pair();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(
      code_of(TlsStream::accept(std::move(terminal_end), terminal, anyone, after(limit), stop.get_token())),
      "cancelled");
}

TEST_F(TlsStreamTest, TellsAnEndFromACut) {
  {
    auto [connected, accepted] = handshake(anyone, anyone);
    connected.value()->finish();
    Bytes one(1);
    EXPECT_EQ(code_of(accepted.value()->read_all(one, after(limit))), "gone");
  }
  {
    auto [connected, accepted] = handshake(anyone, anyone);
    connected.value().reset();
    Bytes one(1);
    EXPECT_EQ(code_of(accepted.value()->read_all(one, after(limit))), "unavailable");
    EXPECT_EQ(code_of(accepted.value()->write_all(one, after(limit))), "unavailable")
        << "and raises no signal";
  }
}

}  // namespace
}  // namespace countersign::link
