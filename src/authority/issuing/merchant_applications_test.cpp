// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/merchant_applications.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "authority/testing/test_authority.h"
#include "documents/json.h"
#include "x509/origins.h"
#include "x509/pkcs10.h"
#include "x509/pkcs12.h"

namespace countersign::authority {
namespace {

constexpr const char* kOrigin = "https://127.0.0.1:8443";

class ApplicationTest : public ::testing::Test {
 protected:
  std::unique_ptr<MerchantApplications> open(ApprovalPolicy approval) {
    ApplicationPolicy policy;
    policy.approval = approval;
    policy.mail_from = "authority@example.kr";
    return take(
        MerchantApplications::open({*authority.context, *authority.outbox, authority.secrets("contacts"),
                                    authority.secrets("merchant-key-files"), authority.origins, policy}));
  }
  boost::json::object form(std::string_view name, const std::vector<std::string>& origins = {kOrigin}) {
    const x509::AlternativeNames names = take(x509::names_of_origins(origins));
    const auto request = take(x509::make_pkcs10(name_of("CN=" + std::string(name)), names, key));
    return {{"type", "merchant-application"},
            {"version", 1},
            {"name", name},
            {"pkcs10", base64_encode(request)},
            {"keyByAuthority", false},
            {"email", "shop@example.kr"},
            {"contact", "Kim"},
            {"telephone", "+82 2 000 0000"},
            {"origins", boost::json::array(origins.begin(), origins.end())}};
  }
  Result<ApplicationReceipt> apply(MerchantApplications& applications, const boost::json::object& object) {
    return applications.apply(as_bytes(documents::write_json(object)));
  }
  void show_challenge(const ApplicationReceipt& receipt, const std::string& origin = kOrigin) {
    authority.origins.shown[origin + "/.well-known/countersign/" + receipt.challenge_token] =
        receipt.challenge_answer + "\n";
  }

