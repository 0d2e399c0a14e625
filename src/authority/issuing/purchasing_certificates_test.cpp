// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/purchasing_certificates.h"

#include <gtest/gtest.h>

#include "authority/issuing/change_status.h"
#include "authority/testing/test_authority.h"
#include "documents/json.h"
#include "sample/issuers.h"
#include "x509/path.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

class PurchasingTest : public ::testing::Test {
 protected:
  PurchasingTest() { authority.enter(merchant.certificate); }
  x509::Name subject_of(std::string_view common_name) const {
    return take(take(authority.network.data_centre.child("OU", "purchasers")).child("CN", common_name));
  }
  Bytes request_for(const crypto::PrivateKey& with, std::string_view common_name = "Shop",
                    const x509::AlternativeNames& names = {}) const {
    return take(x509::make_pkcs10(subject_of(common_name), names, with));
  }
  Result<std::optional<x509::Certificate>> certify(const crypto::PrivateKey& with) {
    return purchasing->certify(merchant.certificate, request_for(with));
  }
  void grant() {
    EXPECT_FALSE(take(certify(key)));
    take(purchasing->grant(merchant.certificate.subject().text(), "operator"));
  }
  void change(const x509::Certificate& certificate, StatusAct act,
              x509::RevocationReason reason = x509::RevocationReason::kUnspecified) {
    authority.clock.advance(Seconds(1));
    take(authority.database->write([&](storage::Transaction& transaction) {
      return change_status(*authority.context, transaction,
                           {certificate.serial(), act, reason, "operator", ""});
    }));
    authority.clock.advance(Seconds(1));
  }
  // The next CA key issues; the ones before stay in force, or are taken back.
  enum class Before { kStays, kIsTakenBack };
  void change_ca(Before before) {
    x509::Issuer& ca = authority.network.ca;
    std::vector<x509::Certificate> in_force;
    if (before == Before::kStays) in_force.push_back(ca.certificate);
    ca = sample::make_ca(authority.network.root, *ca.certificate.extensions().name_limits,
                         authority.clock.now() - std::chrono::hours(2));
    in_force.insert(in_force.begin(), ca.certificate);
    authority.keys->ca = ca;
    authority.keys->anchor = authority.network.anchor = std::make_shared<const x509::TrustAnchor>(
        take(x509::TrustAnchor::create(authority.network.root.certificate, in_force, authority.clock.now())));
    merchant = authority.network.issue_merchant("Shop", authority.clock.now());
    authority.enter(merchant.certificate);
  }
  struct Answer {
    x509::Certificate certificate, chain;
  };
  // Asks over HTTP, over TLS with this certificate or with none.
  http::Response post(const crypto::PrivateKey& with, std::optional<x509::Certificate> client) {
    http::Router router;
    purchasing->register_routes(router);
    http::Request request;
    request.method = "POST";
    request.path = "/v1/purchasing-certificates";
    request.body = request_for(with);
    request.client_certificate = std::move(client);
    return router.match(request, false).route->blocking(request);
  }
  Answer ask(const crypto::PrivateKey& with) {
    const auto answer =
        take(documents::parse_json(post(with, merchant.certificate).body, {.line_feeds = true}));
    const auto read = [&](const char* member) {
      return take(x509::Certificate::from_pem(answer.as_object().at(member).as_string()));
    };
    return {read("certificate"), read("chain")};
  }
  static crypto::PrivateKey new_key() { return crypto::PrivateKey::generate(crypto::KeyKind::kP256); }

  TestAuthority authority;
  x509::Signer merchant = authority.network.issue_merchant("Shop", authority.clock.now());
  crypto::PrivateKey key = new_key();
  std::unique_ptr<PurchasingCertificates> purchasing = take(PurchasingCertificates::open(*authority.context));
};

