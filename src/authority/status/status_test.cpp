// SPDX-License-Identifier: Apache-2.0
// What relying parties are told, right after it changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "authority/status/crl_publisher.h"
#include "authority/status/ocsp_responder.h"
#include "authority/testing/test_network.h"
#include "crypto/random.h"
#include "x509/der.h"

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

// A data centre whose CA has changed its key: `network_.ca` is the earlier one.
class StatusOfTwoCaKeys : public Status {
 protected:
  StatusOfTwoCaKeys() {
    take(database_->write([&](storage::Transaction& transaction) {
      return directory_.add(transaction, newcomer_.certificate, {}, clock_.now());
    }));
  }

  static x509::Issuer make_next_ca(const TestNetwork& network, TimePoint now) {
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    return {take(x509::create_data_centre_ca(network.root, *network.ca.certificate.extensions().name_limits,
                                             key.public_key(), now - std::chrono::hours(1))),
            key};
  }
  static TestNetwork with_next_ca(TestNetwork network, const x509::Issuer& ca) {
    network.ca = ca;
    return network;
  }
  x509::Issuer issue_next_responder() {
    x509::Signer signer =
        next_.issue(x509::Role::kOcspResponder,
                    name_of("CN=OCSP Responder,OU=authority," + next_.data_centre.text()), clock_.now());
    return {std::move(signer.certificate), std::move(signer.key)};
  }
  // What the answer to one question says, by the bytes behind its CertID (RFC 6960 §4.2.1).
  bool says(const http::Response& response, const Bytes& cert_id, std::uint8_t status) const {
    Bytes expected = cert_id;
    expected.push_back(status);
    expected.push_back(0);
    return std::search(response.body.begin(), response.body.end(), expected.begin(), expected.end()) !=
           response.body.end();
  }
  // CertificateList of RFC 5280 §5.1.
  bool signs(const x509::Issuer& ca, const Crl& crl) const {
    auto list = take(x509::der::read_only(crl.der, x509::der::Tag::kSequence));
    const auto to_be_signed = take(list.element(x509::der::Tag::kSequence));
    take(list.element(x509::der::Tag::kSequence));  // algorithm
    const auto signature = take(list.bit_string());
    return ca.key.public_key().verify(to_be_signed.whole, signature).has_value();
  }
  bool names(const Crl& crl, const x509::Certificate& certificate) const {
    const Bytes& serial = certificate.serial().bytes();
    return std::search(crl.der.begin(), crl.der.end(), serial.begin(), serial.end()) != crl.der.end();
  }

  static constexpr std::uint8_t kGood = 0x80, kUnknown = 0x82;
  x509::Issuer next_ca_ = make_next_ca(network_, clock_.now());
  TestNetwork next_ = with_next_ca(network_, next_ca_);
  x509::Issuer earlier_responder_ = issue_responder(), next_responder_ = issue_next_responder();
  std::shared_ptr<const x509::TrustAnchor> both_ =
      std::make_shared<const x509::TrustAnchor>(take(x509::TrustAnchor::create(
          network_.root.certificate, {next_ca_.certificate, network_.ca.certificate}, clock_.now())));
  OcspCache two_{next_responder_, {{network_.ca.certificate, earlier_responder_}}, {}};
  OcspResponder of_both_{both_->data_centre_cas(), *database_, directory_, two_, clock_};
  x509::Signer newcomer_ = next_.issue_merchant("New Shop", clock_.now());

  http::Response post_to_both(Bytes body) const {
    http::Request request;
    request.method = "POST";
    request.headers["Content-Type"] = kOcspRequestType;
    request.body = std::move(body);
    return of_both_.post(request);
  }
};

