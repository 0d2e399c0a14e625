// SPDX-License-Identifier: Apache-2.0
#include "http/tls_test_world.h"
#include "x509/ocsp.h"

namespace countersign::http {
namespace {

using x509::Role;
using x509::StatusKind;

struct StaplingTest : TlsTest {
  // Starts a server that staples what `make` gives; a client that insists on it then asks.
  std::string ask_with(Bytes stapled) {
    TlsListener tls = listener(signer);
    if (!stapled.empty()) tls.stapled_ocsp = [stapled] { return stapled; };
    start(std::move(tls));
    ClientOptions given = options();
    given.peer->require_stapled_status = true;
    return ask(std::move(given));
  }

  Bytes response(x509::CertificateStatus status, const x509::Certificate& about,
                 TimePoint this_update) const {
    const x509::OcspAnswer answer{.cert_id = x509::make_cert_id(network.ca, about.serial()),
                                  .status = status,
                                  .this_update = this_update,
                                  .next_update = this_update + std::chrono::minutes(10)};
    return x509::sign_ocsp_response({responder.certificate, responder.key}, {&answer, 1}, {}, this_update)
        .value();
  }
  Bytes good() const { return response({.kind = StatusKind::kGood}, signer.certificate, clock->now()); }

  x509::Signer signer = identity(Role::kAuthorityServer);
  x509::Signer responder = identity(Role::kOcspResponder);
};

TEST_F(StaplingTest, TakesAGoodFreshStatus) {
  EXPECT_EQ(ask_with(good()), "nobody");
}

TEST_F(StaplingTest, RefusesAMissingStatus) {
  EXPECT_EQ(ask_with({}), "unavailable");
  EXPECT_EQ(requests, 0);
}

TEST_F(StaplingTest, RefusesAnOldStatus) {
  const TimePoint long_ago = clock->now() - std::chrono::minutes(30);
  EXPECT_EQ(ask_with(response({.kind = StatusKind::kGood}, signer.certificate, long_ago)), "expired");
}

TEST_F(StaplingTest, RefusesRevokedHeldAndUnknown) {
  const TimePoint now = clock->now();
  const x509::CertificateStatus revoked{StatusKind::kRevoked, now, x509::RevocationReason::kKeyCompromise};
  EXPECT_EQ(ask_with(response(revoked, signer.certificate, now)), "certificate_revoked");
  const x509::CertificateStatus held{StatusKind::kRevoked, now, x509::RevocationReason::kCertificateHold};
  EXPECT_EQ(ask_with(response(held, signer.certificate, now)), "certificate_on_hold");
  EXPECT_EQ(ask_with(response({.kind = StatusKind::kUnknown}, signer.certificate, now)),
            "certificate_unknown");
  EXPECT_EQ(requests, 0);
}

TEST_F(StaplingTest, RefusesAStatusOfAnotherCertificate) {
  const x509::Certificate other = network.issue(Role::kAuthorityServer);
  EXPECT_NE(ask_with(response({.kind = StatusKind::kGood}, other, clock->now())), "nobody");
  EXPECT_EQ(requests, 0);
}

TEST_F(StaplingTest, RefusesAStatusWithAnAlteredSignature) {
  Bytes altered = good();
  altered[altered.size() / 4] ^= 1;
  EXPECT_NE(ask_with(std::move(altered)), "nobody");
  EXPECT_EQ(ask_with(to_bytes("not DER")), "malformed");
  EXPECT_EQ(requests, 0);
}

}  // namespace
}  // namespace countersign::http