  TestAuthority authority;
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  std::unique_ptr<MerchantApplications> automatic = open(ApprovalPolicy::kAutomatic);
  std::unique_ptr<MerchantApplications> by_operator = open(ApprovalPolicy::kOperator);
};

TEST_F(ApplicationTest, IsIssuedAutomaticallyOnceControlIsShown) {
  const auto receipt = take(apply(*automatic, form("Shop")));
  EXPECT_EQ(receipt.challenge_answer,
            receipt.challenge_token + "." + base64url_encode(key.public_key().spki_digest()));
  show_challenge(receipt);
  const auto application = take(automatic->prove_control(receipt.id, receipt.secret));
  EXPECT_EQ(application.state, ApplicationState::kIssued);
  const auto certificate = take(automatic->certificate_of(application));
  EXPECT_EQ(certificate.role(), x509::Role::kMerchant);
  EXPECT_TRUE(certificate.public_key() == key.public_key());
  EXPECT_EQ(certificate.alternative_names().origins, std::vector<std::string>{kOrigin});
  EXPECT_EQ(authority.state_of(certificate.serial()), CertificateState::kActive);
}

TEST_F(ApplicationTest, WaitsForTheOperatorWhereThatIsThePolicy) {
  const auto receipt = take(apply(*by_operator, form("Shop")));
  EXPECT_EQ(by_operator->approve(receipt.id, "operator:test").error().code, ErrorCode::kConflict);
  show_challenge(receipt);
  EXPECT_EQ(take(by_operator->prove_control(receipt.id, receipt.secret)).state,
            ApplicationState::kAwaitingApproval);
  const auto waiting = take(by_operator->list(ApplicationState::kAwaitingApproval, "", 10));
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(take(by_operator->contact_of(waiting[0])).email, "shop@example.kr");
  EXPECT_EQ(take(by_operator->approve(receipt.id, "operator:test")).state, ApplicationState::kIssued);
  EXPECT_EQ(take(by_operator->approve(receipt.id, "operator:test")).state, ApplicationState::kIssued);
}

TEST_F(ApplicationTest, StoresApprovalAndIssueInTheAuditLog) {
  const auto receipt = take(apply(*automatic, form("Shop")));
  show_challenge(receipt);
  take(automatic->prove_control(receipt.id, receipt.secret));
  EXPECT_EQ(authority.acts(), (std::vector<std::string>{"apply", "approve", "issue"}));
}

TEST_F(ApplicationTest, RefusesAnOriginThatDoesNotShowTheChallenge) {
  const auto receipt = take(apply(*automatic, form("Shop")));
  EXPECT_EQ(automatic->prove_control(receipt.id, receipt.secret).error().code, ErrorCode::kWrongOrigin);
  EXPECT_EQ(take(automatic->find(receipt.id, receipt.secret)).state, ApplicationState::kAwaitingChallenge);
}

TEST_F(ApplicationTest, RefusesAnOriginThatShowsTheAnswerForAnotherKey) {
  const auto receipt = take(apply(*automatic, form("Shop")));
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  authority.origins.shown[std::string(kOrigin) + "/.well-known/countersign/" + receipt.challenge_token] =
      key_authorization(receipt.challenge_token, other.public_key());
  EXPECT_EQ(automatic->prove_control(receipt.id, receipt.secret).error().code, ErrorCode::kWrongOrigin);
}

TEST_F(ApplicationTest, DemandsControlOfEveryOrigin) {
  const auto receipt = take(apply(*automatic, form("Shop", {kOrigin, "https://shop.example"})));
  show_challenge(receipt);
  EXPECT_EQ(automatic->prove_control(receipt.id, receipt.secret).error().code, ErrorCode::kWrongOrigin);
  show_challenge(receipt, "https://shop.example");
  EXPECT_EQ(take(automatic->prove_control(receipt.id, receipt.secret)).state, ApplicationState::kIssued);
}

TEST_F(ApplicationTest, AsksAnOriginOnlySoOften) {
  const auto receipt = take(apply(*automatic, form("Shop")));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(automatic->prove_control(receipt.id, receipt.secret).error().code, ErrorCode::kWrongOrigin);
  }
  EXPECT_EQ(automatic->prove_control(receipt.id, receipt.secret).error().code, ErrorCode::kRateLimited);
}

TEST_F(ApplicationTest, RefusesAnOriginOutsideOfTheNameConstraintsForGood) {
  const auto receipt = take(apply(*automatic, form("Shop", {"https://bank.com"})));
  show_challenge(receipt, "https://bank.com");
  EXPECT_EQ(automatic->prove_control(receipt.id, receipt.secret).error().code, ErrorCode::kNameNotPermitted);
  const auto application = take(automatic->find(receipt.id, receipt.secret));
  EXPECT_EQ(application.state, ApplicationState::kRejected);
  EXPECT_EQ(application.reason, "name_not_permitted");
}

TEST_F(ApplicationTest, RefusesARequestForOtherHostsThanItsOrigins) {
  auto object = form("Shop");
  x509::AlternativeNames names = take(x509::names_of_origins({kOrigin}));
  names.dns.emplace_back("localhost");
  object["pkcs10"] = base64_encode(take(x509::make_pkcs10(name_of("CN=Shop"), names, key)));
  EXPECT_EQ(apply(*automatic, object).error().code, ErrorCode::kNameNotPermitted);
}

TEST_F(ApplicationTest, RefusesARequestWithoutProofOfPossession) {
  auto object = form("Shop");
  auto request = take(base64_decode(std::string(object["pkcs10"].as_string())));
  request.back() ^= 1U;
  object["pkcs10"] = base64_encode(request);
  EXPECT_FALSE(apply(*automatic, object).has_value());
}

TEST_F(ApplicationTest, RefusesANameThatHoldsACertificate) {
  authority.enter(authority.network.issue_merchant("Shop", authority.clock.now()).certificate);
  EXPECT_EQ(apply(*automatic, form("Shop")).error().code, ErrorCode::kConflict);
}

TEST_F(ApplicationTest, RefusesASecondApplicationWhileOneWaits) {
  const auto receipt = take(apply(*by_operator, form("Shop")));
  const auto rival = take(apply(*by_operator, form("Shop")));
  show_challenge(receipt);
  take(by_operator->prove_control(receipt.id, receipt.secret));
  EXPECT_EQ(apply(*by_operator, form("Shop")).error().code, ErrorCode::kConflict);
  show_challenge(rival);
  EXPECT_EQ(by_operator->prove_control(rival.id, rival.secret).error().code, ErrorCode::kConflict);
}

TEST_F(ApplicationTest, AnswersAWrongSecretLikeAnUnknownId) {
  const auto receipt = take(apply(*automatic, form("Shop")));
  EXPECT_EQ(automatic->find(receipt.id, "guess").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(automatic->find("no-such-id", receipt.secret).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(automatic->prove_control(receipt.id, "guess").error().code, ErrorCode::kNotFound);
}

TEST_F(ApplicationTest, RefusesAnotherPortForTheChallengeUnlessPermitted) {
  auto object = form("Shop");
  object["challengePort"] = 9999;
  EXPECT_EQ(apply(*automatic, object).error().code, ErrorCode::kForbidden);
}

TEST_F(ApplicationTest, TellsTheReasonOfARejection) {
  const auto receipt = take(apply(*by_operator, form("Shop")));
  show_challenge(receipt);
  take(by_operator->prove_control(receipt.id, receipt.secret));
  take(by_operator->reject(receipt.id, "not a shop", "operator:test"));
  EXPECT_EQ(take(by_operator->find(receipt.id, receipt.secret)).reason, "not a shop");
  EXPECT_EQ(by_operator->approve(receipt.id, "operator:test").error().code, ErrorCode::kConflict);
  EXPECT_TRUE(take(authority.secrets("contacts").names()).empty())
      << "no personal data of the rejected is kept";
}

TEST_F(ApplicationTest, ExpiresWhenControlIsNotShownInTime) {
  const auto receipt = take(apply(*automatic, form("Shop")));
  authority.clock.advance(std::chrono::hours(25));
  show_challenge(receipt);
  EXPECT_EQ(automatic->prove_control(receipt.id, receipt.secret).error().code, ErrorCode::kExpired);
  take(automatic->sweep());
  EXPECT_EQ(take(automatic->find(receipt.id, receipt.secret)).state, ApplicationState::kExpired);
}

TEST_F(ApplicationTest, KeepsContactDataSealed) {
  take(apply(*automatic, form("Shop")));
  EXPECT_FALSE(authority.is_anywhere_on_disk("shop@example.kr"));
}

TEST_F(ApplicationTest, DeliversAKeyOfTheAuthoritysMakingByTwoChannels) {
  auto object = form("Shop");
  object["pkcs10"] = nullptr;
  object["keyByAuthority"] = true;
  const auto receipt = take(apply(*automatic, object));
  show_challenge(receipt);
  const auto application = take(automatic->prove_control(receipt.id, receipt.secret));
  authority.deliver_mails();
  const auto password = authority.mailbox.newest_password();
  const auto file = take(automatic->fetch_key_file(receipt.id, receipt.secret));
  const auto opened = take(x509::open_pkcs12(file, crypto::SecretBytes::copy_of(as_bytes(password))));
  ASSERT_EQ(opened.keys.size(), 1U);
  EXPECT_EQ(opened.keys[0].certificate, take(automatic->certificate_of(application)));
  EXPECT_EQ(opened.keys[0].certificate.key_origin(), x509::KeyOrigin::kAuthority);
  EXPECT_EQ(automatic->fetch_key_file(receipt.id, receipt.secret).error().code, ErrorCode::kGone);
  EXPECT_TRUE(take(authority.secrets("merchant-key-files").names()).empty());
  EXPECT_FALSE(authority.is_anywhere_on_disk(password));
}

}  // namespace
}  // namespace countersign::authority