TEST_F(PurchasingTest, IssuesAPurchasersCertificateInTheEnterprisesNameOnceTheRightIsGranted) {
  grant();
  const auto issued = take(certify(key));
  ASSERT_TRUE(issued);
  EXPECT_EQ(issued->role(), x509::Role::kPurchaser);
  EXPECT_EQ(issued->subject(), subject_of("Shop"));
  EXPECT_EQ(issued->registered_by(), merchant.certificate.subject().text());
  EXPECT_TRUE(issued->public_key() == key.public_key());
  EXPECT_TRUE(
      x509::verify_path(*issued, *authority.keys->anchor, x509::Role::kPurchaser, authority.clock.now()));
  EXPECT_EQ(authority.state_of(issued->serial()), CertificateState::kActive);
}

TEST_F(PurchasingTest, IssuesNothingBeforeAnOperatorDecided) {
  EXPECT_FALSE(take(certify(key)));
  EXPECT_FALSE(take(certify(key)));
  const auto listed = take(purchasing->list("", 10));
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].state, PurchasingState::kAwaitingApproval);
}

TEST_F(PurchasingTest, TellsARefusedMerchantWhy) {
  EXPECT_FALSE(take(certify(key)));
  take(purchasing->refuse(merchant.certificate.subject().text(), "no contract", "operator"));
  const auto refused = certify(key);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kForbidden);
  EXPECT_NE(refused.error().detail.find("no contract"), std::string::npos);
}

TEST_F(PurchasingTest, RefusesAWordOnAMerchantThatNeverAsked) {
  EXPECT_EQ(purchasing->grant(merchant.certificate.subject().text(), "operator").error().code,
            ErrorCode::kNotFound);
}

TEST_F(PurchasingTest, RefusesWithoutAReason) {
  EXPECT_FALSE(take(certify(key)));
  EXPECT_EQ(purchasing->refuse(merchant.certificate.subject().text(), "", "operator").error().code,
            ErrorCode::kMalformed);
}

TEST_F(PurchasingTest, AnswersTheSameKeyWithTheSameCertificate) {
  grant();
  EXPECT_EQ(*take(certify(key)), *take(certify(key)));
}

TEST_F(PurchasingTest, RenewsForAnotherKeyAndLeavesTheOldCertificateInPlace) {
  grant();
  const auto first = take(certify(key));
  const auto second = take(certify(new_key()));
  EXPECT_EQ(second->subject(), first->subject());
  EXPECT_NE(second->serial(), first->serial());
  EXPECT_EQ(authority.state_of(first->serial()), CertificateState::kActive);
}

TEST_F(PurchasingTest, AnswersEachCertificateWithTheCaThatIssuedIt) {
  grant();
  const auto before = ask(key);
  EXPECT_EQ(before.chain, authority.network.ca.certificate);
  change_ca(Before::kStays);
  const auto repeated = ask(key);
  EXPECT_EQ(repeated.certificate, before.certificate);
  EXPECT_EQ(repeated.chain, before.chain);
  EXPECT_EQ(ask(new_key()).chain, authority.network.ca.certificate);
}

TEST_F(PurchasingTest, IssuesAnewForAKeyWhoseCertificateIsOfACaKeyThatWasTakenBack) {
  grant();
  const auto before = ask(key).certificate;
  change_ca(Before::kIsTakenBack);
  const auto anew = ask(key);
  EXPECT_TRUE(anew.certificate.public_key() == before.public_key());
  EXPECT_EQ(anew.chain, authority.network.ca.certificate);
  EXPECT_TRUE(x509::verify_path(anew.certificate, *authority.keys->anchor, x509::Role::kPurchaser,
                                authority.clock.now()));
  EXPECT_EQ(ask(key).certificate, anew.certificate) << "once";
}

TEST_F(PurchasingTest, RefusesAKeyThatWasRevokedAlsoOnceItsCaKeyIsTakenBack) {
  grant();
  change(*take(certify(key)), StatusAct::kRevoke, x509::RevocationReason::kKeyCompromise);
  change_ca(Before::kIsTakenBack);
  EXPECT_EQ(certify(key).error().code, ErrorCode::kCertificateRevoked);
}

TEST_F(PurchasingTest, RefusesAnotherEnterprisesName) {
  const auto refused = purchasing->certify(merchant.certificate, request_for(key, "Other"));
  EXPECT_EQ(refused.error().code, ErrorCode::kNameNotPermitted);
}

