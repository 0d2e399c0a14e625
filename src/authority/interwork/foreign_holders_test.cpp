// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/foreign_holders.h"

#include <gtest/gtest.h>

#include "authority/interwork/testing/test_data_centre.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

// A holder of Busan asks the authority of Seoul for something.
struct ForeignHolders : testing::Test {
  ForeignHolders() {
    const auto view = view_of(map_of({&seoul, &busan}));
    seoul.join(view);
    busan.join(view);
  }
  const x509::Signer& holder() const { return *busan.world.purchaser; }
  Result<x509::Certificate> judge(const x509::Signer& signer) {
    const Bytes request =
        take(x509::sign_cms(signer, as_bytes("{}"), {.signing_time = seoul.world.clock.now()}));
    return judge_foreign_holder(*seoul.foreign, seoul.world.clock, places,
                                take(x509::UnverifiedCms::parse(request)));
  }
  ErrorCode refusal_of(const x509::Signer& signer) {
    const auto judged = judge(signer);
    return judged ? ErrorCode::kInternal : judged.error().code;
  }

  PlacesToWait places{1};
  x509::Issuer root = sample::make_root(ManualClock().now() - std::chrono::hours(24));
  TestDataCentre seoul{root, "OU=seoul-1,OU=kr,O=Countersign Demo"};
  TestDataCentre busan{root, "OU=busan-1,OU=kr,O=Countersign Demo"};
};

TEST_F(ForeignHolders, AreJudgedByTheirHomeAtThatMoment) {
  EXPECT_TRUE(take(judge(holder())) == holder().certificate);
  EXPECT_EQ(busan.questions, 1);
}

TEST_F(ForeignHolders, AreServedWhileTheyAreOnHold) {
  busan.world.change_state(holder(), CertificateState::kOnHold);
  EXPECT_TRUE(judge(holder()));
}

TEST_F(ForeignHolders, AreRefusedOnceTheirHomeRevokedThem) {
  busan.world.change_state(holder(), CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  EXPECT_EQ(refusal_of(holder()), ErrorCode::kCertificateRevoked);
}

TEST_F(ForeignHolders, AreRefusedWhileTheirHomeIsSilent) {
  busan.stop_serving();
  EXPECT_EQ(refusal_of(holder()), ErrorCode::kHomeUnreachable);
}

TEST_F(ForeignHolders, WaitForTheirHomesOnSoManyThreadsAndNoMore) {
  places.acquire();
  EXPECT_EQ(refusal_of(holder()), ErrorCode::kUnavailable);
  EXPECT_EQ(busan.questions, 0);
  places.release();
  for (int each = 0; each < 3; ++each) EXPECT_TRUE(judge(holder())) << "a place is given back";
}

TEST_F(ForeignHolders, AreNobodyWithoutAMap) {
  seoul.lose_map({ErrorCode::kNotFound, "there is none yet"});
  EXPECT_EQ(refusal_of(holder()), ErrorCode::kCertificateUnknown);
  seoul.lose_map({ErrorCode::kExpired, "over"});
  EXPECT_EQ(refusal_of(holder()), ErrorCode::kHomeUnreachable);
}

TEST_F(ForeignHolders, ArePurchasersAndNobodyElse) {
  EXPECT_EQ(refusal_of(*busan.world.merchant), ErrorCode::kWrongRole);
}

}  // namespace
}  // namespace countersign::authority
