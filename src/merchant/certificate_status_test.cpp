// SPDX-License-Identifier: Apache-2.0
#include "merchant/certificate_status.h"

#include <gtest/gtest.h>

#include "merchant/testing.h"
#include "sample/second_data_centre.h"

namespace countersign::merchant {
namespace {

using x509::code_of;
using x509::StatusKind;

// A purchaser of tokyo-1 comes to a merchant of seoul-1.
struct CertificateStatusTest : testing::Test {
  void SetUp() override {
    shop.authority.responders[other.status_url] = [this](BytesView request) {
      return other.respond(request, shop.clock.now(), status);
    };
  }
  Result<void> judge(const x509::Certificate& purchaser) {
    return verify_purchaser(purchaser, shop.view, shop.authority, shop.clock.now());
  }

  TestShop shop;
  sample::SecondDataCentre other{
      {shop.network.root, shop.network.root_key}, shop.network.ca, shop.network.now};
  StatusKind status = StatusKind::kGood;
  x509::Issuer visitor = other.issue(x509::Role::kPurchaser, "UID=p-9,OU=purchasers");
  x509::Issuer visitor_agreement = other.issue(x509::Role::kPurchaserAgreement, "UID=p-9,OU=purchasers");
};

TEST_F(CertificateStatusTest, KnowsNobodyOfAnotherDataCentreWithoutAMapAndWantsOne) {
  EXPECT_EQ(code_of(judge(visitor.certificate)), ErrorCode::kCertificateUnknown);
  EXPECT_TRUE(shop.view.trust->wants_newer());
  EXPECT_TRUE(shop.authority.responders_asked.empty());
}

TEST_F(CertificateStatusTest, AsksTheHomeOfAPurchaserOfAnotherDataCentre) {
  take(shop.view.trust->take(other.signed_map()));
  take(judge(visitor.certificate));
  EXPECT_EQ(shop.authority.responders_asked, std::vector{other.status_url});
  take(verify_agreement(visitor_agreement.certificate, visitor.certificate, shop.view, shop.authority,
                        shop.clock.now()));
}

TEST_F(CertificateStatusTest, AsksItsOwnAuthorityAboutItsOwnPurchasers) {
  take(shop.view.trust->take(other.signed_map()));
  take(judge(shop.issue_purchaser("first").certificate));
  EXPECT_EQ(shop.authority.responders_asked, std::vector{shop.view.status_url});
}

TEST_F(CertificateStatusTest, RefusesWhomTheHomeRevoked) {
  take(shop.view.trust->take(other.signed_map()));
  status = StatusKind::kRevoked;
  EXPECT_EQ(code_of(judge(visitor.certificate)), ErrorCode::kCertificateRevoked);
}

TEST_F(CertificateStatusTest, RefusesAnAnswerThatAnotherDataCentresResponderSigned) {
  take(shop.view.trust->take(other.signed_map()));
  const auto key = x509::new_key();
  const x509::Issuer own_responder{shop.network.issue(x509::Role::kOcspResponder, key.public_key()), key};
  shop.authority.responders[other.status_url] = [&](BytesView request) {
    return other.respond_as(own_responder, request, shop.clock.now());
  };
  EXPECT_EQ(code_of(judge(visitor.certificate)), ErrorCode::kWrongRole);
}

TEST_F(CertificateStatusTest, RefusesAPurchaserOfAnotherDataCentreWhomItsOwnIssued) {
  take(shop.view.trust->take(other.signed_map()));
  const auto own = shop.issue_purchaser("first").certificate;
  const auto forged = shop.network.forge(other.below("UID=p-9,OU=purchasers"), own.extensions());
  EXPECT_EQ(code_of(judge(forged)), ErrorCode::kNameNotPermitted);
  EXPECT_TRUE(shop.authority.responders_asked.empty());
}

TEST_F(CertificateStatusTest, SellsNothingToOthersWhenTheMapIsOverAndGoesOnAtHome) {
  take(shop.view.trust->take(other.signed_map()));
  shop.clock.advance(std::chrono::days(31));
  EXPECT_EQ(code_of(judge(visitor.certificate)), ErrorCode::kCertificateUnknown);
  take(judge(shop.issue_purchaser("first").certificate));
}

TEST_F(CertificateStatusTest, SellsNothingWhereTheHomeGivesNoAnswer) {
  take(shop.view.trust->take(other.signed_map()));
  shop.authority.responders[other.status_url] = [](BytesView) -> Result<Bytes> {
    return fail(ErrorCode::kUnavailable, "ocsp: answered 307");
  };
  EXPECT_EQ(code_of(judge(visitor.certificate)), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::merchant