TEST_F(StatusOfTwoCaKeys, IsAnsweredByTheResponderOfTheKeyThatIssued) {
  // Under the anchor of one key alone the other's responder would have no path.
  const auto nonce = crypto::random_bytes(32);
  const auto old_answer =
      post_to_both(take(x509::make_ocsp_request(merchant_.certificate, network_.ca.certificate, nonce)));
  EXPECT_EQ(status_in(old_answer, merchant_.certificate, nonce).kind, x509::StatusKind::kGood);
  const auto new_only =
      take(x509::TrustAnchor::create(network_.root.certificate, {next_ca_.certificate}, clock_.now()));
  const auto new_answer =
      post_to_both(take(x509::make_ocsp_request(newcomer_.certificate, next_ca_.certificate, {})));
  EXPECT_EQ(take(x509::verify_ocsp_response(new_answer.body, newcomer_.certificate, new_only, {},
                                            clock_.now(), Seconds{0}))
                .status.kind,
            x509::StatusKind::kGood);
}

TEST_F(StatusOfTwoCaKeys, IsUnknownForTheKeyThatDidNotIssueTheSerial) {
  const auto right = x509::make_cert_id(network_.ca.certificate, merchant_.certificate.serial());
  const auto wrong = x509::make_cert_id(next_ca_.certificate, merchant_.certificate.serial());
  const auto ask_by = [&](const x509::Certificate& ca) {
    return post_to_both(take(x509::make_ocsp_request(merchant_.certificate, ca, {})));
  };
  EXPECT_TRUE(says(ask_by(network_.ca.certificate), right, kGood));
  EXPECT_TRUE(says(ask_by(next_ca_.certificate), wrong, kUnknown));
  EXPECT_FALSE(says(ask_by(next_ca_.certificate), wrong, kGood)) << "also when the issuer is remembered";
}

TEST_F(StatusOfTwoCaKeys, IsAnsweredByThePresentResponderWhereTheEarlierKeyHasNone) {
  OcspCache one(next_responder_);
  const OcspResponder responder(both_->data_centre_cas(), *database_, directory_, one, clock_);
  http::Request request;
  request.headers["Content-Type"] = kOcspRequestType;
  request.body = ask(merchant_.certificate);
  EXPECT_EQ(take(x509::verify_ocsp_response(responder.post(request).body, merchant_.certificate, *both_, {},
                                            clock_.now(), Seconds{0}))
                .status.kind,
            x509::StatusKind::kGood);
}

TEST_F(StatusOfTwoCaKeys, IsInAListOfEachKeyThatTellsApart) {
  change_state(CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  const auto publisher = take(CrlPublisher::open(next_ca_, *database_, directory_, clock_, {network_.ca}));
  const auto lists = take(publisher.all_current());
  ASSERT_EQ(lists.size(), 2U);
  EXPECT_TRUE(signs(next_ca_, lists[0]) && !signs(network_.ca, lists[0]));
  EXPECT_TRUE(signs(network_.ca, lists[1]) && !signs(next_ca_, lists[1]));
  EXPECT_NE(lists[0].number, lists[1].number);
  EXPECT_NE(lists[0].this_update, lists[1].this_update) << "LDAP tells them apart by nothing else";
  EXPECT_EQ(take(publisher.current_for(network_.ca.certificate)).der, lists[1].der);
  EXPECT_EQ(take(publisher.current_for(next_ca_.certificate)).der, lists[0].der);
  for (const Crl& list : lists) {
    EXPECT_TRUE(names(list, merchant_.certificate)) << "each names what either key issued";
    EXPECT_FALSE(names(list, newcomer_.certificate));
  }
}

TEST_F(StatusOfTwoCaKeys, IsInThePresentKeysListWhereTheEarlierKeyIsGone) {
  const auto publisher = take(CrlPublisher::open(next_ca_, *database_, directory_, clock_));
  EXPECT_TRUE(signs(next_ca_, take(publisher.current_for(network_.ca.certificate))));
}

TEST_F(StatusOfTwoCaKeys, HasANewListAfterTheKeyChanged) {
  const Crl before = take(publisher_.current());
  const auto publisher = take(CrlPublisher::open(next_ca_, *database_, directory_, clock_, {network_.ca}));
  const Crl after = take(publisher.current());
  EXPECT_TRUE(signs(next_ca_, after));
  EXPECT_GT(after.number, before.number);
}

}  // namespace
}  // namespace countersign::authority