TEST_F(PurchasingTest, RefusesHosts) {
  x509::AlternativeNames names;
  names.dns = {"shop.example"};
  EXPECT_EQ(purchasing->certify(merchant.certificate, request_for(key, "Shop", names)).error().code,
            ErrorCode::kNameNotPermitted);
}

TEST_F(PurchasingTest, RefusesTheKeyOfTheMerchantsCertificate) {
  EXPECT_EQ(certify(merchant.key).error().code, ErrorCode::kConflict);
}

TEST_F(PurchasingTest, RefusesAMerchantWhoseCertificateIsNotGood) {
  grant();
  authority.change_state(merchant.certificate.serial(), CertificateState::kOnHold);
  EXPECT_EQ(certify(key).error().code, ErrorCode::kCertificateOnHold);
  authority.change_state(merchant.certificate.serial(), CertificateState::kRevoked);
  EXPECT_EQ(certify(key).error().code, ErrorCode::kCertificateRevoked);
}

TEST_F(PurchasingTest, RefusesAnotherCertificateWhileOneIsOnHold) {
  grant();
  const auto issued = take(certify(key));
  change(*issued, StatusAct::kSuspend);
  EXPECT_EQ(certify(new_key()).error().code, ErrorCode::kCertificateOnHold);
  change(*issued, StatusAct::kResume);
  EXPECT_TRUE(take(certify(new_key())));
}

TEST_F(PurchasingTest, RefusesAnotherCertificateAfterARevocationUntilTheRightIsGrantedAnew) {
  grant();
  const auto issued = take(certify(key));
  change(*issued, StatusAct::kRevoke, x509::RevocationReason::kPrivilegeWithdrawn);
  EXPECT_EQ(certify(new_key()).error().code, ErrorCode::kCertificateRevoked);
  take(purchasing->grant(merchant.certificate.subject().text(), "operator"));
  EXPECT_TRUE(take(certify(new_key())));
  EXPECT_EQ(certify(key).error().code, ErrorCode::kCertificateRevoked) << "the revoked key";
}

TEST_F(PurchasingTest, TellsARevocationBeforeTheGrantFromOneAfterItWithinOneSecond) {
  grant();
  const auto revoke = [&](const x509::Certificate& certificate) {
    take(authority.database->write([&](storage::Transaction& transaction) {
      return change_status(*authority.context, transaction,
                           {certificate.serial(), StatusAct::kRevoke,
                            x509::RevocationReason::kPrivilegeWithdrawn, "operator", ""});
    }));
  };
  revoke(*take(certify(key)));
  EXPECT_EQ(certify(new_key()).error().code, ErrorCode::kCertificateRevoked);
  take(purchasing->grant(merchant.certificate.subject().text(), "operator"));
  const auto issued = take(certify(new_key()));
  ASSERT_TRUE(issued);
  revoke(*issued);
  EXPECT_EQ(certify(new_key()).error().code, ErrorCode::kCertificateRevoked);
}

TEST_F(PurchasingTest, ReplacesACompromisedKeyAtOnce) {
  grant();
  change(*take(certify(key)), StatusAct::kRevoke, x509::RevocationReason::kKeyCompromise);
  EXPECT_TRUE(take(certify(new_key())));
}

TEST_F(PurchasingTest, LimitsHowManyADayItIssues) {
  grant();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(take(certify(new_key())));
  EXPECT_EQ(certify(new_key()).error().code, ErrorCode::kRateLimited);
}

TEST_F(PurchasingTest, RefusesWhoComesWithoutAMerchantsCertificate) {
  EXPECT_EQ(post(key, std::nullopt).status, 401);
  EXPECT_EQ(post(key, merchant.certificate).status, 202);
}

TEST_F(PurchasingTest, KeepsARecordOfWhatWasAskedAndDecided) {
  grant();
  take(certify(key));
  const auto acts = authority.acts();
  ASSERT_GE(acts.size(), 3U);
  EXPECT_EQ(std::vector(acts.end() - 3, acts.end()),
            (std::vector<std::string>{"ask_purchasing", "grant_purchasing", "issue"}));
}

}  // namespace
}  // namespace countersign::authority
