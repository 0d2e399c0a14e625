// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/party_status.h"

#include <gtest/gtest.h>

#include <atomic>

#include "http/server.h"
#include "sample/manual_clock.h"
#include "sample/second_data_centre.h"
#include "sample/temporary_folder.h"
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
    trust = std::make_shared<network::AnchorSource>(
        network::OwnDataCentre{std::make_shared<x509::TrustAnchor>(network.anchor),
                               x509::limits_of("OU=seoul-1").subtree, url_of(*authority)},
        take(network::KeptMap::open(folder.path() / "network-map.json", network.root, clock)));
    status = std::make_unique<PartyStatus>(trust, clock);
  }

  static std::string url_of(const http::Server& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
  }

  x509::TestNetwork network;
  TemporaryFolder folder;
  ManualClock clock{network.now + Seconds(60)};
  x509::TestResponder responder{network};
  x509::Certificate merchant = network.issue(x509::Role::kMerchant);
  Bytes answered;
  bool repeats = false;
  std::unique_ptr<http::Server> authority;
  std::shared_ptr<countersign::network::AnchorSource> trust;
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

// Another data centre of the network, with a responder of its own, which answers as a test says.
struct PartyStatusAcross : PartyStatusTest {
  void SetUp() override {
    PartyStatusTest::SetUp();
    http::Router router;
    router.add_blocking("POST", "/ocsp", [this](const http::Request& request) {
      ++asked_there;
      if (redirects) {
        auto away = http::text_response(307, "elsewhere");
        away.headers["Location"] = url_of(*authority) + "/ocsp";
        return away;
      }
      return http::der_response(200, take(other.respond_as(signer, request.body, clock.now(), said)),
                                "application/ocsp-response");
    });
    there = take(http::Server::start({}, std::move(router)));
    other.status_url = url_of(*there);
    take(trust->take(other.signed_map()));
  }

  sample::SecondDataCentre other{{network.root, network.root_key}, network.ca, network.now};
  x509::Issuer signer = other.responder;
  x509::StatusKind said = x509::StatusKind::kGood;
  std::atomic<int> asked_there = 0;
  std::atomic<bool> redirects = false;
  std::unique_ptr<http::Server> there;
  x509::Certificate visitor = other.issue(x509::Role::kPurchaser, "UID=p-9,OU=purchasers").certificate;
};

TEST_F(PartyStatusAcross, AsksTheHomeOfWhoBelongsToAnotherDataCentre) {
  take(status->require_good(visitor, "purchaser"));
  EXPECT_EQ(asked_there, 1);
  take(status->require_good(
      other.issue(x509::Role::kMerchant, "CN=Sumida Books,OU=merchants", {.names = {{"localhost"}, {}, {}}})
          .certificate,
      "merchant"));
  EXPECT_EQ(asked_there, 2);
  take(status->require_good(merchant, "merchant"));
  EXPECT_EQ(asked_there, 2) << "its own are asked for at home";
}

TEST_F(PartyStatusAcross, RefusesWhomTheHomeRevoked) {
  said = x509::StatusKind::kRevoked;
  EXPECT_EQ(code_of(status->require_good(visitor, "purchaser")), ErrorCode::kCertificateRevoked);
}

TEST_F(PartyStatusAcross, RefusesAnAnswerThatAnotherDataCentresResponderSigned) {
  signer = {responder.certificate, responder.key};
  const auto refused = status->require_good(visitor, "purchaser");
  EXPECT_EQ(code_of(refused), ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().detail.find("a responder of another issuer"), std::string::npos);
}

TEST_F(PartyStatusAcross, FollowsNoRedirectOfAStatusUrl) {
  redirects = true;
  EXPECT_EQ(code_of(status->require_good(visitor, "purchaser")), ErrorCode::kUnavailable);
  EXPECT_TRUE(answered.empty()) << "nobody else was asked";
}

TEST_F(PartyStatusAcross, RefusesWhomAnotherThanTheirHomeIssued) {
  const auto own = network.issue(x509::Role::kPurchaser);
  const auto forged = network.forge(other.below("UID=p-9,OU=purchasers"), own.extensions());
  EXPECT_EQ(code_of(status->require_good(forged, "purchaser")), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(asked_there, 0);
}

TEST_F(PartyStatusAcross, KnowsNobodyElseWhenTheMapIsOver) {
  clock.advance(std::chrono::days(31));
  EXPECT_EQ(code_of(status->require_good(visitor, "purchaser")), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(asked_there, 0);
  EXPECT_TRUE(trust->wants_newer());
}

TEST_F(PartyStatusAcross, RefusesWhoseDataCentreRetired) {
  auto map = other.map(2);
  other.own_in(map).retired = clock.now() - Seconds(1);
  take(trust->take(other.sign(map)));
  EXPECT_EQ(code_of(status->require_good(visitor, "purchaser")), ErrorCode::kCertificateUnknown);
}

}  // namespace
}  // namespace countersign::cardcompany
