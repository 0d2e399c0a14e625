// SPDX-License-Identifier: Apache-2.0
#include <openssl/ssl.h>

#include "crypto/openssl.h"
#include "http/raw_connection.h"
#include "http/tls_test_world.h"

namespace countersign::http {
namespace {

using x509::Role;

TEST_F(TlsTest, ServesWhoShowsNoCertificate) {
  start();
  EXPECT_EQ(ask(options()), "nobody");
}

TEST_F(TlsTest, TellsHandlersTheVerifiedClient) {
  start();
  ClientOptions given = options();
  given.identity = identity(Role::kMerchant);
  EXPECT_EQ(ask(given), given.identity->certificate.subject().text());
}

TEST_F(TlsTest, RefusesClientsOfAnotherRole) {
  start();
  for (const Role role : {Role::kPurchaser, Role::kAuthorityServer, Role::kOcspResponder}) {
    ClientOptions given = options();
    given.identity = identity(role);
    EXPECT_EQ(ask(std::move(given)), "unauthenticated");
  }
  EXPECT_EQ(requests, 0);
}

TEST_F(TlsTest, RefusesClientsOfAnotherNetwork) {
  start();
  const x509::TestNetwork other;
  const crypto::PrivateKey key = x509::new_key();
  ClientOptions given = options();
  given.identity = x509::Signer{other.issue(Role::kMerchant, key.public_key()), key, {other.ca}};
  EXPECT_EQ(ask(std::move(given)), "unauthenticated");
  EXPECT_EQ(requests, 0);
}

TEST_F(TlsTest, RefusesClientsOutOfTime) {
  TlsListener late = listener(identity(Role::kAuthorityServer));
  late.clock = std::make_shared<FixedClock>(network.now + std::chrono::days(4000));
  start(std::move(late));
  ClientOptions given = options();
  given.identity = identity(Role::kMerchant);
  EXPECT_EQ(ask(std::move(given)), "unauthenticated");
}

TEST_F(TlsTest, RefusesServersOfAnotherRole) {
  start();
  EXPECT_EQ(ask(options(Role::kMerchant)), "wrong_role");
  EXPECT_EQ(requests, 0);
}

TEST_F(TlsTest, RefusesServersOfAnotherNetwork) {
  const x509::TestNetwork other;
  const crypto::PrivateKey key = x509::new_key();
  start(listener({other.issue(Role::kAuthorityServer, key.public_key()), key, {other.ca}}));
  const std::string outcome = ask(options());
  EXPECT_TRUE(outcome == "certificate_unknown" || outcome == "signature_invalid") << outcome;
  EXPECT_EQ(requests, 0);
}

TEST_F(TlsTest, RefusesServersOutOfTime) {
  start();
  ClientOptions given = options();
  given.peer->clock = std::make_shared<FixedClock>(network.now + std::chrono::days(4000));
  EXPECT_EQ(ask(given), "expired");
  given.peer->clock = std::make_shared<FixedClock>(network.now - std::chrono::days(1));
  EXPECT_EQ(ask(given), "not_yet_valid");
  EXPECT_EQ(requests, 0);
}

TEST_F(TlsTest, RefusesServersOfAnotherHost) {
  const crypto::PrivateKey key = x509::new_key();
  x509::CertificateOrder order = network.order(Role::kAuthorityServer, key.public_key());
  order.alternative_names = {{"localhost"}, {}, {}};
  start(listener({x509::issue_certificate(network.issuer(), order).value(), key, {network.ca}}));
  EXPECT_EQ(ask(options()), "wrong_origin");
  EXPECT_EQ(requests, 0);
}

TEST_F(TlsTest, TakesTheExpectedSubjectWhateverTheHost) {
  const crypto::PrivateKey key = x509::new_key();
  x509::CertificateOrder order = network.order(Role::kAuthorityServer, key.public_key());
  order.alternative_names = {{"localhost"}, {}, {}};
  start(listener({x509::issue_certificate(network.issuer(), order).value(), key, {network.ca}}));
  ClientOptions given = options();
  given.peer->expected_subject = order.subject;
  EXPECT_EQ(ask(given), "nobody");
  given.peer->expected_subject = order.subject.child("CN", "Else").value();
  EXPECT_EQ(ask(given), "wrong_origin");
}

TEST_F(TlsTest, ShowsThePresentedChainBeforeAnyRequest) {
  start();
  std::vector<Bytes> seen;
  ClientOptions given;
  given.inspect_peer = [&](const std::vector<Bytes>& chain) -> Result<void> {
    seen = chain;
    return fail(ErrorCode::kCancelled, "looked only");
  };
  EXPECT_EQ(ask(given), "cancelled");
  EXPECT_EQ(requests, 0);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1], network.ca.der());
  given.inspect_peer = [](const std::vector<Bytes>&) -> Result<void> { return ok(); };
  EXPECT_EQ(ask(given), "nobody");
}

