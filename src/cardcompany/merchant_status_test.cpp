// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/merchant_status.h"

#include <gtest/gtest.h>

#include "http/server.h"
#include "x509/test_network.h"

namespace countersign::cardcompany {
namespace {

using x509::code_of;

struct FixedClock final : Clock {
  explicit FixedClock(TimePoint at) : time(at) {}
  TimePoint now() const override { return time; }
  const TimePoint time;
};

// An authority whose responder states what the test says, or says again what it said before.
struct MerchantStatusTest : testing::Test {
  void SetUp() override {
    http::Router router;
    router.add_blocking("POST", "/ocsp", [this](const http::Request& request) {
      if (!repeats) answered = respond(request.body);
      return http::der_response(200, answered, "application/ocsp-response");
    });
    authority = http::Server::start({}, std::move(router)).value();
    status = MerchantStatus::open("http://127.0.0.1:" + std::to_string(authority->port()),
                                  std::make_shared<x509::TrustAnchor>(network.anchor), clock)
                 .value();
  }

  Bytes respond(BytesView request) const {
    const auto asked = x509::parse_ocsp_request(request, network.ca).value();
    const x509::OcspAnswer answer{asked.questions.front().cert_id, stated, clock.time,
                                  clock.time + Seconds(600)};
    return x509::sign_ocsp_response({responder, responder_key}, {&answer, 1}, asked.nonce, clock.time)
        .value();
  }

  x509::TestNetwork network;
  FixedClock clock{network.now + Seconds(60)};
  crypto::PrivateKey responder_key = x509::new_key();
  x509::Certificate responder = network.issue(x509::Role::kOcspResponder, responder_key.public_key());
  x509::Certificate merchant = network.issue(x509::Role::kMerchant);
  x509::CertificateStatus stated{x509::StatusKind::kGood, {}, {}};
  Bytes answered;
  bool repeats = false;
  std::unique_ptr<http::Server> authority;
  std::unique_ptr<MerchantStatus> status;
};

TEST_F(MerchantStatusTest, TakesAMerchantThatTheAuthorityVouchesFor) {
  EXPECT_TRUE(status->require_good(merchant));
}

TEST_F(MerchantStatusTest, RefusesAnAnswerToAnEarlierQuestionThoughItsTimeIsNotOver) {
  ASSERT_TRUE(status->require_good(merchant));
  repeats = true;
  EXPECT_EQ(code_of(status->require_good(merchant)), ErrorCode::kUnavailable);
}

TEST_F(MerchantStatusTest, RefusesAnAnswerThatRepeatsNoNonce) {
  const x509::OcspAnswer prepared{x509::make_cert_id(network.ca, merchant.serial()), stated, clock.time,
                                  clock.time + Seconds(600)};
  answered = x509::sign_ocsp_response({responder, responder_key}, {&prepared, 1}, {}, clock.time).value();
  repeats = true;
  EXPECT_EQ(code_of(status->require_good(merchant)), ErrorCode::kUnavailable);
}

TEST_F(MerchantStatusTest, NamesWhatIsWrongWithAMerchant) {
  stated = {x509::StatusKind::kRevoked, clock.time, x509::RevocationReason::kCertificateHold};
  EXPECT_EQ(code_of(status->require_good(merchant)), ErrorCode::kCertificateOnHold);
  stated.reason = x509::RevocationReason::kKeyCompromise;
  EXPECT_EQ(code_of(status->require_good(merchant)), ErrorCode::kCertificateRevoked);
  stated = {x509::StatusKind::kUnknown, {}, {}};
  EXPECT_EQ(code_of(status->require_good(merchant)), ErrorCode::kCertificateUnknown);
}

TEST_F(MerchantStatusTest, DecidesNothingWithoutAnAnswer) {
  authority.reset();
  EXPECT_EQ(code_of(status->require_good(merchant)), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::cardcompany
