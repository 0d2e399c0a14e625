// SPDX-License-Identifier: Apache-2.0
// What relying parties are told, right after it changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/status/crl_publisher.h"
#include "authority/status/ocsp_responder.h"
#include "authority/testing/test_network.h"
#include "crypto/random.h"

namespace countersign::authority {
namespace {

constexpr std::string_view kOcspRequestType = "application/ocsp-request";

class Status : public ::testing::Test {
 protected:
  Status() {
    take(database_->write([&](storage::Transaction& transaction) {
      return directory_.add(transaction, merchant_.certificate, {}, clock_.now());
    }));
  }

  x509::Issuer issue_responder() {
    x509::Signer signer = network_.issue(
        x509::Role::kOcspResponder, name_of("CN=OCSP Responder,OU=authority," + network_.data_centre.text()),
        clock_.now());
    return {std::move(signer.certificate), std::move(signer.key)};
  }
  void change_state(CertificateState state, x509::RevocationReason reason) {
    take(database_->write([&](storage::Transaction& transaction) {
      return directory_.change_state(transaction, merchant_.certificate.serial(), state, reason,
                                     clock_.now());
    }));
  }
  Bytes ask(const x509::Certificate& about, BytesView nonce = {}) const {
    return take(x509::make_ocsp_request(about, network_.ca.certificate, nonce));
  }
  http::Response post(Bytes body) const {
    http::Request request;
    request.method = "POST";
    request.headers["Content-Type"] = kOcspRequestType;
    request.body = std::move(body);
    return responder_.post(request);
  }
  http::Response get(BytesView body, std::string_view tag = {}) const {
    http::Request request;
    request.parameters["rest"] = base64_encode(body);
    if (!tag.empty()) request.headers["If-None-Match"] = tag;
    return responder_.get(request);
  }
  x509::CertificateStatus status_in(const http::Response& response, const x509::Certificate& about,
                                    BytesView nonce = {}) const {
    return take(x509::verify_ocsp_response(response.body, about, *network_.anchor, nonce, clock_.now(),
                                           Seconds{0}))
        .status;
  }

  ManualClock clock_;
  TemporaryFolder folder_;
  TestNetwork network_{clock_.now()};
  std::unique_ptr<storage::Database> database_ = take(storage::open_sqlite(folder_.path() / "store.db"));
  Directory directory_ = take(Directory::open(*database_, crypto::random_secret(32)));
  OcspCache cache_{issue_responder()};
  OcspResponder responder_{network_.ca.certificate, *database_, directory_, cache_, clock_};
  CrlPublisher publisher_ = take(CrlPublisher::open(network_.ca, *database_, directory_, clock_));
  x509::Signer merchant_ = network_.issue_merchant("Shop", clock_.now());
};

TEST_F(Status, AnswersGoodForAnActiveCertificate) {
  const http::Response response = post(ask(merchant_.certificate));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), "application/ocsp-response");
  EXPECT_EQ(status_in(response, merchant_.certificate).kind, x509::StatusKind::kGood);
}

TEST_F(Status, AnswersWithTheNonceThatWasSent) {
  const Bytes nonce = crypto::random_bytes(32);
  EXPECT_EQ(status_in(post(ask(merchant_.certificate, nonce)), merchant_.certificate, nonce).kind,
            x509::StatusKind::kGood);
}

TEST_F(Status, ShowsARevocationInTheVeryNextAnswer) {
  post(ask(merchant_.certificate));
  change_state(CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  const auto status = status_in(post(ask(merchant_.certificate)), merchant_.certificate);
  EXPECT_EQ(status.kind, x509::StatusKind::kRevoked);
  EXPECT_EQ(status.reason, x509::RevocationReason::kKeyCompromise);
}

TEST_F(Status, ShowsASuspensionAndItsEnd) {
  change_state(CertificateState::kOnHold, x509::RevocationReason::kCertificateHold);
  const auto status = status_in(post(ask(merchant_.certificate)), merchant_.certificate);
  EXPECT_EQ(status.kind, x509::StatusKind::kRevoked);
  EXPECT_EQ(status.reason, x509::RevocationReason::kCertificateHold);
  change_state(CertificateState::kActive, x509::RevocationReason::kUnspecified);
  EXPECT_EQ(status_in(post(ask(merchant_.certificate)), merchant_.certificate).kind, x509::StatusKind::kGood);
}

TEST_F(Status, NeverCallsASerialGoodThatTheDirectoryDoesNotHave) {
  const x509::Signer stranger = network_.issue_merchant("Stranger", clock_.now());
  EXPECT_EQ(status_in(post(ask(stranger.certificate)), stranger.certificate).kind,
            x509::StatusKind::kUnknown);
}

TEST_F(Status, SignsOncePerStatusAndAge) {
  const http::Response first = post(ask(merchant_.certificate));
  EXPECT_EQ(post(ask(merchant_.certificate)).body, first.body);
  clock_.advance(Seconds{60});
  EXPECT_NE(post(ask(merchant_.certificate)).body, first.body);
}

TEST_F(Status, AnswersGetAsPostAndLetsCachesAskAgain) {
  const http::Response response = get(ask(merchant_.certificate));
  EXPECT_EQ(status_in(response, merchant_.certificate).kind, x509::StatusKind::kGood);
  EXPECT_THAT(response.header("Cache-Control"), ::testing::HasSubstr("must-revalidate"));
  EXPECT_EQ(response.header("Last-Modified"), "Wed, 18 Nov 2026 11:06:40 GMT");
  const std::string tag(response.header("ETag"));
  EXPECT_EQ(get(ask(merchant_.certificate), tag).status, 304);
  change_state(CertificateState::kRevoked, x509::RevocationReason::kSuperseded);
  EXPECT_EQ(get(ask(merchant_.certificate), tag).status, 200);
}

TEST_F(Status, AnswersMalformedRequestsWithAnErrorResponse) {
  const Bytes malformed = x509::ocsp_error_response(1);
  EXPECT_EQ(post(to_bytes("no request")).body, malformed);
  EXPECT_EQ(post({}).body, malformed);
  EXPECT_EQ(get(to_bytes("no request")).body, malformed);
  http::Request not_base64;
  not_base64.parameters["rest"] = "%%%";
  EXPECT_EQ(responder_.get(not_base64).body, malformed);
  Bytes truncated = ask(merchant_.certificate);
  truncated.pop_back();
  EXPECT_EQ(post(truncated).body, malformed);
}

TEST_F(Status, RefusesAnotherMediaType) {
  http::Request request;
  request.headers["Content-Type"] = "text/plain";
  EXPECT_EQ(responder_.post(request).status, http::status_of(ErrorCode::kUnsupported));
}

TEST_F(Status, MakesANewCrlOnlyWhenAStatusChangedOrTheOldOneAged) {
  const Crl first = take(publisher_.current());
  EXPECT_EQ(take(publisher_.current()).der, first.der);
  change_state(CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  const Crl second = take(publisher_.current());
  EXPECT_GT(second.number, first.number);
  EXPECT_GT(second.der.size(), first.der.size());
  clock_.advance(std::chrono::hours(1));
  const Crl third = take(publisher_.current());
  EXPECT_GT(third.number, second.number);
}

TEST_F(Status, NumbersCrlsOnAfterARestart) {
  const Crl first = take(publisher_.current());
  change_state(CertificateState::kOnHold, x509::RevocationReason::kCertificateHold);
  const CrlPublisher restarted = take(CrlPublisher::open(network_.ca, *database_, directory_, clock_));
  EXPECT_GT(take(restarted.current()).number, first.number);
}

}  // namespace
}  // namespace countersign::authority
