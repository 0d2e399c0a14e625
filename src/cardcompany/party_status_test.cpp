// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/party_status.h"

#include <gtest/gtest.h>

#include "http/server.h"
#include "sample/manual_clock.h"
#include "x509/test_responder.h"

namespace countersign::cardcompany {
namespace {

using x509::code_of;

// An authority whose responder states what the test says, or says again what it said before.
struct PartyStatusTest : testing::Test {
  void SetUp() override {
    http::Router router;
    router.add_blocking("POST", "/ocsp", [this](const http::Request& request) {
      if (!repeats) answered = responder.respond(request.body, clock.now());
      return http::der_response(200, answered, "application/ocsp-response");
    });
    authority = http::Server::start({}, std::move(router)).value();
    status = PartyStatus::open("http://127.0.0.1:" + std::to_string(authority->port()),
                               std::make_shared<x509::TrustAnchor>(network.anchor), clock)
                 .value();
  }

  x509::TestNetwork network;
  ManualClock clock{network.now + Seconds(60)};
  x509::TestResponder responder{network};
  x509::Certificate merchant = network.issue(x509::Role::kMerchant);
  Bytes answered;
  bool repeats = false;
  std::unique_ptr<http::Server> authority;
  std::unique_ptr<PartyStatus> status;
};

TEST_F(PartyStatusTest, TakesAMerchantThatTheAuthorityVouchesFor) {
  EXPECT_TRUE(status->require_good(merchant, "merchant"));
}

TEST_F(PartyStatusTest, RefusesAnAnswerToAnEarlierQuestionThoughItsTimeIsNotOver) {
  ASSERT_TRUE(status->require_good(merchant, "merchant"));
  repeats = true;
  EXPECT_EQ(code_of(status->require_good(merchant, "merchant")), ErrorCode::kUnavailable);
}

TEST_F(PartyStatusTest, RefusesAnAnswerThatRepeatsNoNonce) {
  answered = responder.state(merchant, clock.now());
  repeats = true;
  EXPECT_EQ(code_of(status->require_good(merchant, "merchant")), ErrorCode::kUnavailable);
}

TEST_F(PartyStatusTest, NamesWhatIsWrongWithAMerchant) {
  responder.status = {x509::StatusKind::kRevoked, clock.now(), x509::RevocationReason::kCertificateHold};
  EXPECT_EQ(code_of(status->require_good(merchant, "merchant")), ErrorCode::kCertificateOnHold);
  responder.status.reason = x509::RevocationReason::kKeyCompromise;
  EXPECT_EQ(code_of(status->require_good(merchant, "merchant")), ErrorCode::kCertificateRevoked);
  responder.status = {x509::StatusKind::kUnknown, {}, {}};
  EXPECT_EQ(code_of(status->require_good(merchant, "merchant")), ErrorCode::kCertificateUnknown);
}

TEST_F(PartyStatusTest, TakesAPurchaserThatTheAuthorityVouchesFor) {
  EXPECT_TRUE(status->require_good(network.issue(x509::Role::kPurchaser), "purchaser"));
}

TEST_F(PartyStatusTest, KnowsNobodyOfAnotherDataCentre) {
  const x509::TestNetwork elsewhere;
  EXPECT_EQ(code_of(status->require_good(elsewhere.issue(x509::Role::kPurchaser), "purchaser")),
            ErrorCode::kCertificateUnknown);
}

TEST_F(PartyStatusTest, DecidesNothingWithoutAnAnswer) {
  authority.reset();
  EXPECT_EQ(code_of(status->require_good(merchant, "merchant")), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::cardcompany