TEST_F(TlsTest, UsesReplacedIdentitiesForNewConnections) {
  start();
  EXPECT_EQ(ask(options(Role::kMerchant)), "wrong_role");
  ASSERT_TRUE(server->replace_tls(listener(identity(Role::kMerchant))));
  EXPECT_EQ(ask(options(Role::kMerchant)), "nobody");
}

TEST_F(TlsTest, RefusesAKeyThatDoesNotFitTheCertificate) {
  x509::Signer wrong = identity(Role::kAuthorityServer);
  wrong.key = x509::new_key();
  ServerOptions given;
  given.tls = listener(std::move(wrong));
  EXPECT_FALSE(Server::start(std::move(given), {}));
}

// A client of OpenSSL alone, which may offer what ours never does.
struct BareClient {
  crypto::Handle<SSL_CTX, SSL_CTX_free> context{SSL_CTX_new(TLS_client_method())};
  crypto::BioHandle bio;

  bool connect(unsigned short port) {
    bio.reset(BIO_new_ssl_connect(context.get()));
    BIO_set_conn_hostname(bio.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
    return BIO_do_connect(bio.get()) == 1 && BIO_do_handshake(bio.get()) == 1;
  }
};

TEST_F(TlsTest, RefusesTls12) {
  start();
  BareClient old;
  SSL_CTX_set_max_proto_version(old.context.get(), TLS1_2_VERSION);
  EXPECT_FALSE(old.connect(server->port()));
  BareClient current;
  EXPECT_TRUE(current.connect(server->port()));
}

TEST_F(TlsTest, RefusesOtherProtocolsInAlpn) {
  start();
  BareClient http2;
  SSL_CTX_set_alpn_protos(http2.context.get(), reinterpret_cast<const unsigned char*>("\x02h2"), 3);
  EXPECT_FALSE(http2.connect(server->port()));
  BareClient both;
  SSL_CTX_set_alpn_protos(both.context.get(), reinterpret_cast<const unsigned char*>("\x02h2\x08http/1.1"),
                          12);
  EXPECT_TRUE(both.connect(server->port()));
}

TEST_F(TlsTest, GivesNothingToResume) {
  start();
  BareClient client;
  ASSERT_TRUE(client.connect(server->port()));
  BIO_puts(client.bio.get(), "GET /who HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  char buffer[4096];
  while (BIO_read(client.bio.get(), buffer, sizeof(buffer)) > 0) {
  }
  SSL* session = nullptr;
  BIO_get_ssl(client.bio.get(), &session);
  EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get_session(session)), 0);
}

TEST_F(TlsTest, ClosesOnPlainHttpAndOnStalledHandshakes) {
  start();
  RawConnection plain(server->port());
  plain.send("GET /who HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(plain.receive_all().find("HTTP/"), std::string::npos);
  RawConnection stalled(server->port());
  EXPECT_EQ(stalled.receive_all(), "");
  EXPECT_EQ(requests, 0);
}

}  // namespace
}  // namespace countersign::http
