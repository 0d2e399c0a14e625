// SPDX-License-Identifier: Apache-2.0
#include "x509/status_staple.h"

#include <gtest/gtest.h>

#include "sample/manual_clock.h"
#include "x509/test_responder.h"

namespace countersign::x509 {
namespace {

struct StatusStapleTest : testing::Test {
  TestNetwork network;
  ManualClock clock{network.now};
  TestResponder responder{network};
  bool is_silent = false;
  std::shared_ptr<const TrustAnchor> anchor = std::make_shared<TrustAnchor>(network.anchor);
  StatusStaple staple{[this] { return anchor; },
                      [this](BytesView request) -> Result<Bytes> {
                        if (is_silent) return fail(ErrorCode::kUnavailable, "silent");
                        return responder.respond(request, clock.now());
                      },
                      clock};
  Certificate own = network.issue(Role::kMerchant);
};

TEST_F(StatusStapleTest, IsFetchedAgainAtHalfOfItsTime) {
  EXPECT_FALSE(staple.is_good());
  ASSERT_TRUE(staple.refresh(own));
  EXPECT_TRUE(staple.is_good());
  const auto first = staple.current();
  clock.advance(Seconds(299));
  ASSERT_TRUE(staple.refresh(own));
  EXPECT_EQ(staple.current(), first);
  clock.advance(Seconds(1));
  ASSERT_TRUE(staple.refresh(own));
  EXPECT_NE(staple.current(), first);
}

TEST_F(StatusStapleTest, IsFetchedAtOnceForAnotherCertificate) {
  ASSERT_TRUE(staple.refresh(own));
  const auto first = staple.current();
  ASSERT_TRUE(staple.refresh(network.issue(Role::kMerchant)));
  EXPECT_NE(staple.current(), first);
}

TEST_F(StatusStapleTest, EndsWhileTheAuthorityIsSilent) {
  ASSERT_TRUE(staple.refresh(own));
  is_silent = true;
  clock.advance(Seconds(301));
  EXPECT_EQ(code_of(staple.refresh(own)), ErrorCode::kUnavailable);
  EXPECT_TRUE(staple.is_good());
  clock.advance(Seconds(299));
  EXPECT_FALSE(staple.is_good());
}

TEST_F(StatusStapleTest, SaysThatTheOwnCertificateIsRevoked) {
  responder.status = {StatusKind::kRevoked, clock.now(), RevocationReason::kKeyCompromise};
  EXPECT_EQ(code_of(staple.refresh(own)), ErrorCode::kCertificateRevoked);
  EXPECT_FALSE(staple.is_good());
  EXPECT_FALSE(staple.current().empty()) << "what states revocation is kept";
}

TEST_F(StatusStapleTest, KeepsNothingThatDoesNotVerify) {
  responder.certificate = network.issue(Role::kMerchant, responder.key.public_key());
  EXPECT_FALSE(staple.refresh(own));
  EXPECT_TRUE(staple.current().empty());
}

}  // namespace
}  // namespace countersign::x509
